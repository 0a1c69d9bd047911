"""The whole path of a refresh: stand-in vendors, a stand-in clock, store, snapshot, answers."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field

import pytest
import stamina

from bot.app import keeper
from bot.desk import Desk
from bot.render.text import text
from bot.scheduler import Scheduler
from bot.settings import Settings
from commands.dispatch import request_of
from feeds.refresh import BREAKER_AFTER
from storage.database import Database
from storage.live import live_since
from storage.sources import health
from tests.feeds.vendor_truth import NOW, YESTERDAY, coins, truth
from tests.servers.vendors import Vendors

SERVED = {
    "rut_close": "RUT",
    "fed_assets": "WALCL",
    "btc_close": "coin:bitcoin",
    "fear_greed": "FEAR_GREED",
    "baa10y": "BAA10Y",
}
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Bot:
    """A bot without platforms, whose clock the test turns."""

    vendors: Vendors
    database: Database
    settings: Settings
    clock: list[dt.datetime]
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = keeper(
            self.settings, self.database, self.now, urls=self.vendors.urls, per_minute=1e6
        )
        self.desk = Desk(None, progress=self.keeper.progress)
        self.scheduler = Scheduler(self.keeper, self.desk, self.now, tell_operator=self._tell)

    async def _tell(self, words: str) -> None:
        self.told.append(words)

    def now(self) -> dt.datetime:
        return self.clock[0]

    def tick(self) -> bool:
        return asyncio.run(self.scheduler.tick())

    def move(self, to: dt.datetime) -> None:
        """Turn the clock on by hours, ticking on the way as the process would."""
        while self.clock[0] < to:
            self.clock[0] = min(self.clock[0] + HOUR, to)
            self.tick()

    def ask(self, line: str) -> str:
        return text(asyncio.run(self.desk.answer(request_of(line))))

    def reading(self, metric: str) -> tuple[dt.date, float]:
        timeline = self.desk.current.timeline
        daily = timeline.metrics[metric]
        return daily.date[-1].item(), float(daily.value[-1])


@pytest.fixture(autouse=True)
def impatient():
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def bot(tmp_path):
    clock = [NOW]
    settings = Settings(_env_file=None, SPILLOVER_STORE=tmp_path / "spillover.db")
    with (
        Vendors(truth(), now=lambda: clock[0], coins=coins(), hang=1.0) as vendors,
        Database(settings.store) as database,
    ):
        made = Bot(vendors, database, settings, clock)
        yield made
        made.desk.close()


def test_from_an_empty_store_to_answers_and_a_week_on(bot):
    assert "0 of 0 steps" in bot.ask("/rotation")
    bot.tick()
    bot.move(NOW + HOUR)
    done, total = bot.keeper.progress()
    assert done == total > 40
    with bot.database.reading() as db:
        assert live_since(db) is not None

    for metric, series in SERVED.items():
        day, value = bot.reading(metric)
        assert value == pytest.approx(truth()[series][day], rel=1e-9)
    assert bot.reading("btc_close")[0] == YESTERDAY
    assert "SAMPLE" not in bot.ask("/rotation")
    assert "As of 29 Jun 2026" in bot.ask("/rotation")

    calls = sum(bot.vendors.calls.values())
    for _ in range(50):
        bot.ask("/rotation")
        bot.ask("/crypto")
    assert sum(bot.vendors.calls.values()) == calls, "a command has called a vendor"

    bot.move(NOW + 7 * DAY + HOUR)
    assert "As of 6 Jul 2026" in bot.ask("/rotation")
    assert bot.reading("btc_close") == (
        dt.date(2026, 7, 6), pytest.approx(truth()["coin:bitcoin"][dt.date(2026, 7, 6)]),
    )  # fmt: skip
    with bot.database.reading() as db:
        for source in health(db):
            assert not source.error, source
    assert not bot.told


def test_a_dead_source_ages_in_the_answers_and_comes_back_by_itself(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    bot.vendors.fault("fred", "503")
    bot.move(NOW + 6 * DAY)
    shown = bot.ask("/status")
    assert "FRED" in shown
    assert "late" in shown.lower() or "stale" in shown.lower()
    with bot.database.reading() as db:
        fred = next(item for item in health(db) if item.source == "fred")
    assert fred.failures >= BREAKER_AFTER
    assert fred.open_until is not None
    assert len(bot.told) == 1
    assert "FRED" in bot.told[0]
    assert "not answered for a day" in bot.told[0]
    asked = bot.vendors.calls["fred"]
    bot.vendors.clear("fred")
    bot.move(NOW + 7 * DAY + HOUR)
    with bot.database.reading() as db:
        assert not next(item for item in health(db) if item.source == "fred").error
    assert bot.reading("baa10y")[0] >= dt.date(2026, 7, 2)
    assert len(bot.told) == 2
    assert "answers again" in bot.told[1]
    assert bot.vendors.calls["fred"] > asked


def test_the_breaker_keeps_calls_few_while_a_source_is_dead(bot):
    bot.tick()
    bot.vendors.fault("yahoo", "429")
    before = bot.vendors.calls["yahoo"]
    bot.move(NOW + 2 * DAY)
    assert bot.vendors.calls["yahoo"] - before < 400


def test_a_value_fetched_late_does_not_change_the_decision_that_lacked_it(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    bot.vendors.fault("yahoo", "503")
    bot.vendors.fault("coinbase", "503")
    bot.vendors.fault("cboe", "503")
    bot.vendors.fault("coingecko", "503")
    bot.move(NOW + 3 * DAY)
    lacking = bot.desk.current.timeline.frame().set_index("date").iloc[-3:]
    for source in ("yahoo", "coinbase", "cboe", "coingecko"):
        bot.vendors.clear(source)
    bot.move(NOW + 5 * DAY)
    after = bot.desk.current.timeline.frame().set_index("date").loc[lacking.index]
    assert after.equals(lacking)


def test_two_processes_on_one_store(bot):
    from storage.errors import StoreBusyError

    with pytest.raises(StoreBusyError, match="already in use"):
        Database(bot.settings.store)


def test_the_store_keeps_everything_across_a_restart(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    before = bot.ask("/rotation")
    calls = sum(bot.vendors.calls.values())
    again = Bot(bot.vendors, bot.database, bot.settings, bot.clock)
    again.tick()
    assert again.ask("/rotation") == before
    assert sum(bot.vendors.calls.values()) <= calls + 5
    again.desk.close()
