"""Everything that goes out unasked, in one place: the clock of the digests, the look at each new
decision, and an outbox for each platform, so that the trouble of one never holds up another.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.adapter import Adapter, Gone, Moved
from bot.desk import Desk
from bot.herald import Herald
from bot.outbox import Outbox, Told
from bot.spool import spread
from storage.chats import move, pause
from storage.database import Database
from storage.deliveries import Queue, queue, release, tidy
from storage.digests import set_right
from storage.errors import StoreError

log = logging.getLogger(__name__)

DUE_EVERY = 5.0
"""Seconds between two looks at the digests."""
WATCH_EVERY, STALLED = dt.timedelta(minutes=1), dt.timedelta(minutes=15)
"""The outboxes are looked at so often; one in which nothing got through for so long stalls."""
PATIENCE = 10.0
"""Seconds that a stop waits for what is in flight."""


class PostOffice:
    """``open`` it with the adapters, ``run`` it, tell it of each new snapshot."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        now: Callable[[], dt.datetime],
        *,
        language: str = "en",
        told: Told = lambda _platform, _outcome: None,
        tell_operator: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._database, self._desk, self._now = database, desk, now
        self.herald = Herald(database, lambda: desk.current, now, language)
        self._told, self._tell_operator = told, tell_operator
        self.outboxes: list[Outbox] = []
        self._evaluating = asyncio.Lock()
        self._owed = True  # the decision that stands at the start may not have been told of
        self._priced: dt.datetime | None = None
        self._watched = now()
        self._stuck: set[str] = set()
        self._tidied: dt.date | None = None

    def open(self, adapters: Sequence[Adapter]) -> None:
        """An outbox for each platform."""
        self.outboxes = [
            Outbox(
                adapter, self._database, self.herald, self._now,
                changed=self._desk.changed, told=self._told,
            )
            for adapter in adapters
        ]  # fmt: skip

    async def run(self, pause: float = DUE_EVERY) -> None:
        """Until cancelled. What the last process had in hand goes out first."""
        await self._hand_out_again(pause)
        await asyncio.gather(self._clock(pause), *(outbox.run() for outbox in self.outboxes))

    async def _hand_out_again(self, pause: float) -> None:
        """What the last process had in hand; for as long as it takes to get at the store."""
        while True:
            try:
                again = await self._database.write_async(release)
            except StoreError as error:
                log.error("the outbox: %s", error)  # noqa: TRY400 - in plain words already
                await asyncio.sleep(pause)
                continue
            if again:
                log.info("%d messages were in hand when the last process ended", again)
            return

    async def swapped(self) -> None:
        """There is a new snapshot: look at what it changes. What fails is looked at again."""
        async with self._evaluating:
            self._owed = True
            try:
                told = await asyncio.to_thread(self.herald.evaluate)
            except StoreError as error:
                log.error("events: %s", error)  # noqa: TRY400 - in plain words already
                return
            self._owed = False
        if told:
            log.info("%d chats hear of events", told)
            self._nudge()

    async def changed(self, chat: str, what: Gone | Moved) -> None:
        """A platform says that a chat has moved or has shown the bot out."""
        if isinstance(what, Moved):
            await self._database.write_async(lambda db: move(db, chat, what.to))
            self._desk.changed(what.to)
        else:
            await self._database.write_async(lambda db: pause(db, chat, what.reason))
        self._desk.changed(chat)
        self._nudge()

    async def close(self) -> None:
        """Take nothing more into hand and wait a while for what is in flight."""
        await asyncio.gather(*(outbox.stop(PATIENCE) for outbox in self.outboxes))

    def queues(self) -> dict[str, Queue]:
        """How long the outbox of each platform is. Blocks."""
        now = self._now()
        with self._database.reading() as db:
            return {
                outbox.adapter.name: queue(db, outbox.adapter.name, now) for outbox in self.outboxes
            }

    def waiting(self) -> int:
        """Messages that wait on any platform. Blocks."""
        return sum(found.waiting for found in self.queues().values())

    async def _clock(self, pause: float) -> None:
        steps = (self._digests, self._words, self._prices, self._watch_queues, self._tidy)
        while True:
            for step in steps:  # the trouble of one never keeps the others from their turn
                try:
                    await step()
                except StoreError as error:
                    log.error("the outbox: %s", error)  # noqa: TRY400 - in plain words already
                except Exception:
                    log.exception("the outbox")
            await asyncio.sleep(pause)

    async def _digests(self) -> None:
        if await asyncio.to_thread(self.herald.post_due):
            self._nudge()

    async def _words(self) -> None:
        if await asyncio.to_thread(spread, self._database, self._now()):
            self._nudge()

    async def _prices(self) -> None:
        if self.new_prices() or self._owed:
            await self.swapped()

    async def _tidy(self) -> None:
        today = self._now().date()
        if self._tidied != today:
            await self._database.write_async(lambda db: tidy(db, self._now()))
            if count := await self._database.write_async(lambda db: set_right(db, self._now())):
                log.warning("%d digests were put off by a clock that was ahead", count)
            self._tidied = today

    async def _watch_queues(self) -> None:
        """The operator hears once of an outbox in which nothing moves, and once that it does."""
        if self._tell_operator is None or self._now() < self._watched + WATCH_EVERY:
            return
        self._watched = self._now()
        found = await asyncio.to_thread(self.queues)
        stuck = {
            outbox.adapter.name
            for outbox in self.outboxes
            if outbox.failing_since is not None
            and found[outbox.adapter.name].waiting
            and self._now() - outbox.failing_since >= STALLED
        }
        for name in stuck - self._stuck:
            count = found[name].waiting
            await self._tell_operator(f"{name}: {count} messages wait and none gets through.")
        for name in self._stuck - stuck:
            await self._tell_operator(f"{name}: messages get through again.")
        self._stuck = stuck

    def new_prices(self) -> bool:
        """Whether the latest prices are others than at the last look."""
        current = self._desk.current
        newest = max((q.at for q in current.quotes.values()), default=None) if current else None
        seen, self._priced = self._priced, newest
        return newest is not None and newest != seen

    def _nudge(self) -> None:
        for outbox in self.outboxes:
            outbox.nudge()
