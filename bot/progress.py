"""The first backfill as the operator sees it: a bar in a terminal, else a line now and then."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

log = logging.getLogger(__name__)

WORDS = "Filling in the history"
EVERY = 30.0
"""Seconds between two lines in a log."""


class Backfill:
    """Call it with steps done and all steps, from any thread; ``end`` it once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: tuple[Progress, TaskID] | None = None
        self._said = -EVERY
        self._ended = False

    def __call__(self, done: int, total: int) -> None:
        with self._lock:
            if self._ended:
                return
            if sys.stderr.isatty():
                progress, task = self._bar = self._bar or _opened()
                progress.update(task, completed=done, total=total)
            elif time.monotonic() >= self._said + EVERY or done == total:
                self._said = time.monotonic()
                log.info("filling in the history: %d of %d steps", done, total)

    def end(self) -> None:
        """The terminal is as before; what comes later is not shown."""
        with self._lock:
            self._ended = True
            if self._bar is not None:
                self._bar[0].stop()


def _opened() -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(WORDS), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True))
    progress.start()
    return progress, progress.add_task(WORDS, total=None)
