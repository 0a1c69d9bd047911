"""One series out of a table of a file: unit, repeated dates, range, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from feeds.csv_table import Faults, Lines, Table
from rotation.inputs import N_, Days, Floats, Input, Observations, Withheld, input_of

CLOSE = ("close", "value")
VALUE = ("value", "close")
ADJUSTED = ("adj_close", "close", "value")
ADJUSTED_CAVEAT = N_("dividend-adjusted, fit for breadth only")
REVISED_CAVEAT = N_("revised data")

MONEY = {
    "USD": 1.0,
    "USD thousands": 1e3,
    "USD millions": 1e6,
    "USD billions": 1e9,
    "USD trillions": 1e12,
}
RATES = {"%": 1.0, "fractions of 1": 100.0, "basis points": 0.01}
SHARES = {"shares": 1.0, "thousands of shares": 1e3, "millions of shares": 1e6}
POINTS = {"points": 1.0, "fractions of 1": 100.0}
UNITS = (MONEY, RATES, SHARES, POINTS)
"""Units that could be mistaken for one another, each with its scale to base units."""

TOLERATED = 0.05
"""Up to this share of implausible values they are withheld one by one; above, the file."""
REASON_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Source:
    """Where a folder keeps a series: the first of ``columns`` that the header has.

    ``unit`` is that of the file, with its scale to base units in ``UNITS``; '' is a price
    or an index as it is. ``floor`` is the least plausible median of the amounts other than
    zero, in base units, for series whose own guard lets small amounts pass.
    """

    series: str
    file: str
    columns: tuple[str, ...] = CLOSE
    unit: str = ""
    floor: float = 0.0
    caveat: str = ""
    expected: bool = True
    """Whether a folder without the file has a problem; some series no public file holds."""
    announced: int = 0
    """Days that a date may lie ahead because the publisher sets the value in advance."""

    @property
    def family(self) -> dict[str, float]:
        """The units that this file could have been written in by mistake, with scales."""
        return next((units for units in UNITS if self.unit in units), {self.unit: 1.0})


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one series: observations or a problem, and what of it was withheld."""

    observations: Observations | None = None
    problems: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, slots=True)
class _Values:
    """One value a row in base units, with its line in the file; no gaps, sorted by date."""

    date: Days
    line: Lines
    value: Floats

    def only(self, keep: npt.NDArray[np.bool_]) -> _Values:
        return _Values(self.date[keep], self.line[keep], self.value[keep])


def take(source: Source, table: Table, until: date, now: datetime) -> Taken:
    """The observations of one series up to ``until`` that are out by ``now``, in base units.

    Whether the file has the right unit is judged on all of its rows, whatever ``until`` is.
    """
    known = input_of(source.series)
    column = next((name for name in source.columns if name in table.columns), None)
    if column is None:
        return Taken(problems=(_no_column(source, table, known),))
    with np.errstate(over="ignore"):  # what overflows is withheld like any absurd value
        value = table.columns[column] * source.family[source.unit]
    there = ~np.isnan(value)
    if not there.any():
        return Taken(problems=(_blank(table, column, known),))
    faults = Faults(table.file)
    withheld: list[Withheld] = []
    values = _Values(table.date, table.line, value).only(there)
    values = _unique(known, values, faults, withheld)
    misfit = _misfit(source, known, column, values)
    if misfit:
        return Taken(problems=(*faults.sentences(), misfit))
    values = _guarded(known, values, table.file, withheld)
    return Taken(
        _observations(source, known, column, values, until, now),
        faults.sentences(),
        tuple(item for item in withheld if item.date <= until),
    )


def _no_column(source: Source, table: Table, known: Input) -> str:
    return (
        f"{table.file}, line {table.header_line}: no column {' or '.join(source.columns)}, "
        f"so no values of {known.name}. Cure: add the column."
    )


def _blank(table: Table, column: str, known: Input) -> str:
    advice = "; adj_close is not used in its place" if column == "close" else ""
    return (
        f"{table.file}, line {table.line[0]}: the column {column} holds no number at all, "
        f"so no values of {known.name}. Cure: fill it{advice}."
    )


def _withhold(known: Input, day: np.datetime64, value: float, reason: str) -> Withheld:
    when = date.fromisoformat(str(day))
    return Withheld(known.id, when, float(value), reason[:REASON_LENGTH])


