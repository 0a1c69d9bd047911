"""The whole path of a refresh: stand-in vendors, a stand-in clock, store, snapshot, answers."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
import stamina

from bot.app import keeper
from bot.desk import Desk
from bot.render.text import text
from bot.scheduler import Scheduler
from bot.settings import Settings
from commands import status as bot_status
from commands.dispatch import request_of
from feeds.budget import MOST_A_DAY
from feeds.refresh import BREAKER_AFTER
from storage.database import Database
from storage.live import live_since
from storage.sources import health
from tests.feeds.vendor_truth import NOW, YESTERDAY, coins, truth
from tests.servers.vendors import SOURCES, Vendors

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
        self.desk = Desk(None, progress=self.keeper.progress, now=self.now)
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
    index = bot.desk.current.timeline.metrics["altseason_index"].value
    assert np.isfinite(index[-6:]).all(), "the coins' histories are not known as history"
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


def test_status_of_one_source(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    assert not bot.desk.current.filling
    shown = bot.ask("/status fred")
    assert "FRED (St. Louis Fed) answered" in shown
    assert "No fault." in shown
    assert "Last success 30 Jun" not in shown  # it is today
    assert "next expected" in shown
    assert "It brings: Fed total assets" in shown
    assert bot.ask("/status FRED (St. Louis Fed)") == shown
    bot.vendors.fault("fred", "503")
    bot.move(NOW + 3 * DAY)
    shown = bot.ask("/status fred")
    assert "times in a row" in shown
    assert "out of order" in shown
    assert "left alone until then" in shown
    for line in ("/status", *(f"/status {source}" for source in bot.desk.current.names)):
        assert len(bot.ask(line)) <= 900
    assert "FRED failing, 3 d ago" in bot.ask("/status")


def test_status_knows_no_such_source(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    reply = asyncio.run(bot.desk.answer(request_of("/status freddy")))
    assert reply.failed
    assert reply.buttons[0].command == "/status fred"
    current = bot.desk.current
    kind = bot_status.COMMAND.options[0].kind
    assert kind.suggest("co", current)[:2] == ["coingecko", "coinbase"]
    assert len(kind.suggest("", current)) == len(current.names)


def test_an_error_is_told_although_nothing_new_came(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    decided = bot.desk.current.timeline
    for source in SOURCES:
        bot.vendors.fault(source, "503")
    bot.move(NOW + 22 * HOUR)
    assert bot.desk.current.timeline is decided, "nothing came, nothing is computed"
    assert "failing" in bot.ask("/status")


def test_a_revision_that_would_have_changed_a_state_is_told(bot):
    bot.tick()
    bot.move(NOW + HOUR)
    assert not bot.desk.current.hindsight.revised
    before = bot.desk.current.timeline.frame().set_index("date")
    bot.vendors.fault("fred", "revised history")
    bot.move(NOW + 8 * DAY)
    found = bot.desk.current.hindsight
    assert "NFCI" in found.revised
    after = bot.desk.current.timeline.frame().set_index("date").loc[before.index]
    assert after.equals(before), "the past is never rewritten"
    assert "Revised since (" in bot.ask("/status")


def test_the_next_snapshot_is_given_with_the_one_before(bot):
    swaps = []

    async def swapped(before, after):
        swaps.append((before, after))

    bot.scheduler = Scheduler(bot.keeper, bot.desk, bot.now, after_swap=swapped)
    bot.tick()
    bot.move(NOW + HOUR)
    assert swaps[0][0] is None
    for (_, one), (two, _) in pairwise(swaps):
        assert two.timeline is one.timeline
    count = len(swaps)
    bot.tick()
    assert len(swaps) == count


def test_once_a_day_old_revisions_are_dropped(bot, caplog):
    caplog.set_level("INFO")
    bot.tick()
    bot.move(NOW + 2 * DAY)
    assert sum("old revisions dropped" in line for line in caplog.messages) == 3


def test_an_unchanged_list_of_tasks_is_written_once(bot, monkeypatch):
    bot.tick()
    bot.move(NOW + HOUR)
    bot.tick()
    written = []
    monkeypatch.setattr(bot.database, "write", written.append)
    bot.keeper.refresh()
    assert not written


def test_live_prices_stand_beside_the_decision(bot):
    bot.tick()
    bot.move(dt.datetime(2026, 6, 30, 17, 5))
    for line, words in {
        "/rotation": "Live 16:59 UTC: BTC",
        "/russell": "Russell 2000 2,",
        "/crypto": "ethereum",
    }.items():
        shown = bot.ask(line)
        assert "Live 1" in shown, shown
        assert "on the day)" in shown
        assert words in shown or line == "/crypto" or "Live 17:0" in shown
        assert len(shown) <= 900
        assert "Live" not in bot.ask(f"{line} 2026-06-01")
    stored = bot.keeper.newest("RUT")
    assert stored == YESTERDAY, "a live price is no observation"


def test_a_fault_that_nobody_foresaw_stays_with_its_source(bot, monkeypatch):
    def broken(*_):
        raise RuntimeError("a library's own")

    yahoo = next(feed for feed in bot.keeper.feeds if feed.source == "yahoo")
    monkeypatch.setattr(yahoo, "fetch", broken)
    bot.tick()
    with bot.database.reading() as db:
        found = {source.source: source for source in health(db)}
    assert "unexpected fault, RuntimeError" in found["yahoo"].error
    assert not found["fred"].error
    assert found["coingecko"].succeeded_at is not None


def count_of_days(bot, days):
    """Calls of each day, ticking every ten minutes; cookies are none."""
    for _ in range(days):
        bot.vendors.asked.clear()
        end = bot.clock[0] + DAY
        while bot.clock[0] < end:
            bot.clock[0] += dt.timedelta(minutes=10)
            bot.tick()
        yield sum(path not in {"/", "/v1/test/getcrumb"} for _, path in bot.vendors.asked)


def test_days_as_counted_keep_to_the_budget(bot):
    bot.tick()
    bot.tick()
    bot.move(NOW + HOUR)
    counted = list(count_of_days(bot, 2))
    print(counted)
    assert max(counted) <= MOST_A_DAY


@pytest.mark.parametrize("fault", ["404", "html"])
@pytest.mark.parametrize("source", ["yahoo", "fred", "coingecko"])
def test_a_source_that_answers_oddly_keeps_to_the_budget(bot, source, fault):
    """Each of its tasks fails by itself, which opens no breaker."""
    bot.tick()
    bot.tick()
    bot.move(NOW + HOUR)
    bot.vendors.fault(source, fault)
    counted = list(count_of_days(bot, 2))
    print(counted)
    assert max(counted) <= MOST_A_DAY


def test_live_prices_yield_to_what_decisions_need(bot):
    bot.tick()
    bot.tick()
    bot.move(NOW + HOUR)
    ordinary = bot.keeper.room_for_prices()
    assert 76 <= ordinary <= 90
    for source in SOURCES:
        bot.vendors.fault(source, "503")
    list(count_of_days(bot, 1))
    assert bot.keeper.room_for_prices() < ordinary
    assert sum(bot.keeper.board._spent.values()) <= ordinary


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
