"""The desk: answers requests from the current snapshot, and draws each picture once."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlite_utils import Database as Tables

from bot.adapter import Picture
from commands import REGISTRY
from commands.dispatch import Request, dispatch
from commands.registry import Access, Call, Command, Store
from commands.reply import Chart, Reply
from commands.snapshot import Snapshot
from commands.words import _, language, speak
from feeds.http import utc_now
from storage.chats import Chat, chat_of, resume
from storage.digests import reckon
from storage.errors import StoreError

log = logging.getLogger(__name__)

READERS = 4
PICTURES_KEPT = 64
CHATS_KEPT = 4096


class Desk:
    """Handlers run on a small pool of threads, drawing on a single one: never on the loop.

    ``current`` is swapped whole after each refresh; an answer uses the one it began with. None:
    nothing is known yet, and ``progress`` tells how far the first backfill is.
    """

    def __init__(
        self,
        current: Snapshot | None,
        *,
        theme: str = "dark",
        progress: Callable[[], tuple[int, int]] = lambda: (0, 0),
        store: Store | None = None,
        now: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self.current = current
        self._progress = progress
        self._theme = theme
        self._store, self._now = store, now
        self._chats: OrderedDict[str, Chat] = OrderedDict()
        self._changes = 0
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="answer")
        self._easel = ThreadPoolExecutor(1, thread_name_prefix="draw")
        self._pictures: OrderedDict[str, asyncio.Future[Picture]] = OrderedDict()

    async def answer(self, request: Request) -> Reply:
        """The reply to a request; never raises."""
        current = self.current
        if current is None:
            return await self._not_yet(request)
        chat = await self._chat(request.chat)
        here = Call(
            {}, current, chat, self._now(), self._store, request.thread, request.user,
            request.private,
        )  # fmt: skip
        reply = await dispatch(REGISTRY, request, here, self._run)
        speak(chat.language or request.locale)  # what is added and drawn follows the answer
        return replace(reply, language=language.get()).themed(chat.theme)

    async def _not_yet(self, request: Request) -> Reply:
        """The first backfill is under way: how far it is, and where to look meanwhile."""
        try:
            done, total = await asyncio.to_thread(self._progress)
        except StoreError:
            log.exception("how far the history is could not be read")
            done = total = 0
        speak(request.locale)
        return Reply(
            _("The history is being filled in: {done} of {total} steps.").format(
                done=done, total=total
            ),
            _("Ask again in a few minutes."),
            private=True,
            failed=True,
        )

    async def _run(self, command: Command, call: Call) -> Reply:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, context.run, command.run, call)
        finally:
            if command.access is not Access.EVERYBODY:
                self.changed(call.chat.chat)

    def changed(self, chat: str) -> None:
        """The settings of a chat are to be read anew."""
        self._changes += 1
        self._chats.pop(chat, None)

    async def _chat(self, name: str) -> Chat:
        """The settings of a chat, from memory. One that was paused and speaks is back."""
        known = self._chats.get(name)
        if known is not None:
            self._chats.move_to_end(name)
            return known
        if self._store is None:
            return Chat(name)
        loop, changes = asyncio.get_running_loop(), self._changes
        try:
            chat = await loop.run_in_executor(self._readers, self._recalled, self._store, name)
        except StoreError:
            log.exception("the settings of a chat could not be read")
            return Chat(name)
        if changes == self._changes:  # else they may have changed while they were read
            self._chats[name] = chat
        while len(self._chats) > CHATS_KEPT:
            self._chats.popitem(last=False)
        return chat

    def _recalled(self, store: Store, name: str) -> Chat:
        with store.reading() as db:
            chat = chat_of(db, name)
        if not chat.paused:
            return chat
        now = self._now()

        def back(db: Tables) -> Chat:
            resume(db, name)
            reckon(db, name, now)
            return chat_of(db, name)

        return store.write(back).result()

    async def draw(self, chart: Chart) -> Picture:
        """The picture of a chart. The same chart is drawn once, however many ask at a time."""
        key = self._key(chart)
        future = self._pictures.get(key)
        if future is None or (future.done() and (future.cancelled() or future.exception())):
            future = asyncio.ensure_future(self._drawn(key, chart))
            self._pictures[key] = future
            while len(self._pictures) > PICTURES_KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        try:
            return await asyncio.shield(future)
        except Exception:
            self._pictures.pop(key, None)
            raise

    def _key(self, chart: Chart) -> str:
        facts = f"{chart.theme or self._theme} {language.get()} {chart!r}"
        return hashlib.sha256(facts.encode()).hexdigest()[:32]

    async def _drawn(self, key: str, chart: Chart) -> Picture:
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()  # the words on a picture follow the request
        theme = chart.theme or self._theme
        png = await loop.run_in_executor(self._easel, context.run, _painted, chart, theme)
        return Picture(key, png)

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._easel.shutdown(wait=False, cancel_futures=True)


def _painted(chart: Chart, theme: str) -> bytes:
    """On the drawing thread; its library is slow to load, so that is done here too."""
    from bot.render.chart import Theme, draw

    return draw(chart, Theme(theme))
