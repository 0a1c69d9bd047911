"""Another process for the tests of the store: `python -m tests.storage.worker WHAT PATH …`.

It prints one line of JSON a step.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

import numpy as np

from rotation.inputs import Observations
from storage.backup import problems
from storage.database import Database
from storage.errors import StoreError
from storage.live import go_live
from storage.moments import moment
from storage.observations import append, load, newest
from storage.sources import enrol, health, succeeded

BATCH = 40
TASK, SOURCE = "yahoo/RUT", "yahoo"
DAY = np.timedelta64(1, "D")
FIRST = np.datetime64("1970-01-01")


def _peak() -> float:
    """Most memory of this program so far, MiB. Not ru_maxrss: that one survives an exec, so it
    would tell of the test runner that started us."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def say(**words: object) -> None:
    print(json.dumps(words), flush=True)


def batch(n: int, size: int = BATCH, series: str = "RUT") -> Observations:
    """The n-th piece of a history whose values are the days since 1970."""
    date = FIRST + np.arange(n * size, (n + 1) * size)
    released = date.astype("datetime64[us]") + DAY
    return Observations(series, date, date.astype(np.float64), released, released, SOURCE)


def hold(path: Path) -> None:
    with Database(path):
        say(pid=os.getpid())
        sys.stdin.readline()


def write_for_ever(path: Path, progress: int) -> None:
    """A backfill that goes on where it stopped, a piece and how far it got a transaction."""
    with Database(path) as database:
        database.write(lambda db: enrol(db, SOURCE, [TASK])).result()
        while True:
            with database.reading() as db:
                reached = health(db)[0].tasks[0].due_at
            done = 0 if reached is None else ((reached - dt.datetime(1970, 1, 1)).days + 1) // BATCH
            item = batch(done)

            def work(db, item=item):
                for half in (slice(0, BATCH // 2), slice(BATCH // 2, BATCH)):
                    columns = (item.date, item.value, item.released_at, item.fetched_at)
                    part = Observations("RUT", *(c[half] for c in columns), SOURCE)
                    append(db, [part], dt.datetime(2026, 1, 1))
                reached = dt.datetime.combine(item.date[-1].item(), dt.time())
                succeeded(db, TASK, dt.datetime(2026, 1, 1), due=reached)

            database.write(work).result()
            os.pwrite(progress, str(done + 1).encode(), 0)


def killed(path: Path, rounds: str, seed: str) -> None:
    """Kill −9 a writing child again and again; each time say what the store looks like."""
    rng = random.Random(int(seed))
    progress = os.open(path.with_name("acknowledged"), os.O_RDWR | os.O_CREAT)
    for _ in range(int(rounds)):
        child = os.fork()
        if not child:
            write_for_ever(path, progress)
        before = os.pread(progress, 20, 0)
        while os.pread(progress, 20, 0) == before:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with Database(path) as database, database.reading() as db:
            found = load(db)[0]
            say(
                problems=problems(database),
                acknowledged=int(os.pread(progress, 20, 0)),
                rows=len(found.date),
                right=bool((found.value == np.arange(len(found.date))).all()),
                newest=(newest(db)["RUT"] - dt.date(1970, 1, 1)).days,
                reached=(health(db)[0].tasks[0].due_at - dt.datetime(1970, 1, 1)).days,
            )


def full(path: Path) -> None:
    """Write until the process may not write more; say so; then go on with more room."""
    with Database(path) as database:
        database.write(lambda db: append(db, [batch(0)], moment(0))).result()
        limit = path.with_name(f"{path.name}-wal").stat().st_size + 50_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        error = ""
        try:
            database.write(lambda db: append(db, [batch(0, 50_000)], moment(0))).result()
        except StoreError as trouble:
            error = str(trouble)
        with database.reading() as db:
            rows = len(load(db)[0].date)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        database.write(lambda db: append(db, [batch(1)], moment(0))).result()
        with database.reading() as db:
            after = len(load(db)[0].date)
        say(error=error, rows=rows, after=after, problems=problems(database))


def bulk(path: Path, series: str) -> None:
    """Forty years of daily values of that many series: how long and how much memory."""
    items = [batch(0, 14_610, f"coin:c{n}") for n in range(int(series))]
    base = _peak()
    with Database(path) as database:
        begin = time.perf_counter()
        result = database.write(lambda db: append(db, items, dt.datetime(2026, 1, 1))).result()
        wrote = time.perf_counter()
        with database.reading() as db:
            rows = sum(len(item.date) for item in load(db))
        read = time.perf_counter()
        database.write(lambda db: go_live(db, dt.datetime(2026, 1, 1))).result()
    peak = _peak()
    say(new=result.new, rows=rows, write=wrote - begin, read=read - wrote, peak=peak, base=base)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
