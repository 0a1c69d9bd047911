"""What people do in their chats, in plain words: the side of the tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .telegram_model import Chat, Message
from .telegram_moderation import Moderation
from .telegram_people import Member, User
from .telegram_text import find_entities

if TYPE_CHECKING:
    from .telegram_wire import Json
    from .telegram_world import Query, World

SUPERGROUP_OFFSET = 1_000_000_000_000


class Room(Moderation):
    """One chat with the people in it. Everything here happens on the side of the people; ``by``
    is who does it, by default the owner (or, in a private chat, its user)."""

    def __init__(self, world: World, chat: Chat, owner: User) -> None:
        super().__init__(world, chat, owner)
        self._read = 0
        self._edits_read: dict[int, int] = {}

    @property
    def id(self) -> int:
        """The chat's id."""
        return self.chat.id

    def __repr__(self) -> str:
        return f"<{self.chat.type} {self.chat.id}>"

    # what people see

    @property
    def messages(self) -> list[Message]:
        """All messages that can be seen now, oldest first; service messages are left out."""
        return [item for item in self.history if not item.service]

    @property
    def history(self) -> list[Message]:
        """The same with service messages."""
        return [item for item in self.chat.messages.values() if not item.deleted]

    @property
    def answers(self) -> list[Message]:
        """The bot's messages among them."""
        return [item for item in self.messages if item.outgoing]

    @property
    def last(self) -> Message:
        """The bot's last message."""
        assert self.answers, f"the bot has said nothing in {self}"
        return self.answers[-1]

    @property
    def pinned(self) -> list[Message]:
        """Pinned messages, the last pinned last."""
        return [self.chat.messages[number] for number in self.chat.pinned]

    @property
    def actions(self) -> list[Json]:
        """What sendChatAction has shown: ``{"action", "thread"}``."""
        return self.chat.actions

    async def next_message(self, timeout: float = 15.0) -> Message:  # noqa: ASYNC109
        """The bot's next message that this has not returned yet."""
        sent = self._sent
        try:
            await self.world.pulse.until(lambda: len(sent()) > self._read, timeout)
        except TimeoutError:
            raise AssertionError(f"no message in {self} within {timeout} s") from None
        self._read += 1
        return sent()[self._read - 1]

    async def next_edit(
        self,
        message: Message,
        timeout: float = 15.0,  # noqa: ASYNC109
    ) -> Message:
        """The message once it has been edited (again)."""
        seen = self._edits_read.get(message.id, 0)
        try:
            await self.world.pulse.until(lambda: len(message.edits) > seen, timeout)
        except TimeoutError:
            raise AssertionError(f"no edit of {message} within {timeout} s") from None
        self._edits_read[message.id] = seen + 1
        return message

    async def silence(self, seconds: float = 0.2) -> None:
        """Fails if the bot says anything new within this time."""
        sent = self._sent
        try:
            await self.world.pulse.until(lambda: len(sent()) > self._read, seconds)
        except TimeoutError:
            return
        raise AssertionError(f"the bot said {sent()[self._read]}")

    def _sent(self) -> list[Message]:
        every = self.chat.messages.values()
        return [item for item in every if item.outgoing and not item.service]

    def menu(self, by: User | None = None, language: str | None = None) -> list[Json]:
        """The commands that a person is shown, by Telegram's order of scopes."""
        user = by or self.owner
        language = user.language_code if language is None else language
        here = f" {self.id}"
        if self.chat.type == "private":
            scopes = [f"chat{here}", "all_private_chats", "default"]
        else:
            admin = self.chat.member(user).admin
            scopes = [f"chat_member{here} {user.id}"]
            scopes += [f"chat_administrators{here}"] if admin else []
            scopes += [f"chat{here}"]
            scopes += ["all_chat_administrators"] if admin else []
            scopes += ["all_group_chats", "default"]
        keys = [(scope, code) for scope in scopes for code in dict.fromkeys((language, ""))]
        return next((found for key in keys if (found := self.world.commands.get(key))), [])

    # what people do

    async def say(
        self,
        text: str,
        by: User | None = None,
        *,
        thread: int = 0,
        reply_to: Message | None = None,
    ) -> Message:
        """Somebody writes (in a channel: posts). An anonymous admin writes as the group."""
        sender, sender_chat = self._author(by or self.owner)
        if self.chat.type == "private":
            self.chat.started = True
        return await self.post(
            sender,
            sender_chat=sender_chat,
            text=text,
            entities=find_entities(text),
            reply_to=reply_to,
            thread=thread,
            in_topic=bool(thread),
        )

    async def edit(self, message: Message, text: str) -> Message:
        """Somebody changes what they wrote."""
        message.text, message.entities = text, find_entities(text)
        message.edit_date = int(self.world.now())
        self.world.deliver(message, edited=True)
        await asyncio.sleep(0)
        return message

    async def delete(self, message: Message) -> None:
        """A message goes away, the bot's too. Bots are not told."""
        message.deleted = True
        await asyncio.sleep(0)

    async def tap(self, message: Message, label: str, by: User | None = None) -> Query:
        """A tap on a button of the bot; ``await query.answered()`` for what comes of it."""
        button = message.button(label)
        assert "callback_data" in button, f"{label!r} is no button for the bot: {button}"
        return await self.forge_tap(message, button["callback_data"], by)

    async def forge_tap(self, message: Message, data: str, by: User | None = None) -> Query:
        """A tap with data that no button need have: a modified client can send anything."""
        gone = {"message_id": message.id, "chat": self.chat.json(), "date": 0}
        shown = gone if message.deleted else message.json()
        instance = str(-abs(hash(("instance", self.id))))
        payload = {"message": shown, "chat_instance": instance, "data": data}
        user = by or self.owner
        query = self.world.ask(user, "callback_query", payload, data=data, message=message)
        await asyncio.sleep(0)
        return query

    async def inline(self, text: str, by: User | None = None, offset: str = "") -> Query:
        """``@bot text`` in the input field; ``await query.found()`` for the results."""
        kinds = {"private": "private"}
        chat_type = kinds.get(self.chat.type, self.chat.type)
        payload = {"query": text, "offset": offset, "chat_type": chat_type}
        query = self.world.ask(by or self.owner, "inline_query", payload, data=text)
        await asyncio.sleep(0)
        return query

    async def other_bot_says(self, text: str, name: str = "another_bot") -> Message:
        """A second bot writes. Ours does not hear it, and is no longer the last that spoke."""
        bot = User(next(self.world.ids), name.title(), username=name, is_bot=True)
        return await self.post(bot, text=text, entities=find_entities(text))

    def _author(self, user: User) -> tuple[User | None, Chat | None]:
        if self.chat.type == "channel":
            return None, self.chat
        if self.chat.is_group and self.chat.member(user).anonymous:
            return self.world.anonymous, self.chat
        return user, None

    # the private chat

    async def block(self) -> None:
        """The person blocks the bot."""
        await self._block(blocked=True)

    async def unblock(self) -> None:
        """The person takes it back."""
        await self._block(blocked=False)

    async def deactivate(self) -> None:
        """The person's account is deleted."""
        self.owner.deleted = True
        self.owner.first_name = ""
        await asyncio.sleep(0)

    async def _block(self, *, blocked: bool) -> None:
        self.chat.blocked = blocked
        bot, states = self.world.bot, ("kicked", "member")
        old, new = (states[not blocked] for blocked in (not blocked, blocked))
        payload = {
            "chat": self.chat.json(),
            "from": self.owner.json(),
            "date": int(self.world.now()),
            "old_chat_member": Member(bot, old).json("private"),
            "new_chat_member": Member(bot, new).json("private"),
        }
        self.world.updates.add("my_chat_member", payload, ("my_chat_member", self.id))
        await asyncio.sleep(0)

    # migration

    async def upgrade(self) -> Room:
        """The group becomes a supergroup; the room of the new chat."""
        new = Chat(-SUPERGROUP_OFFSET - next(self.world.ids), "supergroup", self.chat.title)
        new.permissions = self.chat.permissions
        new.last_bot = self.chat.last_bot
        self.world.chats[new.id] = new
        bot = self.chat.members.pop(self.world.bot.id, None)
        new.members, self.chat.members = self.chat.members, {}
        room = Room(self.world, new, self.owner)
        if bot:
            self.chat.members[bot.user.id] = bot
            self.world.change_member(new, self.owner, bot)
        await self.post(self.owner, service={"migrate_to_chat_id": new.id})
        origin = {"migrate_from_chat_id": self.id}
        await room.post(self.world.anonymous, sender_chat=new, service=origin)
        self.chat.migrated_to = new.id
        return room
