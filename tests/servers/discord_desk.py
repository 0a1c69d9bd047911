"""Takes in interactions, and the app's answers to them under Discord's deadlines."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from . import discord_components as components
from . import discord_drafts as drafts
from . import discord_errors as errors
from . import discord_message_payloads as message_payloads
from . import discord_payloads as payloads
from . import discord_permissions as permissions
from . import discord_posts as posts
from .discord_channels import EPHEMERAL, LOADING, Message
from .discord_errors import ApiError, Form
from .discord_interactions import (
    AUTOCOMPLETE,
    CHOICES,
    COMMAND,
    COMPONENT,
    DEFERRED,
    DEFERRED_UPDATE,
    MESSAGE,
    MODAL,
    MODAL_SUBMIT,
    UPDATE,
    Deed,
    Interaction,
)

if TYPE_CHECKING:
    from .discord_channels import Channel
    from .discord_drafts import Draft, Upload
    from .discord_world import User, World

Json = dict[str, Any]

ACK_SECONDS = 3.0
TOKEN_SECONDS = 900.0
MAX_USER_APP_FOLLOWUPS = 5
_ANSWERS = {
    COMMAND: (MESSAGE, DEFERRED, MODAL),
    COMPONENT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE),
}


class Desk:
    """Takes in interactions, and answers to them under their deadlines."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ack_seconds = ACK_SECONDS
        self.token_seconds = TOKEN_SECONDS
        self.all: list[Interaction] = []
        self._by_token: dict[str, Interaction] = {}

    def open(self, deed: Deed) -> Interaction:
        """Make an interaction of a person's deed and send it to the bot."""
        interaction = Interaction(
            self.world.new_id(),
            secrets.token_urlsafe(48),
            deed.kind,
            deed.user,
            deed.channel,
            deed.data,
            self._owners(deed),
            self.world.clock.now(),
            deed.source,
            deed.opened_by,
        )
        self.all.append(interaction)
        self._by_token[interaction.token] = interaction
        self.world.announce.interaction(interaction, self._payload(interaction))
        return interaction

    def _owners(self, deed: Deed) -> dict[str, str]:
        channel, user = deed.channel, deed.user
        earlier = deed.opened_by or (deed.source.interaction if deed.source else None)
        if earlier:
            return dict(earlier.owners)
        owners: dict[str, str] = {}
        wanted = deed.types or self.world.integration_types
        if 0 in wanted and channel.guild and channel.guild.bot:
            owners["0"] = str(channel.guild.id)
        if 0 in wanted and self.world.bot in channel.recipients:
            owners["0"] = "0"
        if 1 in wanted and user.has_installed_app:
            owners["1"] = str(user.id)
        return owners

    def _payload(self, interaction: Interaction) -> Json:
        channel, user = interaction.channel, interaction.user
        data: Json = {
            "id": str(interaction.id),
            "application_id": str(self.world.app_id),
            "type": interaction.kind,
            "data": interaction.data,
            "token": interaction.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": payloads.channel(channel),
            "locale": user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": interaction.owners,
            "attachment_size_limit": self.world.upload_limit,
        }
        if interaction.source:
            data["message"] = message_payloads.message(interaction.source)
        return data | self._place(channel, user)

    def _place(self, channel: Channel, user: User) -> Json:
        guild = channel.guild
        if guild is None:
            with_bot = self.world.bot in channel.recipients
            held = permissions.APP_IN_BOT_DM if with_bot else permissions.APP_IN_PRIVATE
            return {
                "context": 1 if with_bot else 2,
                "user": payloads.user(user),
                "app_permissions": str(held),
            }
        member = guild.members[user.id]
        mine = permissions.in_channel(member, channel)
        bot = guild.bot
        held = permissions.in_channel(bot, channel) if bot else permissions.APP_IN_PRIVATE
        return {
            "context": 0,
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": {**payloads.member(member), "permissions": str(mine)},
            "app_permissions": str(held),
        }

    # The app's side

    def answer(self, interaction_id: int, token: str, body: Json, uploads: list[Upload]) -> Json:
        """Take the first answer: POST /interactions/{id}/{token}/callback."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise errors.unknown("interaction")
        if interaction.acknowledged is not None:
            raise errors.already_acknowledged()
        if self.world.clock.now() > interaction.created_at + self.ack_seconds:
            raise errors.unknown("interaction")
        form = Form()
        kind = body.get("type")
        form.at("type").one_of(kind, self._allowed(interaction))
        form.check()
        self._act(interaction, int(body["type"]), body.get("data") or {}, uploads)
        interaction.acknowledged = kind
        interaction.acknowledged_at = self.world.clock.now()
        return self._receipt(interaction)

    def _allowed(self, interaction: Interaction) -> tuple[int, ...]:
        kinds = _ANSWERS[interaction.kind]
        if interaction.kind == MODAL_SUBMIT and interaction.source is None:
            return kinds[:2]
        return kinds

    def _act(self, interaction: Interaction, kind: int, data: Json, uploads: list[Upload]) -> None:
        form = Form("data")
        if kind == MESSAGE:
            interaction.original = self._reply(interaction, data, uploads, form)
        elif kind == DEFERRED:
            interaction.original = self._loading(interaction, data)
        elif kind == DEFERRED_UPDATE:
            interaction.original = interaction.source
        elif kind == UPDATE and interaction.source:
            interaction.original = interaction.source
            self._edit(interaction.source, data, uploads, form)
        elif kind == CHOICES:
            interaction.choices = self.world.registry.check_choices(
                form.at("choices"), data.get("choices"), interaction.data
            )
        elif kind == MODAL:
            components.check_modal(form, data)
            form.check()
            components.number(data["components"])
            interaction.modal = data

    def _receipt(self, interaction: Interaction) -> Json:
        inner: Json = {"id": str(interaction.id), "type": interaction.kind}
        resource: Json = {"type": interaction.acknowledged}
        message = interaction.original
        if message:
            inner |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral_to is not None,
            }
        if message and interaction.acknowledged in (MESSAGE, UPDATE):
            resource["message"] = message_payloads.message(message)
        return {"interaction": inner, "resource": resource}

    def _must_be_ephemeral(self, interaction: Interaction) -> bool:
        guild = interaction.channel.guild
        if guild is None or "0" in interaction.owners:
            return False
        member = guild.members[interaction.user.id]
        return not member.can(interaction.channel, "use_external_apps")

    def _reply(
        self, interaction: Interaction, data: Json, uploads: list[Upload], form: Form
    ) -> Message:
        message = self._make(interaction, drafts.read(data, uploads, form), form)
        return self._place_answer(interaction, message)

    def _make(self, interaction: Interaction, draft: Draft, form: Form) -> Message:
        draft.default_mentions = drafts.USERS_ONLY
        hidden = draft.ephemeral or self._must_be_ephemeral(interaction)
        person = interaction.user if hidden else None
        return posts.make(interaction.channel, draft, form, ephemeral_to=person)

    def _loading(self, interaction: Interaction, data: Json) -> Message:
        flags = int(data.get("flags") or 0)
        form = Form("data", "flags")
        if flags & ~EPHEMERAL:
            form.fail(
                "INTERACTION_DEFERRED_FLAGS_INVALID",
                "Only the EPHEMERAL flag can be set on a deferred response",
            )
        form.check()
        hidden = bool(flags & EPHEMERAL) or self._must_be_ephemeral(interaction)
        message = Message(
            self.world.new_id(),
            interaction.channel,
            self.world.bot,
            flags=LOADING | (EPHEMERAL if hidden else 0),
            ephemeral_to=interaction.user if hidden else None,
            created_at=self.world.clock.now(),
        )
        return self._place_answer(interaction, message)

    def _place_answer(self, interaction: Interaction, message: Message) -> Message:
        message.interaction = interaction
        first = interaction.opened_by or interaction
        message.type = 20 if first.kind == COMMAND else 19
        if interaction.source and message.type == 19:
            message.reply_to = interaction.source
        posts.add(message)
        return message

    def _edit(self, message: Message, data: Json, uploads: list[Upload], form: Form) -> None:
        if message.deleted:
            raise errors.unknown("Message")
        draft = drafts.read(data, uploads, form, message)
        draft.default_mentions = drafts.USERS_ONLY
        posts.amend(message, draft, form)

    def _live(self, token: str) -> Interaction:
        interaction = self._by_token.get(token)
        if interaction is None:
            raise errors.unknown("Webhook")
        if self.world.clock.now() > interaction.created_at + self.token_seconds:
            raise errors.invalid_webhook_token()
        if interaction.acknowledged in (None, CHOICES):
            raise errors.unknown("Webhook")
        return interaction

    def follow_up(self, token: str, body: Json, uploads: list[Upload]) -> Message:
        """Send one more message: POST /webhooks/{app}/{token}."""
        interaction = self._live(token)
        if interaction.original and interaction.thinking:
            # As Discord does: the first follow-up fills in the loading message.
            self._edit(interaction.original, body, uploads, Form())
            return interaction.original
        only_user = "0" not in interaction.owners
        if only_user and len(interaction.followups) >= MAX_USER_APP_FOLLOWUPS:
            raise ApiError(
                400,
                40094,
                "This interaction has hit the maximum number of follow up messages",
            )
        message = self._make(interaction, drafts.read(body, uploads, Form()), Form())
        message.interaction = interaction
        message.type = 19
        message.reply_to = interaction.original
        posts.add(message)
        interaction.followups.append(message)
        interaction.touched += 1
        return message

    def find(self, token: str, which: str) -> Message:
        """Return ``@original`` or a follow-up that a token may touch."""
        interaction = self._live(token)
        mine = [interaction.original, *interaction.followups]
        if which == "@original":
            mine = [interaction.original]
        for message in mine:
            if message and not message.deleted and which in ("@original", str(message.id)):
                return message
        raise errors.unknown("Message")

    def edit(self, token: str, which: str, body: Json, uploads: list[Upload]) -> Message:
        """Edit ``@original`` or a follow-up."""
        message = self.find(token, which)
        self._edit(message, body, uploads, Form())
        self._by_token[token].touched += 1
        return message

    def delete(self, token: str, which: str) -> None:
        """Delete ``@original`` or a follow-up."""
        message = self.find(token, which)
        self._by_token[token].touched += 1
        message.delete()
