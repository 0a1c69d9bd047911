"""From a source's numbers to observations: units, dates, doubles, slips."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from feeds.feed import Harvest
from feeds.readings import BASE, Points, Reader, Unit, days_of, merged, number

NOW = dt.datetime(2026, 6, 30, 0, 10)
MILLIONS = Unit("USD millions", 1e9)


def read(
    series: str, rows: dict[str, float] | list[tuple[str, float]], unit: Unit = BASE, **options
) -> Harvest:
    pairs = list(rows.items()) if isinstance(rows, dict) else rows
    days = np.array([day for day, _ in pairs], "datetime64[D]")
    values = np.array([value for _, value in pairs], "float64")
    since = options.pop("since", None)
    return Reader("here", "Source", NOW, since).read(Points(series, days, values, unit, **options))


def got(harvest: Harvest) -> dict[str, float]:
    return {
        str(day): float(value)
        for item in harvest.observations
        for day, value in zip(item.date, item.value, strict=True)
    }


def test_base_units_and_order() -> None:
    harvest = read("TGA", {"2026-06-17": 800_000, "2026-06-10": 790_000}, MILLIONS)
    assert got(harvest) == {"2026-06-10": 7.9e11, "2026-06-17": 8e11}


def test_gaps_make_no_observation() -> None:
    nan, inf = float("nan"), float("inf")
    rows = {"2026-06-25": 2400, "2026-06-26": nan, "2026-06-29": inf}
    assert list(got(read("RUT", rows))) == ["2026-06-25"]


def test_what_is_not_released_is_left_out_without_a_word() -> None:
    """Monday's close is out, Tuesday's bar runs; of crypto Monday is over, Tuesday is not."""
    rows = {"2026-06-29": 100.0, "2026-06-30": 101.0}
    for series in ("SPY", "coin:x", "FEAR_GREED"):
        harvest = read(series, rows | {"2026-06-30": 99.0} if series == "FEAR_GREED" else rows)
        assert list(got(harvest)) == ["2026-06-29"]
        assert not harvest.problems


def test_what_lies_ahead_is_said() -> None:
    harvest = read("SPY", {"2026-06-29": 100.0, "2026-07-15": 101.0, "2199-01-01": 5.0})
    assert list(got(harvest)) == ["2026-06-29"]
    assert "2026-07-15, which lies ahead" in harvest.problems[0]


def test_a_rate_set_in_advance_is_no_fault() -> None:
    harvest = read("IORB", {"2026-06-29": 3.65, "2026-07-08": 3.65})
    assert not harvest.problems


def test_dates_before_all_time() -> None:
    assert list(got(read("SPX", {"1927-12-30": 17.66, "2026-06-29": 6500}))) == ["2026-06-29"]


@pytest.mark.parametrize(
    ("series", "unit", "level", "words"),
    [
        ("TGA", MILLIONS, 800, "looks like USD billions where USD millions"),
        ("TGA", MILLIONS, 8e8, "looks like USD thousands where USD millions"),
        ("RRP", Unit("USD billions", 1e10), 250_000, "USD millions where USD billions"),
        ("STABLECOINS", Unit("USD", 1e9), 310_000, "where USD was expected"),
        ("SOFR", Unit(floor=0.06), 0.036, "a wrong unit"),
        ("FEAR_GREED", Unit(floor=2.0), 0.5, "a wrong unit"),
    ],
)
def test_a_wrong_unit_is_withheld_and_said(
    series: str, unit: Unit, level: float, words: str
) -> None:
    harvest = read(series, {f"2026-06-{day:02}": level for day in range(1, 25)}, unit)
    assert not harvest.observations
    assert words in harvest.withheld[0].reason
    assert harvest.withheld[0].date == dt.date(2026, 6, 24)
    assert "so no values of" in harvest.problems[0]


def test_zeros_say_nothing_of_the_unit() -> None:
    rows = {"2026-06-24": 0.0, "2026-06-25": 0.0}
    assert got(read("RRP", rows, Unit("USD billions", 1e10))) == rows


def test_one_row_a_thousand_times_off() -> None:
    rows = {"2026-06-10": 790_000, "2026-06-17": 800, "2026-06-24": 810_000}
    harvest = read("TGA", rows, MILLIONS)
    assert list(got(harvest)) == ["2026-06-10", "2026-06-24"]
    assert "like another unit" in harvest.withheld[0].reason


def weekly(*values: float) -> dict[str, float]:
    first = dt.date(2026, 6, 24) - dt.timedelta(weeks=len(values) - 1)
    return {str(first + dt.timedelta(weeks=n)): value for n, value in enumerate(values)}


BILLIONS = Unit("USD billions", 1e10)


@pytest.mark.parametrize(
    ("series", "unit", "before", "after"),
    [
        ("TGA", MILLIONS, 850_000, (850, 900, 700, 300, 120)),
        ("TGA", MILLIONS, 2_000, (2_000_000, 2_100_000)),
        ("STABLECOINS", Unit("USD", 1e9), 3e11, (3e8, 3.1e8)),
        ("RRP", BILLIONS, 300, (0.3, 0.31, 0.28)),
    ],
)
def test_a_unit_that_changes_is_never_confirmed_by_its_own_source(
    series: str, unit: Unit, before: float, after: tuple[float, ...]
) -> None:
    rows = weekly(*[before] * 30, *after)
    harvest = read(series, rows, unit)
    assert list(got(harvest)) == list(rows)[:30]
    assert len(harvest.withheld) == len(after)
    assert {item.reason for item in harvest.withheld} == {"a thousand times off, like another unit"}


def test_a_spike_at_the_end_of_a_quarter_makes_no_unit_of_what_follows() -> None:
    rows = weekly(*[15] * 30, 300, 250, 0.25, 0.3, 0.5, 2, 8, 15, 20, 60)
    harvest = read("RRP", rows, BILLIONS)
    assert list(got(harvest)) == list(rows)


def test_a_unit_that_comes_back_is_believed_again() -> None:
    rows = weekly(850_000, 840_000, 830, 820, 810_000, 800_000)
    found = list(got(read("TGA", rows, MILLIONS)))
    assert found == [day for day, value in rows.items() if value > 1_000]


@pytest.mark.parametrize(
    "values",
    [
        (60, 30, 12, 4, 0.9, 0.2, 0.05, 0),
        (290, 0, 0, 280),
        (100, 30, 9, 5, 5, 5, 5, 5, 5, 4, 0.004, 0.2, 6, 50, 0.1, 100),
        (150, 1_500, 80, 90),
    ],
)
def test_what_comes_near_zero_is_no_other_unit(values: tuple[float, ...]) -> None:
    """Reverse repos do: step by step, to nothing at once, or up again at the end of a quarter."""
    rows = weekly(*[300] * 30, *values)
    assert got(read("RRP", rows, BILLIONS)) == {day: value * 1e9 for day, value in rows.items()}


def test_range() -> None:
    harvest = read("RUT", {"2026-06-26": -5.0, "2026-06-29": 2400})
    assert list(got(harvest)) == ["2026-06-29"]
    assert harvest.withheld[0].reason == "outside 50 to 50000 points"


def test_two_values_of_a_date() -> None:
    rows = [("2026-06-26", 2400.0), ("2026-06-26", 2400.0), ("2026-06-29", 1.0),
            ("2026-06-29", 2410.0), ("2026-06-29", 2410.0)]  # fmt: skip
    harvest = read("RUT", rows)
    assert got(harvest) == {"2026-06-26": 2400}
    assert [item.reason for item in harvest.withheld] == ["two values of one date"]


class TestSlips:
    def test_at_the_end(self) -> None:
        harvest = read("coin:x", {"2026-06-27": 1.0, "2026-06-28": 1.1, "2026-06-29": 11.0})
        assert list(got(harvest)) == ["2026-06-27", "2026-06-28"]

    def test_in_the_middle(self) -> None:
        harvest = read("coin:x", {"2026-06-27": 1.0, "2026-06-28": 0.1, "2026-06-29": 1.1})
        assert list(got(harvest)) == ["2026-06-27", "2026-06-29"]

    def test_a_second_reading_confirms(self) -> None:
        rows = {"2026-06-27": 1.0, "2026-06-28": 0.05, "2026-06-29": 0.04}
        assert got(read("coin:x", rows)) == rows

    def test_moves_of_a_day(self) -> None:
        rows = {"2026-06-27": 1.0, "2026-06-28": 7.0, "2026-06-29": 1.2}
        assert got(read("coin:x", rows)) == rows

    def test_judged_against_what_comes_before_since(self) -> None:
        rows = {"2026-06-28": 1.0, "2026-06-29": 10.0}
        harvest = read("coin:x", rows, since=dt.date(2026, 6, 29))
        assert not harvest.observations
        assert len(harvest.withheld) == 1


def test_since_cuts_values_and_withheld_ones() -> None:
    rows = {"2026-06-10": -1.0, "2026-06-26": 2400, "2026-06-29": 2410}
    harvest = read("RUT", rows, since=dt.date(2026, 6, 29))
    assert list(got(harvest)) == ["2026-06-29"]
    assert not harvest.withheld


def test_known_release_times() -> None:
    told = np.array(["2026-06-29T12:30"], "datetime64[us]")
    (item,) = read("NFCI", {"2026-06-19": -0.5}, released=told).observations
    assert item.released_at[0] == told[0]
    assert item.caveat == ""
    (item,) = read("NFCI", {"2026-06-19": -0.5}).observations
    assert item.caveat == "revised data"


@pytest.mark.parametrize("cell", [None, "", ".", "null"])
def test_missing_cells(cell: object) -> None:
    assert np.isnan(number(cell))


@pytest.mark.parametrize("cell", ["1e5", 100_000, 1e5, "100000"])
def test_numbers(cell: object) -> None:
    assert number(cell) == 100_000


@pytest.mark.parametrize("cell", ["1,000", {}, [], True, "N/A"])
def test_no_numbers(cell: object) -> None:
    with pytest.raises(ValueError, match="convert"):
        number(cell)


def test_days_of_seconds() -> None:
    assert list(days_of([0, 86_399, 86_400]).astype(str)) == [
        "1970-01-01", "1970-01-01", "1970-01-02"
    ]  # fmt: skip


def test_merged_tells_each_problem_once() -> None:
    both = merged(Harvest((), problems=("a",)), Harvest((), problems=("b", "a")), problems=("a",))
    assert both.problems == ("a", "b")
