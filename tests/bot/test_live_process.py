"""The real process on an empty store, between stand-in vendors and a stand-in Telegram, under a
stand-in clock.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import StoreError
from storage.live import live_since
from storage.sources import health, progress
from tests.feeds.vendor_truth import NOW, YESTERDAY, coins, truth
from tests.servers.telegram import TelegramServer
from tests.servers.vendors import Vendors

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.timedelta(days=1)


@dataclass
class Bench:
    """The vendors, the clock of everybody, and the store of the process."""

    vendors: Vendors
    folder: Path
    clock: list[dt.datetime]
    per_minute: float = 1e6

    @property
    def store(self) -> Path:
        return self.folder / "spillover.db"

    @property
    def wishes(self) -> Path:
        return self.folder / "wishes.json"

    def turn(self, to: dt.datetime) -> None:
        self.clock[0] = to
        told = {"urls": self.vendors.urls, "per_minute": self.per_minute, "now": to.isoformat()}
        aside = self.wishes.with_suffix(".new")
        aside.write_text(json.dumps(told))
        aside.rename(self.wishes)

    def read(self, work):
        try:
            with Database(self.store, read_only=True) as database, database.reading() as db:
                return work(db)
        except StoreError:
            return None

    async def until(self, true, seconds=120.0):
        end = time.monotonic() + seconds
        while not self.read(true):
            assert time.monotonic() < end, self.read(progress)
            await asyncio.sleep(0.2)

    async def caught_up(self):
        """The store has all that is due; CoinGecko's budget leaves most of its coins for later."""
        await self.until(lambda db: all(map(self._fresh, health(db))), 60)

    def _fresh(self, source):
        if source.source == "coingecko":
            return source.succeeded_at >= self.clock[0]
        return all(task.due_at > self.clock[0] for task in source.tasks)

    async def quiet(self, seconds=60.0):
        """No vendor has been asked for two seconds."""
        before, end = -1, time.monotonic() + seconds
        while before != (before := self.vendors.calls.total()):
            assert time.monotonic() < end, before
            await asyncio.sleep(2)

    @asynccontextmanager
    async def running(self, **settings):
        env = {"PATH": os.environ["PATH"], "SPILLOVER_STORE": str(self.store), **settings}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bot.live_process", str(self.wishes), cwd=ROOT, env=env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out = asyncio.create_task(process.stdout.read())
        process.log = ""
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 60)
            process.log = (await out).decode()


@pytest.fixture
def bench(tmp_path):
    clock = [NOW]
    with Vendors(truth(), now=lambda: clock[0], coins=coins(), hang=1.0) as vendors:
        made = Bench(vendors, tmp_path, clock)
        made.turn(NOW)
        yield made


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


async def ask(person, line):
    await person.say(line)
    reply = await person.next_message(timeout=60)
    return plain(reply.text or reply.caption or "")


async def asked(person, line, words, count=1, seconds=60):
    """The answer once it has these words so many times, or what it is in the end."""
    end = time.monotonic() + seconds
    while (shown := await ask(person, line)).count(words) < count and time.monotonic() < end:
        await asyncio.sleep(0.2)
    return shown


def ages(shown):
    """Minutes since the last success of each source, from the line of /status."""
    line = next(line for line in shown.splitlines() if line.startswith("Sources: "))
    units = {"min": 1, "h": 60, "d": 1440}
    found = {}
    for part in line.removeprefix("Sources: ").split(", "):
        name, n, unit = re.fullmatch(r"(.+?) (\d+) (min|h|d) ago.*", part).groups()
        found[name] = int(n) * units[unit]
    return found


