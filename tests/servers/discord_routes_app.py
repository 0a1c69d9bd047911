"""REST routes of the app: its users, gateway, guilds and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import discord_errors as errors
from . import discord_payloads as payloads
from . import discord_permissions as permissions
from .discord_errors import ApiError
from .discord_rest import Call, Reply, Route

if TYPE_CHECKING:
    from .discord_gateway import Gateway
    from .discord_world import Guild, World

Json = dict[str, Any]

LOCALIZATIONS = ("name_localizations", "description_localizations")


class AppRoutes:
    """Handlers for what is not about messages."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway

    def routes(self) -> list[Route]:
        """Return the routes that this class serves."""
        commands = "/applications/{app}/commands"
        in_guild = "/applications/{app}/guilds/{guild}/commands"
        found = [
            Route("GET", "/gateway", self.get_gateway, needs_token=False),
            Route("GET", "/gateway/bot", self.get_gateway_bot),
            Route("GET", "/users/@me", self.get_me),
            Route("GET", "/users/@me/guilds", self.get_my_guilds),
            Route("DELETE", "/users/@me/guilds/{guild}", self.leave, ("guild",)),
            Route("POST", "/users/@me/channels", self.open_dm),
            Route("GET", "/users/{user}", self.get_user),
            Route("GET", "/oauth2/applications/@me", self.get_application),
            Route("GET", "/applications/@me", self.get_application),
            Route("GET", "/guilds/{guild}", self.get_guild, ("guild",)),
            Route("GET", "/guilds/{guild}/channels", self.get_channels, ("guild",)),
            Route("GET", "/guilds/{guild}/roles", self.get_roles, ("guild",)),
            Route("GET", "/guilds/{guild}/members/{user}", self.get_member, ("guild",)),
        ]
        for path in (commands, in_guild):
            one = path + "/{command}"
            found += [
                Route("GET", path, self.list_commands, ("guild",)),
                Route("PUT", path, self.overwrite_commands, ("guild",)),
                Route("POST", path, self.add_command, ("guild",)),
                Route("GET", one, self.get_command, ("guild",)),
                Route("PATCH", one, self.patch_command, ("guild",)),
                Route("DELETE", one, self.delete_command, ("guild",)),
            ]
        return found

    async def get_gateway(self, _: Call) -> Reply:
        """GET /gateway."""
        return Reply({"url": self.gateway.url})

    async def get_gateway_bot(self, _: Call) -> Reply:
        """GET /gateway/bot: where to connect, with how many shards."""
        limit = {
            "total": self.gateway.starts_a_day,
            "remaining": self.gateway.starts_left,
            "reset_after": 14_400_000,
            "max_concurrency": self.gateway.max_concurrency,
        }
        shards = self.gateway.recommended_shards
        return Reply({"url": self.gateway.url, "shards": shards, "session_start_limit": limit})

    async def get_me(self, _: Call) -> Reply:
        """GET /users/@me: the bot."""
        return Reply(payloads.me(self.world))

    async def get_user(self, call: Call) -> Reply:
        """GET /users/{user}."""
        user = self.world.users.get(call.id("user"))
        if user is None:
            raise errors.unknown("User")
        return Reply(payloads.user(user))

    async def get_my_guilds(self, call: Call) -> Reply:
        """GET /users/@me/guilds, a page at a time."""
        after = int(call.query.get("after", 0))
        mine = [g for g in self.world.guilds.values() if g.bot and g.id > after]
        page = sorted(mine, key=lambda g: g.id)[: int(call.query.get("limit", 200))]
        return Reply([_listed(guild) for guild in page])

    async def leave(self, call: Call) -> Reply:
        """DELETE /users/@me/guilds/{guild}: the bot leaves."""
        self._guild(call).remove_bot()
        return Reply()

    async def open_dm(self, call: Call) -> Reply:
        """POST /users/@me/channels: open (or find) a direct channel.

        It works for a closed account too; only the message is refused (50007).
        """
        user_id = errors.snowflake(call.table.get("recipient_id"))
        user = self.world.users.get(user_id)
        if user is None:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        if user.bot:
            raise errors.cannot_message_user()
        return Reply(payloads.channel(user.dm()))

    async def get_application(self, _: Call) -> Reply:
        """GET /applications/@me."""
        return Reply(payloads.application(self.world))

    async def get_guild(self, call: Call) -> Reply:
        """GET /guilds/{guild}."""
        return Reply(payloads.guild(self._guild(call)))

    async def get_channels(self, call: Call) -> Reply:
        """GET /guilds/{guild}/channels: those that the bot sees."""
        guild = self._guild(call)
        return Reply(
            [
                payloads.channel(one)
                for one in guild.channels.values()
                if one.visible_to(self.world.bot)
            ]
        )

    async def get_roles(self, call: Call) -> Reply:
        """GET /guilds/{guild}/roles."""
        guild = self._guild(call)
        return Reply([payloads.role(role) for role in guild.roles.values()])

    async def get_member(self, call: Call) -> Reply:
        """GET /guilds/{guild}/members/{user}."""
        guild = self._guild(call)
        member = guild.members.get(call.id("user"))
        if member is None:
            raise errors.unknown("Member")
        return Reply(payloads.member(member))

    async def list_commands(self, call: Call) -> Reply:
        """GET …/commands (localizations only if asked for)."""
        found = self.world.registry.commands(self._scope(call))
        if call.flag("with_localizations"):
            return Reply(found)
        kept = [{key: one[key] for key in one if key not in LOCALIZATIONS} for one in found]
        return Reply(kept)

    async def overwrite_commands(self, call: Call) -> Reply:
        """PUT …/commands: replace them all."""
        return Reply(self.world.registry.overwrite(call.body, self._scope(call)))

    async def add_command(self, call: Call) -> Reply:
        """POST …/commands: add or replace one."""
        one, new = self.world.registry.upsert(call.table, self._scope(call))
        return Reply(one, 201 if new else 200)

    async def get_command(self, call: Call) -> Reply:
        """GET …/commands/{command}."""
        scope = self._scope(call)
        return Reply(self.world.registry.get(call.id("command"), scope))

    async def patch_command(self, call: Call) -> Reply:
        """PATCH …/commands/{command}."""
        scope = self._scope(call)
        return Reply(self.world.registry.patch(call.id("command"), call.table, scope))

    async def delete_command(self, call: Call) -> Reply:
        """DELETE …/commands/{command}."""
        self.world.registry.delete(call.id("command"), self._scope(call))
        return Reply()

    def _scope(self, call: Call) -> int | None:
        if call.id("app") != self.world.app_id:
            raise ApiError(
                403,
                20012,
                "You are not authorized to perform this action on this application",
            )
        if "guild" not in call.args:
            return None
        return self._guild(call).id

    def _guild(self, call: Call) -> Guild:
        guild = self.world.guilds.get(call.id("guild"))
        if guild is None:
            raise errors.unknown("Guild")
        if guild.bot is None:
            raise errors.missing_access()
        return guild


def _listed(guild: Guild) -> Json:
    held = permissions.in_guild(guild.bot) if guild.bot else 0
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "owner": False,
        "permissions": str(held),
        "features": [],
    }
