"""REST routes of messages, interactions and attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import discord_drafts as drafts
from . import discord_errors as errors
from . import discord_message_payloads as message_payloads
from . import discord_posts as posts
from .discord_errors import ApiError, Form
from .discord_rest import Call, Reply, Route

if TYPE_CHECKING:
    from .discord_access import Access
    from .discord_channels import Message
    from .discord_drafts import Draft
    from .discord_world import World

Json = dict[str, Any]

NONCE_SECONDS = 120.0


class MessageRoutes:
    """Handlers for messages, sent by the bot itself or in answer to an interaction."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access
        self.nonce_seconds = NONCE_SECONDS
        self._nonces: dict[str, tuple[float, Message]] = {}

    def routes(self) -> list[Route]:
        """Return the routes that this class serves."""
        messages = "/channels/{channel}/messages"
        one = messages + "/{message}"
        hook = "/webhooks/{app}/{token}"
        sent = hook + "/messages/{message}"
        callback = "/interactions/{interaction}/{token}/callback"
        by_channel, by_hook = ("channel",), ("app", "token")
        by_token = ("interaction", "token")
        return [
            Route("GET", messages, self.list_messages, by_channel),
            Route("POST", messages, self.create, by_channel),
            Route("GET", one, self.get, by_channel),
            Route("PATCH", one, self.edit, by_channel),
            Route("DELETE", one, self.delete, by_channel),
            Route("POST", callback, self.answer, by_token, needs_token=False),
            Route("POST", hook, self.follow_up, by_hook, needs_token=False),
            Route("GET", sent, self.get_sent, by_hook, needs_token=False),
            Route("PATCH", sent, self.edit_sent, by_hook, needs_token=False),
            Route("DELETE", sent, self.delete_sent, by_hook, needs_token=False),
        ]

    async def list_messages(self, call: Call) -> Reply:
        """GET /channels/{channel}/messages, newest first."""
        channel = self.access.channel(call)
        if channel.guild and not self.access.can(channel, "read_message_history"):
            return Reply([])
        after, before = int(call.query.get("after", 0)), call.query.get("before")
        found = [
            one
            for one in channel.messages
            if one.ephemeral_to is None
            and one.id > after
            and (before is None or one.id < int(before))
        ]
        limit = int(call.query.get("limit", 50))
        page = found[:limit] if after else found[-limit:]
        return Reply([self.access.shown(one) for one in reversed(page)])

    async def create(self, call: Call) -> Reply:
        """POST /channels/{channel}/messages."""
        channel = self.access.channel(call)
        self.access.may_send(channel)
        draft = drafts.read(call.table, call.uploads, Form())
        self.access.may_send_this(channel, draft)
        known = self._known_nonce(draft)
        if known:
            return Reply(self.access.shown(known))
        message = posts.make(channel, draft, Form())
        self._reply_to(message, draft)
        if channel.is_thread:
            channel.joined.add(self.world.bot)
            channel.archived = False
        if draft.nonce is not None:
            self._nonces[str(draft.nonce)] = (self.world.clock.now(), message)
        posts.add(message)
        return Reply(self.access.shown(message))

    async def get(self, call: Call) -> Reply:
        """GET /channels/{channel}/messages/{message}."""
        channel, message = self.access.message(call)
        if channel.guild and not self.access.can(channel, "read_message_history"):
            raise errors.missing_access()
        return Reply(self.access.shown(message))

    async def edit(self, call: Call) -> Reply:
        """PATCH /channels/{channel}/messages/{message}."""
        channel, message = self.access.message(call)
        if message.author is not self.world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        if channel.is_thread and channel.archived:
            raise ApiError(400, 50083, "Thread is archived")
        draft = drafts.read(call.table, call.uploads, Form(), message)
        posts.amend(message, draft, Form())
        return Reply(self.access.shown(message))

    async def delete(self, call: Call) -> Reply:
        """DELETE /channels/{channel}/messages/{message}."""
        channel, message = self.access.message(call)
        if message.author is not self.world.bot:
            if channel.guild is None:
                raise ApiError(403, 50003, "Cannot execute action on a DM channel")
            self.access.need(channel, "manage_messages")
        message.delete()
        return Reply()

    def _known_nonce(self, draft: Draft) -> Message | None:
        if not draft.enforce_nonce:
            return None
        at, message = self._nonces.get(str(draft.nonce), (0.0, None))
        if message is None or self.world.clock.now() > at + self.nonce_seconds:
            return None
        if message.deleted:
            raise errors.unknown("Message")
        return message

    def _reply_to(self, message: Message, draft: Draft) -> None:
        if not draft.reference:
            return
        wanted = errors.snowflake(draft.reference.get("message_id"))
        target = message.channel.history.get(wanted)
        if target and not target.deleted and not target.ephemeral_to:
            if not self.access.can(message.channel, "read_message_history"):
                raise ApiError(
                    403, 160002, "Cannot reply without permission to read message history"
                )
            message.reply_to, message.type = target, 19
        elif draft.reference.get("fail_if_not_exists", True):
            form = Form("message_reference")
            form.fail("REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.check()

    # Interactions

    async def answer(self, call: Call) -> Reply:
        """POST /interactions/{interaction}/{token}/callback."""
        receipt = self.world.desk.answer(
            call.id("interaction"), call.args["token"], call.table, call.uploads
        )
        return Reply(receipt) if call.flag("with_response") else Reply()

    async def follow_up(self, call: Call) -> Reply:
        """POST /webhooks/{app}/{token}."""
        token = call.args["token"]
        message = self.world.desk.follow_up(token, call.table, call.uploads)
        return Reply(message_payloads.message(message))

    async def get_sent(self, call: Call) -> Reply:
        """GET /webhooks/{app}/{token}/messages/{message}."""
        message = self.world.desk.find(call.args["token"], call.args["message"])
        return Reply(message_payloads.message(message))

    async def edit_sent(self, call: Call) -> Reply:
        """PATCH /webhooks/{app}/{token}/messages/{message}."""
        message = self.world.desk.edit(
            call.args["token"], call.args["message"], call.table, call.uploads
        )
        return Reply(message_payloads.message(message))

    async def delete_sent(self, call: Call) -> Reply:
        """DELETE /webhooks/{app}/{token}/messages/{message}."""
        self.world.desk.delete(call.args["token"], call.args["message"])
        return Reply()

    async def attachment(self, request: web.Request) -> web.Response:
        """Serve a file from the stand-in CDN; its link must be signed and fresh."""
        channel = self.world.channels.get(int(request.match_info["channel"]))
        wanted = int(request.match_info["attachment"])
        for message in channel.messages if channel else []:
            for file in message.attachments:
                if file.id == wanted and self._fresh(request, file.id):
                    return web.Response(body=file.data, content_type=file.content_type)
        return web.Response(status=404, text="This content is no longer available.")

    def _fresh(self, request: web.Request, file_id: int) -> bool:
        until = request.query.get("ex")
        if until is None:  # A link inside an embed; Discord refreshes those itself.
            return True
        signed = request.query.get("hm") == message_payloads.signature(file_id, until)
        return signed and int(until, 16) >= self.world.clock.now()
