"""Every fault of every vendor: no crash, no wrong value, and words that say what happened.

``pytest -s tests/feeds/test_faults.py`` prints the table fault × source → outcome.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from feeds.catalogue import ALL, FeedSettings
from feeds.coingecko import CoinGecko
from feeds.feed import Feed, FeedError, Harvest, Task
from rotation.inputs import input_of
from rotation.market import Market
from tests.feeds.test_live_feeds import SINCE, released, values, wrong
from tests.feeds.vendor_truth import NOW, YESTERDAY, truth
from tests.servers.vendor_world import CONTENT_FAULTS, REVISED
from tests.servers.vendors import RETRY_AFTER, TRANSPORT_FAULTS, Vendors

CASES = (
    "yahoo/^RUT", "yahoo/BTC-USD", "fred/WALCL", "fred_api/WALCL", "coingecko/market",
    "coingecko/coin-3", "treasury/TGA_DAILY", "defillama/STABLECOINS", "alternative/FEAR_GREED",
    "coinbase/BTC-USD", "cboe/RUT", "binance/FUNDING", "okx/FUNDING",
    "okx/OPEN_INTEREST", "ishares/IWM_SHARES",
)  # fmt: skip
RETRIED = {"429", "429 with Retry-After", "500", "502", "503", "timeout", "reset"}
RATES = {"fred/", "binance/FUNDING", "okx/FUNDING", "alternative/", "ishares/", "treasury/"}
PRICES = {"yahoo/", "coingecko/", "coinbase/", "cboe/"}
AMOUNTS = {"fred", "treasury/", "defillama/", "okx/OPEN_INTEREST"}
APPLIES: dict[str, Callable[[str], bool]] = {
    "split": lambda case: case == "yahoo/^RUT",
    "billions for millions": lambda case: any(case.startswith(name) for name in AMOUNTS),
    "×10": lambda case: any(case.startswith(name) for name in PRICES | {"fred", "defillama/"}),
    "÷10": lambda case: any(case.startswith(name) for name in PRICES | {"fred", "defillama/"}),
    "zero": lambda case: any(case.startswith(name) for name in PRICES | {"fred", "ishares/"}),
    "negative": lambda case: "FUNDING" not in case,
    "delisted": lambda case: case not in {
        "coingecko/market", "defillama/STABLECOINS", "alternative/FEAR_GREED",
    },
    "revised history": lambda case: not case.startswith("coingecko/market"),
    "date in the future": lambda case: case not in {
        "coingecko/market", "ishares/IWM_SHARES", "binance/FUNDING", "okx/FUNDING",
    },
    "duplicate date": lambda case: case not in {"coingecko/market", "ishares/IWM_SHARES"}
    and "FUNDING" not in case,
}  # fmt: skip
"""Faults that a source cannot have, or that are no fault there (funding does go below zero)."""
ODD_WORDS = re.compile(r"https?:|127\.0|Error\b|Exception|Traceback|secret|None\b|nan\b|\bcurl")


@pytest.fixture
def cases(
    settings: FeedSettings, vendors: Vendors, request: pytest.FixtureRequest
) -> dict[str, tuple[Feed, Task]]:
    """The feed and the task of every case; they wait long only where they are not let down."""
    waits = 0.3 if request.node.callspec.params["fault"] == "timeout" else 10
    own = replace(settings, timeout=waits)
    plain = {feed.source: feed for feed in ALL(own)}
    plain["fred_api"] = ALL(replace(own, fred_key="secret"))[1]
    plain["coingecko"] = CoinGecko(
        base=vendors.urls["coingecko"],
        key="secret",
        now=lambda: NOW,
        per_minute=1e6,
        timeout=waits,
        coins=lambda: ("coin:coin-3",),
    )
    found = {}
    for case in CASES:
        source, _, rest = case.partition("/")
        tasks = {task.id.partition("/")[2]: task for task in plain[source].tasks()}
        found[case] = (plain[source], tasks[rest])
    return found


def attempt(feed: Feed, task: Task) -> Harvest | FeedError:
    try:
        return feed.fetch(task, SINCE)
    except FeedError as error:
        return error


def recovered(feed: Feed, task: Task) -> Harvest:
    """What the vendor brings when it is well again; on a busy machine at the third try."""
    for _ in range(3):
        found = attempt(feed, task)
        if isinstance(found, Harvest):
            return found
    raise AssertionError((task.id, found))


def told(error: FeedError) -> str:
    """Check that a message is in plain words, and give it back."""
    text = str(error)
    assert not ODD_WORDS.search(text), text
    assert 20 < len(text) < 200, text
    assert text.endswith("."), text
    return text


@pytest.mark.parametrize("fault", TRANSPORT_FAULTS)
def test_transport(
    fault: str, cases: dict[str, tuple[Feed, Task]], vendors: Vendors, table: Table
) -> None:
    """An answer that cannot be used is a FeedError; what may pass is to be tried again, and is
    well again when the vendor is.
    """
    for case, (feed, task) in cases.items():
        source = case.partition("/")[0]
        vendors.fault(source, fault)
        vendors.asked.clear()
        error = attempt(feed, task)
        assert isinstance(error, FeedError), (case, error)
        assert error.retry is (fault in RETRIED), (case, error)
        assert error.after == (RETRY_AFTER if "Retry-After" in fault else None), case
        asked = [path for name, path in vendors.asked if name == source]
        charts = [path for path in asked if "/chart/" in path] if source == "yahoo" else asked
        assert len(charts) <= (2 if case == "ishares/IWM_SHARES" else 1), (case, asked)
        assert len(asked) <= 4, (case, asked)  # cookie and crumb of Yahoo, once a process
        again = f"again after {error.after:.0f} s: " if error.after else "again: "
        table.add(fault, case, (again if error.retry else "") + told(error))
        vendors.clear()
        assert not wrong(recovered(feed, task)), case


@pytest.mark.parametrize("fault", CONTENT_FAULTS)
def test_content(
    fault: str, cases: dict[str, tuple[Feed, Task]], vendors: Vendors, table: Table
) -> None:
    """A wrong value is refused, withheld or left out; what is delivered is what is true now."""
    for case, (feed, task) in cases.items():
        if not APPLIES.get(fault, lambda _: True)(case):
            table.add(fault, case, "–")
            continue
        vendors.fault(case.partition("/")[0], fault)
        found = attempt(feed, task)
        vendors.clear()
        if isinstance(found, FeedError):
            assert fault == "delisted", (case, found)
            assert not found.retry, case
            table.add(fault, case, told(found))
            continue
        table.add(fault, case, judged(fault, case, found, task.series[0]))
        assert not wrong(recovered(feed, task)), case


def judged(fault: str, case: str, found: Harvest, series: str) -> str:
    """What became of the spoiled value. Fails where a wrong one got through."""
    factor = {"split": 0.5, "revised history": REVISED}.get(fault, 1.0)
    if "FUNDING" in case and fault == "revised history":
        factor = REVISED
    strange = wrong(scaled(found, 1 / factor))
    for item in found.withheld:
        assert item.reason, case
        assert item.series == series or item.series.startswith(("coin:", "DOM", "BTC")), item
    if strange:
        assert fault in {"×10", "÷10"}, (case, strange)
        assert input_of(series).jump, (case, strange)
        assert held_by_the_core(found, series), (case, strange)
        return "delivered; the core withholds it until a second reading"
    if found.withheld:
        return f"withheld: {found.withheld[0].reason}"
    if found.problems:
        return f"left out: {found.problems[0]}"
    newest = max(values(found).get(series, {dt.date.min: 0.0}))
    if newest < max(released(series)):
        return "left out: no value of that date"
    return {
        "split": "whole history read again",
        "revised history": "delivered as revised",
        "duplicate date": "the first of the two",
        "NaN today": "left out: no value of that date",
    }[fault]


def scaled(found: Harvest, factor: float) -> Harvest:
    observations = (replace(item, value=item.value * factor) for item in found.observations)
    return replace(found, observations=tuple(observations))


def held_by_the_core(found: Harvest, series: str) -> bool:
    """Whether the value that the core shows of the newest day is a true one."""
    market = Market(found.observations, first=np.datetime64(SINCE), last=np.datetime64(YESTERDAY))
    daily = market.track(series).daily()
    day = daily.date[-1].item()
    return bool(market.withheld) and daily.value[-1] == pytest.approx(truth()[series][day])


def test_clock_ahead(settings: FeedSettings, vendors: Vendors, table: Table) -> None:
    """On a machine whose clock is three hours ahead, at 22:00, the running day is not over."""
    moment = dt.datetime(2026, 6, 29, 22, 0)
    vendors.now = lambda: moment
    ahead = lambda: moment + dt.timedelta(hours=3)  # noqa: E731
    for feed in ALL(replace(settings, now=ahead, fred_key="")):
        for task in feed.tasks()[:1] + feed.tasks()[-1:]:
            harvest = feed.fetch(task, SINCE)
            assert not wrong(harvest), task.id
            for series, got in values(harvest).items():
                assert max(got) <= max(released(series, moment)), (task.id, series)
            assert "3 hours ahead" in harvest.problems[0], task.id
            table.add("clock ahead", f"{feed.source}/", harvest.problems[0])


def test_clock_behind(settings: FeedSettings, vendors: Vendors) -> None:
    """On one that is behind, values come later, and that is said."""
    behind = lambda: NOW - dt.timedelta(hours=30)  # noqa: E731
    for feed in ALL(replace(settings, now=behind)):
        harvest = feed.fetch(feed.tasks()[0], SINCE)
        assert not wrong(harvest)
        assert any("hours behind" in problem for problem in harvest.problems), feed.source


def test_unknown_coin(vendors: Vendors) -> None:
    feed = CoinGecko(
        base=vendors.urls["coingecko"],
        now=lambda: NOW,
        per_minute=1e6,
        coins=lambda: ("coin:no-such",),
    )
    error = attempt(feed, feed.tasks()[1])
    assert isinstance(error, FeedError)
    assert "does not know the coin no-such" in str(error)
    assert not error.retry


def test_no_vendor_at_all(settings: FeedSettings) -> None:
    """Nothing listens: a FeedError that may be tried again, from every source."""
    urls = dict.fromkeys(settings.urls, "http://127.0.0.1:9")
    for feed in ALL(replace(settings, urls=urls, timeout=2)):
        error = attempt(feed, feed.tasks()[0])
        assert isinstance(error, FeedError), feed.source
        assert error.retry
        assert "connection" in told(error)


class Table:
    """Fault × source → outcome, printed when all is done."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[str, str]] = {}

    def add(self, fault: str, case: str, outcome: str) -> None:
        self.cells.setdefault(fault, {})[case] = outcome

    def show(self) -> None:
        for fault, row in self.cells.items():
            print(f"\n{fault}")
            grouped: dict[str, list[str]] = {}
            for case, outcome in row.items():
                grouped.setdefault(outcome, []).append(case)
            for outcome, found in grouped.items():
                print(f"    {', '.join(found)}\n        {outcome}")


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    board = Table()
    yield board
    board.show()
