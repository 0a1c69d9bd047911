"""The clock's side: refresh what is due, swap the snapshot, again and again."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable

from bot.desk import Desk
from bot.keeper import Keeper
from rotation.inputs import DECISION_OFFSET
from storage.errors import StoreError

log = logging.getLogger(__name__)

TICK = 30.0
"""Seconds between two looks at the clock."""
PATIENCE = 5
"""So many ticks in a row may fail before the operator hears of it."""


class Scheduler:
    """``tick`` does what is due; ``run`` ticks until it is cancelled."""

    def __init__(
        self,
        keeper: Keeper,
        desk: Desk,
        now: Callable[[], dt.datetime],
        *,
        tell_operator: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._keeper = keeper
        self._desk = desk
        self._now = now
        self._tell_operator = tell_operator
        self._decided: dt.date | None = None
        self._failures = 0
        self._dead: set[str] = set()

    async def run(self, pause: float = TICK) -> None:
        """Tick for ever. A failed tick is logged and the next one comes all the same."""
        while True:
            try:
                await self.tick()
                self._failures = 0
            except StoreError as error:
                await self._trouble(str(error))
            except Exception:
                log.exception("tick")
                await self._trouble("an unexpected fault, see the log")
            await asyncio.sleep(pause)

    async def tick(self) -> bool:
        """Refresh what is due; if something came, or a new day has been decided, compute the
        new snapshot off the loop and swap it in whole. True if it was swapped.
        """
        brought = await asyncio.to_thread(self._keeper.refresh)
        await self._report_dead(await asyncio.to_thread(self._keeper.dead))
        day = (self._now() - DECISION_OFFSET).date()
        if not brought and day == self._decided:
            return False
        current = await asyncio.to_thread(self._keeper.snapshot)
        if current is None:
            return False
        self._desk.current, self._decided = current, day
        return True

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
