"""The world behind the Bot API: who is where, what was said, what the bot gets to hear."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from .telegram_files import Files
from .telegram_model import Chat, Message
from .telegram_people import ANONYMOUS_ADMIN_ID, Member, User
from .telegram_updates import Updates
from .telegram_wire import ApiError, bad, forbidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from .telegram_wire import Json

MIGRATED = "Bad Request: group chat was upgraded to a supergroup chat"
KEPT_OWN = frozenset(
    {
        "left_chat_member",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_closed",
        "forum_topic_reopened",
    }
)
"""Service messages of which the bot hears even when it caused them itself."""


class Access(Enum):
    """What a method wants to do with a chat."""

    READ = "read"
    MEMBERS = "read members"
    EDIT = "edit"
    WRITE = "write"


class Pulse:
    """Lets tests wait for something to become true."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        """Something has changed."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, found: Callable[[], Any], seconds: float) -> Any:
        """The first true value of ``found``; TimeoutError if there is none in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not (value := found()):
            left = end - loop.time()
            if left <= 0:
                raise TimeoutError
            future = loop.create_future()
            self._waiting.add(future)
            await asyncio.wait([future], timeout=left)
            self._waiting.discard(future)
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person saw after a tap."""

    text: str
    alert: bool
    url: str = ""


@dataclass(eq=False)
class Query:
    """A tap on a button or an inline query, and the bot's answer to it."""

    id: str
    user: User
    at: float
    pulse: Pulse
    data: str = ""
    message: Message | None = None
    answer: Answer | None = None
    results: list[Json] | None = None
    """Of an inline query."""

    async def answered(self, timeout: float = 15.0) -> Answer:  # noqa: ASYNC109
        """The answer to a tap, once it comes."""
        try:
            await self.pulse.until(lambda: self.answer is not None, timeout)
        except TimeoutError:
            raise AssertionError(f"no answer to {self.data!r} within {timeout} s") from None
        assert self.answer is not None
        return self.answer

    async def found(self, timeout: float = 15.0) -> list[Json]:  # noqa: ASYNC109
        """The results of an inline query, once they come."""
        try:
            await self.pulse.until(lambda: self.results is not None, timeout)
        except TimeoutError:
            raise AssertionError(f"no results for {self.data!r} within {timeout} s") from None
        return self.results or []


