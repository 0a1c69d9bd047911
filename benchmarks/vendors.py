"""Calls to vendors in a day, with one user and with 100,000 who all watch something else.

The real sources, scheduler and store run through a day of their clock, a tick every five minutes,
before stand-ins of all vendors that count. The clock alone decides what is asked; that is shown
twice, with the chats and their watch lists in the same store.

    python -m benchmarks.vendors
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.outbox import fill_chats
from bot.app import keeper
from bot.desk import Desk
from bot.scheduler import Scheduler
from bot.settings import Settings
from commands.dispatch import request_of
from storage.database import Database
from tests.feeds.vendor_truth import NOW, coins, truth
from tests.servers.vendors import Vendors

USERS = (1, 100_000)
TICK = dt.timedelta(minutes=5)
ASKED = ("/rotation", "/crypto", "/watch list", "/status")


def measure() -> dict[str, float]:
    """Calls of the day after the first backfill, by number of users; each in its own process."""
    found = {users: _in_its_own_process(users) for users in USERS}
    one, many = found.values()
    return {
        **{f"calls_with_{users}": count for users, count in found.items()},
        "many_to_one": many / one,
    }


def _in_its_own_process(users: int) -> int:
    command = [sys.executable, "-m", "benchmarks.vendors", str(users)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1])


def _calls(users: int) -> int:
    logging.disable(logging.WARNING)
    clock = [NOW]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, SPILLOVER_STORE=Path(folder) / "spillover.db")
        with (
            Vendors(truth(), now=lambda: clock[0], coins=coins(), hang=1.0) as vendors,
            Database(settings.store) as database,
        ):
            fill_chats(database, users, watches=True)
            held = keeper(settings, database, lambda: clock[0], urls=vendors.urls, per_minute=1e6)
            desk = Desk(None, progress=held.progress, now=lambda: clock[0], store=database)
            scheduler = Scheduler(held, desk, lambda: clock[0])
            calls = asyncio.run(_a_day(scheduler, desk, clock, vendors, users))
            desk.close()
            return calls


async def _a_day(scheduler, desk, clock, vendors, users: int) -> int:
    """Calls from an hour after the start on, for a day; somebody else asks at each tick."""
    await scheduler.tick()
    clock[0] += dt.timedelta(hours=1)
    await scheduler.tick()
    before, end, number = sum(vendors.calls.values()), clock[0] + dt.timedelta(days=1), 0
    while clock[0] < end:
        clock[0] += TICK
        await scheduler.tick()
        line = ASKED[number % len(ASKED)]
        number += 1
        await desk.answer(request_of(line, chat=f"telegram:{number % users}"))
    return sum(vendors.calls.values()) - before


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(_calls(int(sys.argv[1])))
    else:
        for name, value in measure().items():
            print(f"{name:24} {value:10.2f}")
