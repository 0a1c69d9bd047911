"""What is said in Telegram chats: from what was heard to a request, from a reply to messages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from bot.adapter import Answer, Draw, Moved, Outcome, Picture, Place, Rejected, Retry, Sent
from bot.recent import Recent
from bot.render import telegram as look
from bot.render.text import asked, mark, too_old, unmarked
from bot.telegram_wire import (
    LONGEST_PAUSE,
    PAUSES,
    FailedError,
    Found,
    Heard,
    Key,
    Keys,
    Posted,
    Where,
)
from commands.dispatch import Registry, Request, request_of
from commands.reply import Chart, Document, Form, Reply

log = logging.getLogger(__name__)

NAME = "telegram"
PRIVATE, CHANNEL = "private", "channel"
PATIENCE = 0.2
"""Seconds of drawing before the chat is told that a picture is on its way."""
ADMIN_SECONDS = 60.0
MOST_RESULTS = 20


class Line(Protocol):
    """The line to Telegram. What it refuses is a FailedError."""

    @property
    def username(self) -> str: ...

    async def post(
        self,
        where: Where,
        html: str,
        keys: Keys,
        photo: str | bytes | None = None,
        ask: str = "",
    ) -> Posted:
        """A new message; with a ``photo`` (its bytes, or the id of a known one) its caption.
        ``ask`` opens the input field for a reply, with these words in it.
        """

    async def post_file(self, where: Where, name: str, data: bytes, html: str) -> None:
        """A file with a caption."""

    async def edit(
        self, heard: Heard, html: str, keys: Keys, photo: str | bytes | None = None
    ) -> Posted:
        """Another content for the message that was tapped on."""

    async def show_drawing(self, where: Where) -> None:
        """A picture is on its way. Never fails."""

    async def toast(self, query: str, text: str) -> None:
        """The answer to a tap, for the one who tapped; without words nothing is seen."""

    async def offer(self, query: str, found: list[Found]) -> None:
        """The results of an inline query."""

    async def is_admin(self, chat: int, user: int) -> bool:
        """Whether somebody owns or administers a chat, as the server says."""


class Talk:
    """All conversations of one bot."""

    def __init__(
        self,
        line: Line,
        answer: Answer,
        draw: Draw,
        registry: Registry,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line, self._answer, self._draw, self._registry = line, answer, draw, registry
        self._admins: Recent[tuple[int, int], bool] = Recent(4096, ADMIN_SECONDS, clock)
        self._commands: Recent[str, str] = Recent(4096)
        self._files: Recent[str, str] = Recent(256)
        self._forms: Recent[str, Form] = Recent(1024)
        self._asked: Recent[tuple[int, int], Form] = Recent(1024)
        """The forms whose values a reply to a message is taken for."""

    # what comes in

    async def typed(self, heard: Heard, text: str) -> None:
        """A message. A chat that has moved meanwhile gets the answer where it is now."""
        form = self._asked.get((heard.chat, heard.answers or 0))
        direct = heard.kind == PRIVATE
        line = look.spoken(text, self._line.username, self._registry, direct=direct)
        if form is not None and not text.startswith("/"):
            line = form.line(text)
        if line is None:
            return
        reply = await self._answer(self._request(heard, line))
        answers = None if heard.kind in (PRIVATE, CHANNEL) else heard.message
        try:
            await self._post(Where(heard.chat, heard.thread, answers), reply)
        except FailedError as failure:
            if not isinstance(failure.outcome, Moved):
                raise
            await self._post(Where(chat_id(failure.outcome.to)), reply)

    async def tapped(self, heard: Heard | None, query: str, data: str) -> None:
        """A tap: the answer takes the place of the message. A refusal, and in a channel any
        answer, is for the one who tapped alone.
        """
        command = self._commands.get(data) if look.is_key(data) else data
        if heard is None or not command:
            await self._line.toast(query, too_old())
            return
        form = self._forms.get(command)
        if form is not None and heard.kind != CHANNEL:
            await self._line.toast(query, "")
            await self._ask(heard, form)
            return
        command = unmarked(command)
        reply = asked(form) if form else await self._answer(self._request(heard, command))
        if reply.failed or heard.kind == CHANNEL:
            await self._line.toast(query, look.toast(reply.headline, reply.reason))
            return
        await self._line.toast(query, "")
        await self._edit(heard, reply)

    async def _ask(self, heard: Heard, form: Form) -> None:
        """What a form asks for. A reply to that message is the answer, in private mode too."""
        html = look.parts(asked(form))[0].html
        where = Where(heard.chat, heard.thread)
        ask = form.title if heard.kind == PRIVATE else ""  # in a group it would ask everybody
        posted = await self._line.post(where, html, [], ask=ask)
        self._asked.put((heard.chat, posted.message), form)

    async def searched(self, heard: Heard, query: str, text: str) -> None:
        """An inline query. Below its results buttons lead to the bot: a tap there would not
        say in which chat it was.
        """
        found = []
        for command, rest in look.suggested(text, self._registry)[:MOST_RESULTS]:
            reply = await self._answer(self._request(heard, f"{command.name} {rest}"))
            if not reply.failed:
                html, title = look.parts(reply)[0].html, look.clean(reply.headline)
                links = self._links(reply)
                found.append(Found(command.name, title, f"/{command.name}", html, links))
        await self._line.offer(query, found)

    def _request(self, heard: Heard, line: str) -> Request:
        who = heard.speaks_as or heard.user
        return request_of(
            line,
            chat=chat_name(heard.chat),
            thread=str(heard.thread) if heard.thread else None,
            user=str(who or ""),
            locale=heard.locale,
            private=heard.kind == PRIVATE,
            is_admin=partial(self._is_admin, heard),
        )

    async def _is_admin(self, heard: Heard) -> bool:
        if heard.kind == PRIVATE:
            return True
        if heard.speaks_as is not None or heard.user is None:
            return heard.speaks_as == heard.chat
        known = self._admins.get((heard.chat, heard.user))
        if known is None:
            known = await self._line.is_admin(heard.chat, heard.user)
            self._admins.put((heard.chat, heard.user), known)
        return known

    # what goes out

    async def send(self, place: Place, reply: Reply, *, silent: bool) -> Outcome:
        """Send without being asked. Never raises."""
        try:
            thread = int(place.thread) if place.thread else None
            where = Where(chat_id(place.chat), thread, silent=silent, asked=False)
            return Sent(str((await self._post(where, reply)).message))
        except FailedError as failure:
            return failure.outcome
        except Exception:
            log.exception("a message could not be made")
            return Rejected("it could not be made")

    async def _post(self, where: Where, reply: Reply) -> Posted:
        """New messages, the first with the picture, the last with the buttons."""
        picture = await self._picture(reply.chart, where)
        pages = look.parts(reply, look.CAPTION if picture else look.TEXT)
        posted = await self._post_pages(where, pages, self._keys(reply), picture)
        await self._post_document(where, reply.document)
        return posted

    async def _post_document(self, where: Where, document: Document | None) -> None:
        """The file of an answer; its words stand already."""
        if document is None:
            return
        caption = look.escaped(look.clean(document.caption))
        try:
            await self._line.post_file(where, document.name, document.data, caption)
        except FailedError as failure:
            log.warning("a file was not taken: %s", failure.description)

    async def _post_pages(
        self, where: Where, pages: Sequence[look.Part], keys: Keys, picture: Picture | None
    ) -> Posted:
        """Where pictures are not taken the words go alone, where markup is not, without it."""
        page, *rest = pages
        below = [] if rest else keys
        posted = await self._post_picture(where, page, below, picture) if picture else None
        if posted is None:
            try:
                posted = await self._line.post(where, page.html, below)
            except FailedError as failure:
                if not isinstance(failure.outcome, Rejected):
                    raise
                log.warning("a message goes without markup: %s", failure.description)
                posted = await self._line.post(where, look.escaped(page.plain), [])
        if rest:
            await self._post_rest(where, rest, keys)
        return posted

    async def _post_rest(self, where: Where, rest: Sequence[look.Part], keys: Keys) -> None:
        """What follows a page that stands. Where nobody has asked, it is insisted on here, and
        given up here: sent again, the message would come twice from its beginning.
        """
        for pause in (*PAUSES, None):
            try:
                await self._post_pages(where, rest, keys, None)
            except FailedError as failure:
                if where.asked:
                    raise
                if pause is None or not isinstance(failure.outcome, Retry):
                    log.warning("the rest of a message was not taken: %s", failure.description)
                    return
                await asyncio.sleep(max(pause, min(failure.outcome.after, LONGEST_PAUSE)))
            else:
                return

    async def _post_picture(
        self, where: Where, page: look.Part, keys: Keys, picture: Picture
    ) -> Posted | None:
        """None where it was refused, for the words to go alone. After a passing fault they do so
        only where somebody waits for them: anything else is sent again later, with its picture.
        """
        try:
            return await self._with_file(partial(self._line.post, where, page.html, keys), picture)
        except FailedError as failure:
            passing = isinstance(failure.outcome, Retry) and not where.asked
            if failure.unsure or passing or isinstance(failure.outcome, Moved):
                raise
            log.warning("a picture was not taken: %s", failure.description)
            return None

    async def _edit(self, heard: Heard, reply: Reply) -> None:
        """Another content for a message; new messages where it cannot be changed."""
        where = Where(heard.chat, heard.thread)
        picture = await self._picture(reply.chart, where)
        captioned = picture is not None or heard.photo
        page, *rest = look.parts(reply, look.CAPTION if captioned else look.TEXT)
        keys = self._keys(reply)
        stuck = heard.message is None or (rest and heard.photo and picture is None)
        if stuck or not await self._edited(heard, page, [] if rest else keys, picture):
            await self._post(where, reply)
            return
        if rest:
            await self._post_pages(where, rest, keys, None)
        await self._post_document(where, reply.document)

    async def _edited(
        self, heard: Heard, page: look.Part, keys: Keys, picture: Picture | None
    ) -> bool:
        change = partial(self._line.edit, heard, page.html, keys)
        ways: list[Callable[[], Awaitable[Posted]]] = [change]
        if picture is not None:
            ways.insert(0, partial(self._with_file, change, picture))
        for way in ways:
            try:
                await way()
            except FailedError as failure:
                if failure.unsure:
                    raise
                if "not modified" not in failure.description.lower():
                    log.warning("a message was not changed: %s", failure.description)
                    continue
            return True
        return False

    async def _with_file(self, send: Callable[..., Awaitable[Posted]], picture: Picture) -> Posted:
        """Sends a picture: by the id that it has got from Telegram, else its bytes."""
        known = self._files.get(picture.key)
        if known is not None:
            try:
                return await send(photo=known)
            except FailedError as failure:
                if "file" not in failure.description.lower():
                    raise
        posted = await send(photo=picture.png)
        if posted.file is not None:
            self._files.put(picture.key, posted.file)
        return posted

    async def _picture(self, chart: Chart | None, where: Where) -> Picture | None:
        if chart is None:
            return None
        drawing = asyncio.ensure_future(self._draw(chart))
        if where.asked and not (await asyncio.wait({drawing}, timeout=PATIENCE))[0]:
            await self._line.show_drawing(where)
        try:
            return await drawing
        except Exception:
            log.exception("a picture could not be drawn")
            return None

    def _keys(self, reply: Reply) -> Keys:
        """Buttons that carry their command lines, the long ones by a key that is remembered."""
        for form in reply.forms:
            self._forms.put(mark(form), form)
        rows = []
        for row in look.keyboard(reply):
            rows.append([Key(button.label, look.button_data(button.command)) for button in row])
            for key, button in zip(rows[-1], row, strict=True):
                if look.is_key(key.data):
                    self._commands.put(key.data, button.command)
        return rows

    def _links(self, reply: Reply) -> Keys:
        """Buttons that open the bot with their command lines, where a link can carry them."""
        address = f"https://t.me/{self._line.username}?start="
        rows = [
            [
                Key(button.label, url=address + words)
                for button in row
                if (words := look.payload(button.command))
            ]
            for row in look.keyboard(reply)
        ]
        return [row for row in rows if row]


def chat_name(number: int) -> str:
    """A chat as the rest of the program knows it."""
    return f"{NAME}:{number}"


def chat_id(name: str) -> int:
    """A chat as Telegram knows it."""
    return int(name.removeprefix(f"{NAME}:"))
