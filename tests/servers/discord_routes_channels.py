"""REST routes of channels and threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import discord_drafts as drafts
from . import discord_payloads as payloads
from . import discord_posts as posts
from .discord_channels import Channel, Kind
from .discord_errors import ApiError, Form
from .discord_rest import Call, Reply, Route

if TYPE_CHECKING:
    from .discord_access import Access
    from .discord_world import World

Json = dict[str, Any]


class ChannelRoutes:
    """Handlers for channels and threads."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access

    def routes(self) -> list[Route]:
        """Return the routes that this class serves."""
        channel = "/channels/{channel}"
        threads, major = channel + "/threads", ("channel",)
        from_message = channel + "/messages/{message}/threads"
        return [
            Route("GET", channel, self.get_channel, major),
            Route("PATCH", channel, self.edit_channel, major),
            Route("DELETE", channel, self.delete_channel, major),
            Route("POST", channel + "/typing", self.type, major),
            Route("POST", threads, self.start_thread, major),
            Route("POST", from_message, self.start_thread, major),
            Route("PUT", channel + "/thread-members/@me", self.join_thread, major),
        ]

    async def get_channel(self, call: Call) -> Reply:
        """GET /channels/{channel}."""
        return Reply(payloads.channel(self.access.channel(call)))

    async def edit_channel(self, call: Call) -> Reply:
        """PATCH /channels/{channel}: rename, archive or lock."""
        channel, body = self.access.channel(call), call.table
        self.access.need(channel, "manage_threads" if channel.is_thread else "manage_channels")
        if "name" in body:
            form = Form()
            channel.name = form.at("name").text(body["name"], 1, 100)
            form.check()
        channel.archived = bool(body.get("archived", channel.archived))
        channel.locked = bool(body.get("locked", channel.locked))
        if channel.is_thread:
            self.world.announce.thread_updated(channel)
        return Reply(payloads.channel(channel))

    async def delete_channel(self, call: Call) -> Reply:
        """DELETE /channels/{channel}."""
        channel = self.access.channel(call)
        self.access.need(channel, "manage_threads" if channel.is_thread else "manage_channels")
        channel.delete()
        return Reply(payloads.channel(channel))

    async def type(self, call: Call) -> Reply:
        """POST /channels/{channel}/typing."""
        self.access.may_send(self.access.channel(call))
        return Reply()

    async def start_thread(self, call: Call) -> Reply:
        """POST …/threads: from a message, without one, or a post in a forum."""
        parent, body = self.access.channel(call), call.table
        form = Form()
        name = form.at("name").text(body.get("name"), 1, 100)
        duration = body.get("auto_archive_duration") or 1440
        form.at("auto_archive_duration").one_of(duration, (60, 1440, 4320, 10080))
        if parent.kind is Kind.FORUM and body.get("message") is None:
            form.at("message").required()
        form.check()
        if parent.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT, Kind.FORUM):
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        thread = self._new_thread(call, parent, name, body)
        thread.auto_archive = duration
        data = payloads.channel(thread)
        if parent.kind is Kind.FORUM:
            data["message"] = self.access.shown(thread.messages[0])
        return Reply(data, 201)

    def _new_thread(self, call: Call, parent: Channel, name: str, body: Json) -> Channel:
        bot = self.world.bot
        if parent.kind is Kind.FORUM:
            return self._new_post(call, parent, name, body)
        private = body.get("type") == Kind.PRIVATE_THREAD and "message" not in call.args
        kind = Kind.PRIVATE_THREAD if private else Kind.PUBLIC_THREAD
        self.access.need(parent, "create_private_threads" if private else "create_public_threads")
        thread_id = None
        if "message" in call.args:
            thread_id = self.access.message(call)[1].id
            if thread_id in self.world.channels:
                raise ApiError(400, 160004, "A thread has already been created for this message")
        thread = parent.open_thread(name, bot, thread_id=thread_id, kind=kind)
        self.world.announce.thread_created(thread)
        return thread

    def _new_post(self, call: Call, forum: Channel, name: str, body: Json) -> Channel:
        self.access.need(forum, "send_messages")
        tags = [int(tag) for tag in body.get("applied_tags") or []]
        if forum.flags & 1 << 4 and not tags:
            raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
        draft = drafts.read(body["message"], call.uploads, Form("message"))
        thread = Channel(
            self.world,
            self.world.new_id(),
            Kind.PUBLIC_THREAD,
            name,
            forum.guild,
            forum,
            owner=self.world.bot,
            applied_tags=tags,
        )
        message = posts.make(thread, draft, Form("message"), message_id=thread.id)
        thread.joined.add(self.world.bot)
        self.world.channels[thread.id] = thread
        self.world.announce.thread_created(thread)
        posts.add(message)
        return thread

    async def join_thread(self, call: Call) -> Reply:
        """PUT /channels/{channel}/thread-members/@me."""
        self.access.channel(call).joined.add(self.world.bot)
        return Reply()
