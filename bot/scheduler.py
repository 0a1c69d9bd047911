"""The clock's side: refresh what is due, swap the snapshot, again and again."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable

from bot.desk import Desk
from bot.keeper import Keeper
from bot.progress import Backfill
from commands.snapshot import Snapshot
from storage.errors import StoreError

log = logging.getLogger(__name__)

TICK = 30.0
"""Seconds between two looks at the clock."""
WAIT, PAUSE = 5.0, 5.0
"""Seconds that a tick waits for a refresh, and until the next tick while it still goes on."""
APART = 30.0
"""Seconds at least between two computations while a refresh goes on."""
PATIENCE = 5
"""So many ticks in a row may fail before the operator hears of it."""

Swapped = Callable[[Snapshot | None, Snapshot], Awaitable[None]]


class Scheduler:
    """``tick`` does what is due; ``run`` ticks until it is cancelled. ``after_swap`` is awaited
    with the old and the new snapshot whenever a decision was computed anew; not when only ages
    and prices of the moment have changed.
    """

    def __init__(
        self,
        keeper: Keeper,
        desk: Desk,
        now: Callable[[], dt.datetime],
        *,
        tell_operator: Callable[[str], Awaitable[None]] | None = None,
        after_swap: Swapped | None = None,
    ) -> None:
        self._keeper = keeper
        self._desk = desk
        self._now = now
        self._tell_operator = tell_operator
        self._after_swap = after_swap
        self._refreshing: asyncio.Task[int] | None = None
        self._computed = -APART
        self._pruned: dt.date | None = None
        self._failures = 0
        self._dead: set[str] = set()

    async def run(self, pause: float = TICK) -> None:
        """Tick for ever. A failed tick is logged and the next one comes all the same."""
        self._keeper.shown = bar = Backfill()
        try:
            await self._count()
            while True:
                await self._safe_tick()
                if self._desk.current is not None and self._desk.current.filling is None:
                    bar.end()
                await asyncio.sleep(pause if self._refreshing is None else min(pause, PAUSE))
        finally:
            bar.end()
            self._keeper.stop()

    @property
    def refreshing(self) -> bool:
        """Whether sources are being asked; that goes on where ``run`` was cancelled."""
        return self._refreshing is not None and not self._refreshing.done()

    async def _safe_tick(self) -> None:
        try:
            await self.tick(WAIT)
            self._failures = 0
        except StoreError as error:
            await self._trouble(str(error))
        except Exception:
            log.exception("tick")
            await self._trouble("an unexpected fault, see the log")

    async def tick(self, wait: float | None = None) -> bool:
        """Refresh what is due; if something came, or a new day has been decided, compute the new
        snapshot off the loop and swap it in whole. True if it was swapped.

        ``wait``: seconds to wait for the refresh, None until it has ended. One that takes longer
        goes on, and what it has brought so far is computed meanwhile. What ended it is raised at
        the end: a day is decided, and prices age, also where nothing more can be stored.
        """
        done, fault = await self._refreshed(wait)
        swapped = False
        if self._is_due(done):
            swapped = await self._swap()
        await self._freshen()
        if done:
            await self._report_dead(await asyncio.to_thread(self._keeper.dead))
            await self._prune()
        if fault is not None:
            raise fault
        return swapped

    async def _refreshed(self, wait: float | None) -> tuple[bool, BaseException | None]:
        """Whether the refresh has ended well, and what ended it else; it goes on from one tick to
        the next.
        """
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(asyncio.to_thread(self._keeper.refresh))
        done, _ = await asyncio.wait({self._refreshing}, timeout=wait)
        if not done:
            return False, None
        task, self._refreshing = self._refreshing, None
        fault = task.exception()
        return fault is None, fault

    def _is_due(self, done: bool) -> bool:
        current = self._desk.current
        if current is not None and current.timeline.last != self._keeper.day():
            return True
        calm = done or time.monotonic() >= self._computed + APART
        return calm and (current is None or self._keeper.has_news())

    async def _swap(self) -> bool:
        current = await asyncio.to_thread(self._keeper.snapshot)
        self._computed = time.monotonic()
        if current is None:
            return False
        before, self._desk.current = self._desk.current, current
        if self._after_swap is not None:
            await self._after_swap(before, current)
        await self._count()
        return True

    async def _count(self) -> None:
        """All of the evidence, so that nobody waits for it; answers need only a part at once."""
        current = self._desk.current
        if current is None or current.evidence is None:
            return
        try:
            await asyncio.to_thread(current.evidence.complete)
        except Exception:
            log.exception("the evidence was not counted in advance")

    async def _freshen(self) -> None:
        """Ages, errors and the prices of the moment, beside the decision that stands."""
        await asyncio.to_thread(self._keeper.board.refresh)
        current = self._desk.current
        if current is not None:
            self._desk.current = await asyncio.to_thread(self._keeper.freshened, current)

    async def _prune(self) -> None:
        """Once a day: revisions that no decision needs any more."""
        if self._pruned == self._now().date():
            return
        gone = await asyncio.to_thread(self._keeper.prune)
        self._pruned = self._now().date()
        log.info("%d old revisions dropped", gone)

    async def _report_dead(self, dead: dict[str, str]) -> None:
        """The operator hears once of a source that stays dead, and once that it is back."""
        if self._tell_operator is not None:
            for name in dead.keys() - self._dead:
                await self._tell_operator(f"{name} has not answered for a day: {dead[name]}")
            for name in self._dead - dead.keys():
                await self._tell_operator(f"{name} answers again.")
        self._dead = set(dead)

    async def _trouble(self, words: str) -> None:
        self._failures += 1
        log.error("tick failed (%d in a row): %s", self._failures, words)
        if self._failures == PATIENCE and self._tell_operator is not None:
            await self._tell_operator(words)
