"""What is asked when: whose fault a failure is, and that it stays there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest
import stamina

from feeds.feed import FeedError, Harvest, Task
from feeds.refresh import (
    BREAKER_AFTER,
    LONGEST_ODD_PAUSE,
    LONGEST_PAUSE,
    NEW,
    ODD_BREAKER_AFTER,
    Standing,
    due,
    refresh,
)
from rotation.inputs import Observations, Withheld, input_of

START = dt.datetime(2026, 6, 30, 0, 20)
HOUR = dt.timedelta(hours=1)
BUSY = FeedError("The source is out of order.", retry=True)
UNKNOWN = FeedError("The source does not know it.")


@pytest.fixture(autouse=True)
def impatient():
    with stamina.set_testing(True, attempts=1):
        yield


def closes(series: str) -> Harvest:
    date = np.array(["2026-06-26", "2026-06-29"], "datetime64[D]")
    at = input_of(series).clock.released(date)
    return Harvest((Observations(series, date, np.ones(2), at, at, "here"),))


@dataclass
class Source:
    """A feed of five series; ``fault`` says what comes instead of values, if anything."""

    fault: Callable[[str], Exception | Harvest | None]
    source: str = "here"
    name: str = "Here"
    verified: bool = True
    ahead: None = None
    asked: list[str] = field(default_factory=list)
    series: tuple[str, ...] = ("RUT", "SPX", "PSCT", "XLB", "IWM")

    def tasks(self) -> tuple[Task, ...]:
        return tuple(Task(f"{self.source}/{id}", self.source, (id,)) for id in self.series)

    def fetch(self, task: Task, since: dt.date | None) -> Harvest:
        series = task.series[0]
        self.asked.append(series)
        found = self.fault(series)
        if isinstance(found, Exception):
            raise found
        return found or closes(series)


@dataclass
class Memory:
    """A sink that remembers as the store does, and a clock."""

    now: dt.datetime = START
    standings: dict[str, Standing] = field(default_factory=dict)
    errors: dict[str, FeedError] = field(default_factory=dict)
    breaks: dict[str, Exception] = field(default_factory=dict)

    def run(self, *feeds: Source, until: dt.datetime | None = None) -> int:
        for task in (task for feed in feeds for task in feed.tasks()):
            self.standings.setdefault(task.id, NEW)
        done = refresh(feeds, self.standings, self, lambda: self.now)
        while until is not None and self.now < until:
            self.now += dt.timedelta(minutes=5)
            done += refresh(feeds, self.standings, self, lambda: self.now)
        return done

    def stored(self, task: Task, harvest: Harvest, due_at: dt.datetime) -> None:
        if task.id in self.breaks:
            raise self.breaks[task.id]
        newest = {item.series: item.date[-1].item() for item in harvest.observations}
        self.standings[task.id] = Standing(newest, complete=True, due_at=due_at)
        self._close(task.source, None, dt.timedelta())

    def failed(
        self, task: Task, error: FeedError, due_at: dt.datetime, open_until: dt.datetime | None
    ) -> None:
        self.errors[task.id] = error
        before = self.standings.get(task.id, NEW)
        failures = before.failures + 1
        waited = due_at - self.now
        self.standings[task.id] = replace(before, failures=failures, due_at=due_at, waited=waited)
        self._close(task.source, open_until, open_until - self.now if open_until else HOUR * 0)

    def _close(self, source: str, until: dt.datetime | None, pause: dt.timedelta) -> None:
        for id, known in self.standings.items():
            if id.startswith(f"{source}/"):
                self.standings[id] = replace(known, open_until=until, pause=pause)


def only(series: str, error: Exception) -> Callable[[str], Exception | None]:
    return lambda asked: error if asked == series else None


@pytest.mark.parametrize("error", [UNKNOWN, BUSY])
def test_one_dead_task_never_keeps_the_others_waiting(error: FeedError) -> None:
    """For ten days the others come as soon as they are out, from the start or later."""
    source, memory = Source(only("RUT", error)), Memory()
    while memory.now < START + dt.timedelta(days=10):
        memory.run(source)
        for id, known in memory.standings.items():
            if id != "here/RUT":
                assert known.due_at > memory.now, id
                assert known.open_until is None, id
        memory.now += dt.timedelta(minutes=20)
    assert memory.standings["here/RUT"].failures < 50


def test_a_dead_task_is_asked_less_and_less_and_last() -> None:
    source, memory = Source(only("RUT", UNKNOWN)), Memory()
    waits = []
    for _ in range(8):
        memory.run(source)
        waits.append(memory.standings["here/RUT"].due_at - memory.now)
        memory.now = memory.standings["here/RUT"].due_at
    assert all(one < other for one, other in pairwise(waits[:6]))
    assert waits[0] < dt.timedelta(minutes=20)
    assert LONGEST_ODD_PAUSE <= waits[-1] < 1.11 * LONGEST_ODD_PAUSE
    memory.now += dt.timedelta(days=7)
    assert [task.series[0] for task in due(source, memory.standings, memory.now)][-1] == "RUT"


def test_histories_come_before_increments_and_both_before_what_fails() -> None:
    standings = {
        "here/RUT": Standing({}, failures=2),
        "here/SPX": Standing({}, complete=True),
        "here/XLB": Standing({}, complete=True, failures=1),
    }
    found = [task.series[0] for task in due(Source(lambda _: None), standings, START)]
    assert found == ["PSCT", "IWM", "SPX", "XLB", "RUT"]


def test_a_dead_source_is_left_alone_twice_as_long_each_time() -> None:
    source, memory = Source(lambda _: BUSY), Memory()
    pauses = []
    for _ in range(5):
        before = len(source.asked)
        memory.run(source)
        pauses.append(memory.standings["here/RUT"].pause)
        assert len(source.asked) - before == (BREAKER_AFTER if before == 0 else 1)
        memory.run(source)
        assert len(source.asked) - before <= BREAKER_AFTER, "asked although it is left alone"
        memory.now += pauses[-1]
    assert HOUR <= pauses[0] < 1.2 * HOUR
    assert all(other > 1.5 * one for one, other in pairwise(pauses[:3]))
    assert pauses[-1] <= 1.2 * LONGEST_PAUSE
    source.fault = lambda _: None
    assert memory.run(source) >= 1
    assert not any(known.pause for known in memory.standings.values())


def test_a_source_that_does_not_know_anything_is_not_asked_all_day() -> None:
    """All of its tasks fail by themselves, as after a change of its interface."""
    source, memory = Source(lambda _: UNKNOWN), Memory()
    many = ("RUT", "SPX", "IWM", "IWC", "RSP", "SPY", "HYG", "IEF", "MOVE", "XLB", "XLC", "XLE")
    source.series = many
    memory.run(source)
    assert len(source.asked) == ODD_BREAKER_AFTER
    memory.run(source, until=START + dt.timedelta(days=2))
    assert len(source.asked) <= 6 * len(many)
    source.fault = lambda _: None
    memory.run(source, until=memory.now + LONGEST_ODD_PAUSE * 1.2)
    assert all(known.complete for known in memory.standings.values())


def test_some_tasks_that_die_together_do_not_close_their_source() -> None:
    gone = {"RUT": UNKNOWN, "SPX": UNKNOWN, "PSCT": UNKNOWN}
    source, memory = Source(gone.get), Memory()
    assert memory.run(source) == 2
    assert not any(known.open_until for known in memory.standings.values())


def test_a_wish_is_kept_by_the_whole_source() -> None:
    wish = FeedError("Too many questions.", retry=True, after=7_200)
    source, memory = Source(only("RUT", wish)), Memory()
    memory.run(source)
    assert source.asked == ["RUT"]
    assert memory.standings["here/RUT"].open_until >= START + 2 * HOUR


@pytest.mark.parametrize(
    "found",
    [
        RuntimeError("a library's own"),
        Harvest((replace(closes("RUT").observations[0], date=np.array(["NaT"] * 2, "M8[D]")),)),
    ],
)
def test_a_fault_that_nobody_foresaw_is_that_of_its_task(found: Exception | Harvest) -> None:
    source, memory = Source(only("RUT", found)), Memory()
    other = Source(lambda _: None, source="there")
    assert memory.run(source, other) == 9
    assert "unexpected fault" in str(memory.errors["here/RUT"])


def test_what_the_sink_raises_comes_once_all_had_their_turn() -> None:
    memory = Memory(breaks={"s0/RUT": OSError("the disk is full")})
    sources = [Source(lambda _: None, source=f"s{n}") for n in range(12)]
    with pytest.raises(OSError, match="disk"):
        memory.run(*sources)
    assert all(source.asked for source in sources)
    memory = Memory(breaks={"s0/RUT": FeedError("It cannot be stored.")})
    memory.run(*sources)
    assert str(memory.errors["s0/RUT"]) == "It cannot be stored."


def test_problems_and_nothing_else_are_a_failure() -> None:
    doubt = Withheld("RUT", dt.date(2026, 6, 29), 1.0, "a wrong unit")
    nothing = Harvest((), problems=("Here: a wrong unit, so no values.",), withheld=(doubt,))
    source, memory = Source(only("RUT", nothing)), Memory()  # type: ignore[arg-type]
    assert memory.run(source) == 4
    assert str(memory.errors["here/RUT"]) == nothing.problems[0]
    assert memory.errors["here/RUT"].withheld == (doubt,)
    source.fault = only("RUT", replace(closes("RUT"), problems=nothing.problems))  # type: ignore[arg-type]
    assert Memory().run(source) == 5
    source.fault = only("RUT", Harvest(()))  # type: ignore[arg-type]
    assert Memory().run(source) == 5, "nothing new is no fault"
