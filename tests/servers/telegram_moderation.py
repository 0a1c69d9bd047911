"""What admins and members do to a chat: rights, coming and going, topics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .telegram_model import Chat, Message, Topic
from .telegram_people import COMMON_RIGHTS, EXTRA_RIGHTS, PERMISSIONS, Member, User

if TYPE_CHECKING:
    from .telegram_wire import Json
    from .telegram_world import World

ADMIN_MAY = frozenset(
    {"can_manage_chat", "can_delete_messages", "can_pin_messages", "can_manage_topics"}
    | {"can_post_messages", "can_edit_messages", "can_invite_users"}
)
"""What an administrator may do if a test does not say."""


class Moderation:
    """The part of a `Room` that is about members and topics. ``by`` is who does it, by default
    the owner."""

    def __init__(self, world: World, chat: Chat, owner: User) -> None:
        self.world = world
        self.chat = chat
        self.owner = owner

    async def post(self, sender: User | None, **fields: Any) -> Message:
        """A message, service messages among them."""
        message = self.world.post(self.chat, sender, **fields)
        await asyncio.sleep(0)
        return message

    # members

    async def add_bot(self, by: User | None = None) -> None:
        """Somebody adds the bot (to a channel: as an administrator)."""
        bot = self.world.bot
        if self.chat.type == "channel":
            await self._set(bot, "administrator", ADMIN_MAY, by)
            return
        await self._set(bot, "member", frozenset(), by)
        await self.post(by or self.owner, service=_joined(bot))

    async def promote_bot(self, *rights: str, by: User | None = None) -> None:
        """The bot becomes an administrator; without ``rights`` with the usual ones."""
        await self._set(self.world.bot, "administrator", frozenset(rights) or ADMIN_MAY, by)

    async def demote_bot(self, by: User | None = None) -> None:
        """The bot is a plain member again."""
        await self._set(self.world.bot, "member", frozenset(), by)

    async def restrict_bot(self, *may: str, by: User | None = None) -> None:
        """The bot may do only this; without anything it is muted."""
        await self._set(self.world.bot, "restricted", frozenset(may), by)

    async def kick_bot(self, by: User | None = None) -> None:
        """The bot is thrown out."""
        bot = self.world.bot
        if self.chat.is_group:
            await self.post(by or self.owner, service=_left(bot))
        await self._set(bot, "kicked", frozenset(), by)

    async def join(self, user: User) -> None:
        """Somebody comes."""
        await self._set(user, "member", frozenset(), user)
        await self.post(user, service=_joined(user))

    async def leave(self, user: User) -> None:
        """Somebody goes."""
        await self._set(user, "left", frozenset(), user)
        await self.post(user, service=_left(user))

    async def promote(
        self, user: User, *rights: str, anonymous: bool = False, by: User | None = None
    ) -> None:
        """Somebody becomes an administrator."""
        may = frozenset(rights) or ADMIN_MAY
        await self._set(user, "administrator", may, by, anonymous=anonymous)

    async def demote(self, user: User, by: User | None = None) -> None:
        """Somebody is a plain member again."""
        await self._set(user, "member", frozenset(), by)

    async def allow(self, *permissions: str) -> None:
        """From now on plain members may do only this."""
        self.chat.permissions = frozenset(permissions)
        await asyncio.sleep(0)

    async def _set(
        self,
        user: User,
        status: str,
        may: frozenset[str],
        by: User | None,
        *,
        anonymous: bool = False,
    ) -> None:
        known = {*PERMISSIONS, *COMMON_RIGHTS, *sum(EXTRA_RIGHTS.values(), ())}
        assert may <= known, f"no such right: {may - known}"
        member = Member(user, status, may, anonymous)
        self.world.change_member(self.chat, by or self.owner, member)
        await asyncio.sleep(0)

    # topics

    async def open_topic(self, name: str) -> int:
        """A new topic; its message_thread_id."""
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        number = self.world.message_id(self.chat)
        message = Message(number, self.chat, int(self.world.now()), self.owner, service=service)
        message.thread, message.in_topic = number, True
        self.chat.messages[number] = message
        self.chat.topics[number] = Topic(number, name)
        self.world.deliver(message)
        await asyncio.sleep(0)
        return number

    async def close_topic(self, thread: int = 0) -> None:
        """Only administrators can write there now; 0 for General."""
        await self._close(thread, closed=True)

    async def reopen_topic(self, thread: int = 0) -> None:
        """Everybody can write there again."""
        await self._close(thread, closed=False)

    async def delete_topic(self, thread: int) -> None:
        """The topic goes with all its messages. Bots are not told."""
        del self.chat.topics[thread]
        for message in self.chat.messages.values():
            message.deleted = message.deleted or message.thread == thread
        await asyncio.sleep(0)

    async def _close(self, thread: int, *, closed: bool) -> None:
        word = "closed" if closed else "reopened"
        if not thread:
            self.chat.general_closed = closed
            return
        self.chat.topics[thread].closed = closed
        service: Json = {f"forum_topic_{word}": {}}
        await self.post(self.owner, service=service, thread=thread, in_topic=True)


def _joined(user: User) -> Json:
    person = user.json()
    return {"new_chat_participant": person, "new_chat_member": person, "new_chat_members": [person]}


def _left(user: User) -> Json:
    person = user.json()
    return {"left_chat_participant": person, "left_chat_member": person}
