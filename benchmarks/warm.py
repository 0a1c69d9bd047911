"""A store with the whole history, live, as the benchmarks need it: filled once, copied for each."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILLED = "SPILLOVER_BENCH_STORE"
"""Where one run of all benchmarks keeps the store that it has filled once."""


@contextmanager
def store() -> Iterator[Path]:
    """A store of one's own; it goes with everything beside it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spillover.db"
        filled = os.environ.get(FILLED)
        if filled and Path(filled).is_file():
            shutil.copyfile(filled, path)
        else:
            from benchmarks.store import fill

            fill(path)
        yield path


def snapshot():
    """The newest decision of such a store, as the running bot has it."""
    from benchmarks.store import _newest
    from bot.keeper import Keeper
    from storage.database import Database

    with store() as path, Database(path, read_only=True) as database:
        now = _newest(path)
        return Keeper(database, (), lambda: now).snapshot()