async def test_from_nothing_to_answers_and_a_week_on(bench):
    async with TelegramServer() as telegram:
        ann = telegram.private(user_id=77, name="Ann")
        api = telegram.base_url.removesuffix("/bot")
        settings = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": api}
        async with bench.running(**settings) as process:
            await bench.until(lambda db: live_since(db) is not None)
            bench.turn(NOW + dt.timedelta(minutes=10))  # past the decision of 00:15
            assert "of 6 rungs lit" in await asked(ann, "/rotation", "of 6 rungs lit")
            close = f"Close {truth()['RUT'][YESTERDAY]:,.2f}"
            assert close in await asked(ann, "/russell", close)
            crypto = await asked(ann, "/crypto", "Live 00:09 UTC: BTC")
            assert f"BTC {truth()['coin:bitcoin'][YESTERDAY]:,.0f} USD" in crypto
            assert "Live 00:09 UTC: BTC" in crypto
            shown = await asked(ann, "/status", " ago", 11)
            fresh = ages(shown)
            assert len(fresh) == 11, shown
            assert set(fresh.values()) <= {0, 10}, shown
            assert "failing" not in shown
            assert "late" not in shown.lower()
            await bench.quiet()
            calls = bench.vendors.calls.total()
            for _ in range(5):
                await ask(ann, "/rotation")
            assert bench.vendors.calls.total() == calls, "a command has called a vendor"

            for days in range(1, 8):
                bench.turn(NOW + days * DAY)
                await bench.caught_up()
            bench.turn(bench.clock[0] + dt.timedelta(minutes=100))
            assert "As of 6 Jul" in await asked(ann, "/rotation", "As of 6 Jul")
            close = f"Close {truth()['RUT'][dt.date(2026, 7, 6)]:,.2f}"
            assert close in await asked(ann, "/russell", close)
            older = ages(await ask(ann, "/status"))
            assert len(older) == 11
            assert max(older.values()) >= 100
            one = await ask(ann, "/status fred")
            assert "FRED (St. Louis Fed) answered" in one
            assert "next expected" in one
        assert process.returncode == 0, process.log
        assert "Traceback" not in process.log, process.log


async def test_killed_in_the_middle_of_the_backfill_it_goes_on(bench):
    bench.per_minute = 300
    bench.turn(NOW)

    def well_under_way(db):
        found = progress(db)
        return found.total > 100 and 0.5 * found.total < found.complete < found.total - 10

    async with bench.running() as process:
        await bench.until(well_under_way)
        process.kill()
        await process.wait()
    before = {task.task for source in bench.read(health) for task in source.tasks if task.complete}
    histories = Counter(path for source, path in bench.vendors.asked if source == "coingecko")
    assert bench.read(live_since) is None
    bench.vendors.asked.clear()
    bench.per_minute = 1e6
    bench.turn(NOW)
    async with bench.running() as process:
        await bench.until(lambda db: live_since(db) is not None)
    assert process.returncode == 0, process.log
    again = Counter(path for source, path in bench.vendors.asked if source == "coingecko")
    twice = [path for path in histories if path.endswith("/market_chart") and path in again]
    assert len(twice) <= 1, "only what was on its way is asked again"
    assert before


async def test_an_end_in_the_middle_of_the_backfill_is_quick(bench):
    bench.per_minute = 60
    bench.turn(NOW)
    async with bench.running() as process:
        await bench.until(lambda db: progress(db).complete > 40)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)
        assert time.monotonic() - begin < 10
    assert process.returncode == 0, process.log


async def test_answers_come_before_the_slowest_source_is_done(bench):
    bench.per_minute = 60
    bench.turn(NOW)
    async with TelegramServer() as telegram:
        ann = telegram.private(user_id=77, name="Ann")
        api = telegram.base_url.removesuffix("/bot")
        settings = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": api}
        async with bench.running(**settings) as process:
            await bench.until(lambda db: progress(db).complete > 40)
            async with asyncio.timeout(60):
                while "steps" in await ask(ann, "/rotation"):
                    await asyncio.sleep(1)
            shown = await ask(ann, "/status")
            assert "The history is being filled in" in shown
            friday = truth()["RUT"][YESTERDAY - 3 * DAY]
            assert f"Close {friday:,.2f}" in await ask(ann, "/russell")
            assert bench.read(live_since) is None
        assert process.returncode == 0, process.log
        assert "filling in the history" in process.log