@dataclass(eq=False)
class World:
    """All state of the stand-in."""

    token: str
    bot: User
    privacy: bool = True
    """The bot's privacy mode in groups; on, as Telegram has it by default."""
    query_lifetime: float = 15.0
    """How long a tap or an inline query can be answered."""
    shift: float = 0.0
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)

    def __post_init__(self) -> None:
        self.updates = Updates(self.now)
        self.ids = itertools.count(5_000_000_001)
        self._account_messages = itertools.count(101)
        self._chat_messages: dict[int, itertools.count[int]] = {}
        self.users[self.bot.id] = self.bot
        anonymous = User(ANONYMOUS_ADMIN_ID, "Group", "", "GroupAnonymousBot", is_bot=True)
        self.users[ANONYMOUS_ADMIN_ID] = self.anonymous = anonymous

    def now(self) -> float:
        """Unix time in this world."""
        return time.time() + self.shift

    def message_id(self, chat: Chat) -> int:
        """Supergroups and channels count for themselves, all other chats share one count."""
        if chat.type in {"supergroup", "channel"}:
            return next(self._chat_messages.setdefault(chat.id, itertools.count(2)))
        return next(self._account_messages)

    # what happens

    def post(self, chat: Chat, sender: User | None, **fields: Any) -> Message:
        """A new message."""
        message = Message(self.message_id(chat), chat, int(self.now()), sender, **fields)
        reply = message.reply_to
        if reply and not message.thread and chat.type == "supergroup":
            message.thread = reply.thread or reply.id
            message.in_topic = reply.in_topic
        chat.messages[message.id] = message
        if sender and sender.is_bot and not message.service and sender is not self.anonymous:
            chat.last_bot = sender.id
        self.deliver(message)
        self.pulse.beat()
        return message

    def deliver(self, message: Message, *, edited: bool = False) -> None:
        """An update, if the bot gets to hear of this message."""
        if not self.hears(message):
            return
        kind = "channel_post" if message.chat.type == "channel" else "message"
        kind = f"edited_{kind}" if edited else kind
        self.updates.add(kind, message.json(), ("chat", message.chat.id))

    def hears(self, message: Message) -> bool:
        """Whether the bot gets a message: membership, admin rights and privacy mode."""
        chat = message.chat
        if message.outgoing:
            return bool(KEPT_OWN & set(message.service))
        if chat.type == "private":
            return not chat.blocked
        if message.service:
            left = message.service.get("left_chat_member", {}).get("id") == self.bot.id
            return left or chat.member(self.bot).present
        if not chat.member(self.bot).present:
            return False
        if message.sender and message.sender.is_bot and message.sender is not self.anonymous:
            return False
        everything = chat.member(self.bot).admin or not self.privacy or chat.type == "channel"
        return everything or self._meant_for_bot(message)

    def _meant_for_bot(self, message: Message) -> bool:
        reply, username = message.reply_to, self.bot.username.lower()
        if reply and reply.outgoing:
            return True
        for entity in message.entities:
            units = message.text.encode("utf-16-le")
            begin, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
            word = units[begin:end].decode("utf-16-le").lower()
            if entity["type"] in {"bot_command", "mention"} and word.endswith(f"@{username}"):
                return True
            general = entity["type"] == "bot_command" and "@" not in word and not begin
            if general and message.chat.last_bot in {0, self.bot.id}:
                return True
        return False

    def change_member(self, chat: Chat, by: User, new: Member) -> None:
        """Somebody's standing changes; the bot hears of its own, and of others' as an admin.

        Out of a basic group one who is thrown out is reported as 'left', as Telegram does.
        """
        old = chat.member(new.user)
        if new.status == "left":
            chat.members.pop(new.user.id, None)
        else:
            chat.members[new.user.id] = new
        own = new.user is self.bot
        if own or chat.member(self.bot).admin:
            kind = "my_chat_member" if own else "chat_member"
            basic_kick = chat.type == "group" and new.status == "kicked"
            shown = Member(new.user, "left") if basic_kick else new
            payload = {
                "chat": chat.json(),
                "from": by.json(),
                "date": int(self.now()),
                "old_chat_member": old.json(chat.type),
                "new_chat_member": shown.json(chat.type),
            }
            self.updates.add(kind, payload, (kind, chat.id))
        self.pulse.beat()

    def ask(self, user: User, kind: str, payload: Json, **fields: Any) -> Query:
        """A tap or an inline query."""
        query = Query(str(next(self.ids) * 1000 + 7), user, self.now(), self.pulse, **fields)
        self.queries[query.id] = query
        self.updates.add(kind, {"id": query.id, "from": user.json(), **payload}, (kind, user.id))
        return query

    def open_query(self, query_id: str) -> Query:
        """One that can still be answered."""
        query = self.queries.get(query_id)
        done = query is not None and (query.answer is not None or query.results is not None)
        if query is None or done or self.now() - query.at > self.query_lifetime:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        return query

    # who may

    def find_chat(self, name: str) -> Chat:
        """By id or by @name of a public group or channel."""
        if not name:
            raise bad("chat_id is empty")
        if name.startswith("@"):
            wanted = name[1:].lower()
            public = (chat for chat in self.chats.values() if chat.user is None)
            found = next((chat for chat in public if chat.username.lower() == wanted), None)
        else:
            number = int(name) if name.lstrip("-").isdigit() else 0
            found = self.chats.get(number) or self._stranger(number)
        if found is None:
            raise bad("chat not found")
        return found

    def _stranger(self, user_id: int) -> Chat | None:
        user = self.users.get(user_id)
        if user is None or user.is_bot:
            return None
        return self.chats.setdefault(user_id, Chat(user_id, "private", user=user, started=False))

    def chat(self, name: str, access: Access) -> Chat:
        """The chat, if the bot may do this with it; the Bot API server's own checks."""
        chat = self.find_chat(name)
        edit = access in {Access.EDIT, Access.WRITE}
        if chat.type == "private":
            if edit and chat.user and chat.user.deleted:
                raise forbidden("user is deactivated")
        elif chat.type == "group":
            self._check_group(chat, access)
        else:
            status = chat.member(self.bot).status
            kind = chat.type
            if status == "kicked":
                raise forbidden(f"bot was kicked from the {kind} chat")
            if status == "left" and (edit or not chat.username):
                raise forbidden(f"bot is not a member of the {kind} chat")
        return chat

    def _check_group(self, chat: Chat, access: Access) -> None:
        write = access in {Access.WRITE, Access.MEMBERS}
        if chat.migrated_to:
            if write:
                raise ApiError(400, MIGRATED, migrate_to_chat_id=chat.migrated_to)
            return
        if access is Access.READ:
            return
        status = chat.member(self.bot).status
        if status == "kicked":
            raise forbidden("bot was kicked from the group chat")
        if status == "left":
            raise forbidden("bot is not a member of the group chat")

    def check_sending(self, chat: Chat, permission: str, what: str) -> None:
        """Whether the bot may send this kind of message here."""
        if chat.type == "private":
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            return
        member = chat.member(self.bot)
        if chat.type == "channel":
            if member.status != "creator" and "can_post_messages" not in member.may:
                raise bad("need administrator rights in the channel chat")
            return
        if member.admin:
            return
        may = member.may if member.status == "restricted" else chat.permissions
        if permission not in may:
            raise bad(f"not enough rights to send {what} to the chat")

    def check_topic(self, chat: Chat, thread: int) -> None:
        """Whether the bot may write into this topic (0: General, or no forum at all)."""
        member = chat.member(self.bot)
        manages = member.status == "creator" or "can_manage_topics" in member.may
        topic = chat.topics.get(thread)
        closed = topic.closed if topic else chat.is_forum and not thread and chat.general_closed
        if closed and not (member.admin and manages):
            raise bad("TOPIC_CLOSED")

    def check_thread(self, chat: Chat, thread: int) -> None:
        """Whether message_thread_id names a topic."""
        first = chat.messages.get(thread)
        if first is None or first.deleted or not first.in_topic or first.thread != thread:
            raise bad("message thread not found")
