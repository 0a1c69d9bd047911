"""Import, reload to a timeline, and memory: `python -m benchmarks.store`.

Goals: over 400,000 observations in under 60 s, reloaded to a timeline in under 3 s, with at most
500 MiB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOALS = {"import_s": 60.0, "reload_s": 3.0, "peak_mib": 500.0}


def measure() -> dict[str, float]:
    """Each step in a process of its own, as in life; seconds, MiB, and how many observations."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "spillover.db"
        brought = _run("fill", store)
        reloaded = _run("reload", store)
        size = store.stat().st_size / 2**20
    return {
        "observations": brought["observations"],
        "import_s": brought["seconds"],
        "import_peak_mib": brought["peak"],
        "reload_s": reloaded["seconds"],
        "peak_mib": reloaded["peak"],
        "file_mib": size,
    }


def _run(step: str, store: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.store", step, str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak() -> float:
    """Most memory of this process so far, MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def fill(store: Path) -> dict[str, float]:
    """Read the folder and put everything into an empty store, which then goes live."""
    from benchmarks.market import harvest, moment
    from bot.keeper import put
    from storage.database import Database
    from storage.live import go_live

    begin = time.perf_counter()
    found = harvest()
    now = moment(found)
    with Database(store) as database:
        result = database.write(lambda db: put(db, found, now)).result()
        database.write(lambda db: go_live(db, now)).result()
    seconds = time.perf_counter() - begin
    return {"observations": result.new, "seconds": seconds, "peak": peak()}


def reload(store: Path) -> dict[str, float]:
    """From the file to a snapshot, as a start of the bot does it."""
    import exchange_calendars  # noqa: F401 - loading libraries is no part of a reload
    import pandas as pd  # noqa: F401

    from bot.keeper import Keeper
    from storage.database import Database

    now = _newest(store)
    with Database(store, read_only=True) as database:
        held = Keeper(database, (), lambda: now)
        begin = time.perf_counter()
        held.snapshot()
        seconds = time.perf_counter() - begin
    return {"seconds": seconds, "peak": peak()}


def _newest(store: Path):
    """The moment at which the store went live."""
    from storage.database import Database
    from storage.live import live_since

    with Database(store, read_only=True) as database, database.reading() as db:
        return live_since(db)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps({"fill": fill, "reload": reload}[sys.argv[1]](Path(sys.argv[2]))))
    else:
        for name, value in measure().items():
            goal = f"  (goal {GOALS[name]:.0f})" if name in GOALS else ""
            print(f"{name:>16} {value:12.2f}{goal}")