def _unique(known: Input, values: _Values, faults: Faults, withheld: list[Withheld]) -> _Values:
    """One value a date: equal ones are one, of unequal ones none is believed."""
    dates, line, value = values.date, values.line, values.value
    new = np.ones(len(dates), np.bool_)
    new[1:] = dates[1:] != dates[:-1]
    if new.all():
        return values
    keep = new.copy()
    starts = np.flatnonzero(new)
    for start, end in zip(starts, np.append(starts[1:], len(dates)), strict=True):
        other = next((i for i in range(start + 1, end) if value[i] != value[start]), None)
        if other is None:
            continue
        keep[start] = False
        what = (
            f"{dates[start]} has {value[start]:.10g} on line {line[start]} and "
            f"{value[other]:.10g} on line {line[other]}"
        )
        cure = "keep the right line"
        faults.add("twice", int(line[other]), f"{what}, so that date is withheld", cure)
        withheld.append(_withhold(known, dates[start], value[start], f"{faults.file}: {what}"))
    return values.only(keep)


def _guarded(known: Input, values: _Values, file: str, withheld: list[Withheld]) -> _Values:
    good = _inside(known, values.value)
    for i in np.flatnonzero(~good):
        value = values.value[i]
        reason = (
            f"{file}, line {values.line[i]}: {value:.10g} lies outside {_span(known)} {known.unit}"
        )
        withheld.append(_withhold(known, values.date[i], value, reason))
    return values.only(good)


def _observations(
    source: Source, known: Input, column: str, values: _Values, until: date, now: datetime
) -> Observations | None:
    cut = int(np.searchsorted(values.date, np.datetime64(until, "D"), side="right"))
    released = known.clock.released(values.date[:cut])
    cut = int(np.searchsorted(released, np.datetime64(now, "us"), side="right"))
    if not cut:
        return None
    released = released[:cut]
    caveats = (
        source.caveat,
        ADJUSTED_CAVEAT if column == "adj_close" else "",
        REVISED_CAVEAT if known.revised else "",
    )
    return Observations(
        series=known.id,
        date=values.date[:cut],
        value=values.value[:cut],
        released_at=released,
        fetched_at=released,
        source=source.file,
        caveat="; ".join(caveat for caveat in caveats if caveat),
    )


def _inside(known: Input, value: Floats) -> npt.NDArray[np.bool_]:
    return (value >= known.low) & (value <= known.high)


def _span(known: Input) -> str:
    return f"{known.low:g} to {known.high:g}"


def _fits(known: Input, floor: float, value: Floats) -> bool:
    """Whether the amounts can be in this unit at all, single slips aside."""
    amounts = np.abs(value[value != 0])
    median = float(np.median(amounts)) if amounts.size else 0.0
    if amounts.size and not max(floor, 0.0) <= median <= known.high:
        return False
    outside = len(value) - int(_inside(known, value).sum())
    return outside <= TOLERATED * len(value) or (outside == 1 and len(value) > 1)


def _misfit(source: Source, known: Input, column: str, values: _Values) -> str | None:
    """Why the whole column is refused (a wrong unit, most often), or None."""
    value, line, file = values.value, values.line, source.file
    if not value.size or _fits(known, source.floor, value):
        return None
    others = _other_units(source, known, value)
    if others:
        change = f"write the column {column} in {source.unit}"
        if len(others) == 1:
            ratio = next(iter(others.values()))
            by = f"multiply by {ratio:,.10g}" if ratio > 1 else f"divide by {1 / ratio:,.10g}"
            change = f"{by} the column {column}"
        return (
            f"{file}, line {line[0]}: looks like {' or '.join(others)}; {source.unit} "
            f"expected, so no values of {known.name}. Cure: {change}."
        )
    outside = ~_inside(known, value)
    i = int(np.argmax(outside))
    what = f"{int(outside.sum())} of {len(value)} values lie outside {_span(known)}"
    if not outside.any():
        what = f"the values are far below {source.floor:g}"
    return (
        f"{file}, line {line[i]}: {what} {known.unit}, the first is {value[i]:.10g}; "
        f"so no values of {known.name}. Cure: check that the column {column} holds it"
        f" in {source.unit or known.unit}."
    )


def _other_units(source: Source, known: Input, value: Floats) -> dict[str, float]:
    """The units in which the values would be plausible, each with the factor to apply."""
    scale = source.family[source.unit]
    ratios = {unit: other / scale for unit, other in source.family.items()}
    with np.errstate(over="ignore", invalid="ignore"):
        return {
            unit: ratio
            for unit, ratio in ratios.items()
            if ratio != 1 and _fits(known, source.floor, value * ratio)
        }
