"""From what a source said of one series to observations: dates, unit, and what is not believed.

Only what the feed alone can know is judged here: gaps, days that are not over, two values of
one date, the unit, the range of the series, and slips by a power of ten.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

import numpy as np
import numpy.typing as npt

from feeds.csv_series import MONEY, REVISED_CAVEAT
from feeds.feed import Harvest
from rotation.inputs import (
    FIRST_DAY,
    LAST_DAY,
    Days,
    Floats,
    Input,
    Instants,
    Observations,
    Withheld,
    input_of,
)

Mask = npt.NDArray[np.bool_]

SLIP = 8.0
"""A value so many times its neighbour, or less than one such part of it, is a slip by a power
of ten until the next value confirms it."""
UNIT_SLIP = 300.0
"""The same for amounts that do move tenfold: only a factor of a thousand is a slip."""
SLIPS = {
    **dict.fromkeys(("WALCL", "MBS", "STABLECOINS", "OPEN_INTEREST", "BTC_CAP"), SLIP),
    **dict.fromkeys(("HY_OAS", "BAA10Y", "DGS10"), SLIP),
    **dict.fromkeys(("TGA", "TGA_DAILY", "BILLS"), UNIT_SLIP),
}
NEXT_UNIT, UNIT_NEAR = 3.0, 0.3
"""In powers of ten: from one unit of money to the next, and what a level moves meanwhile."""
FAR_OFF = 2.0
RECENT = 10
"""So many believed values tell the level."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a source: one of ``MONEY``, or '' for the series' own. ``floor``: the least
    plausible median of the amounts other than zero, in base units.
    """

    name: str = ""
    floor: float = 0.0

    @property
    def scale(self) -> float:
        """What to multiply the source's numbers with."""
        return MONEY.get(self.name, 1.0)


BASE = Unit()


@dataclass(frozen=True, slots=True)
class Points:
    """What a source said of a series, in its own unit and order; NaN is a gap."""

    series: str
    date: Days
    value: Floats
    unit: Unit = BASE
    caveat: str = ""
    released: Instants | None = None
    """Where the source knows it; else the release clock of the series says."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who said it, when it was read, and from which date on it is wanted."""

    source: str
    name: str
    now: datetime
    since: date | None = None

    def read(self, points: Points) -> Harvest:
        """Observations of the days that are over, and what of the rest is worth saying."""
        known = input_of(points.series)
        order = np.argsort(points.date, kind="stable")
        order = order[np.isfinite(points.value[order]) & (points.date[order] >= FIRST_DAY)]
        rows = _Rows(known, points.date[order], points.value[order] * points.unit.scale)
        ahead = self._ahead(rows)
        late = rows.date > np.datetime64(self.now.date(), "D")
        misfit = _misfit(points, known, rows.value[~late])
        if misfit:
            return self._misfit(rows.only(~late), misfit)
        released = _released(points, order, rows)
        there = ~late & (released <= np.datetime64(self.now, "us"))
        rows, released = rows.only(there), released[there]
        keep, withheld = _judged(rows, points.unit)
        if self.since is not None:
            first = np.datetime64(self.since, "D")
            keep &= rows.date >= first
            withheld = [item for item in withheld if item.date >= self.since]
        observations = self._observations(points, rows.only(keep), released[keep])
        return Harvest(observations, problems=ahead, withheld=tuple(withheld))

    def _ahead(self, rows: _Rows) -> tuple[str, ...]:
        """Dates after tomorrow: no value can be of them, save a rate set in advance."""
        room = 14 if rows.known.id == "IORB" else 1
        wrong = rows.date[rows.date > np.datetime64(self.now.date(), "D") + room]
        if not wrong.size:
            return ()
        what = f"{self.name}: {rows.known.name} is dated {wrong[0]}, which lies ahead"
        return (f"{what}, so it is left out. Cure: check this machine's clock.",)

    def _misfit(self, rows: _Rows, reason: str) -> Harvest:
        newest = Withheld(rows.known.id, rows.date[-1].item(), float(rows.value[-1]), reason)
        problem = f"{self.name}: {reason}, so no values of {rows.known.name}."
        return Harvest((), problems=(problem,), withheld=(newest,))

    def _observations(
        self, points: Points, rows: _Rows, released: Instants
    ) -> tuple[Observations, ...]:
        if not len(rows.date):
            return ()
        known = rows.known
        revised = REVISED_CAVEAT if known.revised and points.released is None else ""
        return (
            Observations(
                series=known.id,
                date=rows.date,
                value=rows.value,
                released_at=released,
                fetched_at=np.full(len(rows.date), self.now, "datetime64[us]"),
                source=self.source,
                caveat="; ".join(item for item in (points.caveat, revised) if item),
            ),
        )


def merged(*harvests: Harvest, problems: Iterable[str] = ()) -> Harvest:
    """Several harvests as one, each problem once."""
    told = chain(problems, *(item.problems for item in harvests))
    return Harvest(
        tuple(chain(*(item.observations for item in harvests))),
        tuple(chain(*(item.listings for item in harvests))),
        tuple(dict.fromkeys(told)),
        tuple(chain(*(item.withheld for item in harvests))),
    )


def number(cell: object) -> float:
    """A cell as a number; NaN for what sources write where they have none."""
    if cell is None or cell in ("", ".", "null"):
        return float("nan")
    return float(str(cell))


def days_of(seconds: Iterable[float]) -> Days:
    """The UTC days of Unix seconds."""
    whole = np.array([int(item) for item in seconds], "int64")
    return whole.astype("datetime64[s]").astype("datetime64[D]")


@dataclass(frozen=True, slots=True)
class _Rows:
    """One series in base units, sorted by date."""

    known: Input
    date: Days
    value: Floats

    def only(self, keep: Mask) -> _Rows:
        return _Rows(self.known, self.date[keep], self.value[keep])

    def withheld(self, where: Mask, reason: str) -> list[Withheld]:
        return [
            Withheld(self.known.id, self.date[i].item(), float(self.value[i]), reason)
            for i in np.flatnonzero(where)
        ]


def _released(points: Points, order: npt.NDArray[np.intp], rows: _Rows) -> Instants:
    clock = rows.known.clock.released(np.minimum(rows.date, LAST_DAY - 1))
    return clock if points.released is None else np.maximum(clock, points.released[order])


def _misfit(points: Points, known: Input, value: Floats) -> str:
    """Why the source must have written another unit, judged on everything it sent; or ''."""
    unit = points.unit
    amounts = np.abs(value[value != 0])
    if not unit.floor or not amounts.size:
        return ""
    median = float(np.median(amounts))
    if unit.floor <= median <= known.high:
        return ""
    fits = [
        name
        for name, scale in MONEY.items()
        if unit.name and unit.floor <= median * scale / unit.scale <= known.high
    ]
    expected = unit.name or known.unit
    if fits:
        return f"looks like {' or '.join(fits)} where {expected} was expected"
    return f"values about {median:.3g} {known.unit}, a wrong unit"


def _judged(rows: _Rows, unit: Unit) -> tuple[Mask, list[Withheld]]:
    """Which rows are believed, and the others with the reason."""
    known = rows.known
    repeated, contradicted = _twice(rows)
    outside = ~repeated & ((rows.value < known.low) | (rows.value > known.high))
    keep = ~repeated & ~contradicted & ~outside
    span = f"outside {known.low:g} to {known.high:g} {known.unit}"
    withheld = rows.withheld(contradicted & ~repeated, "two values of one date")
    withheld += rows.withheld(outside & ~contradicted, span)
    if unit.name:
        foreign = np.zeros(len(keep), np.bool_)
        foreign[keep] = _foreign(rows.value[keep], unit.floor)
        withheld += rows.withheld(foreign, "a thousand times off, like another unit")
        keep &= ~foreign
    most = SLIP if known.id.startswith("coin:") else SLIPS.get(known.id)
    if most:
        slipped = np.zeros(len(keep), np.bool_)
        slipped[keep] = _slips(rows.value[keep], most)
        reason = f"over {most:.0f} times more or less than before, and not confirmed"
        withheld += rows.withheld(slipped, reason)
        keep &= ~slipped
    return keep, withheld


def _foreign(value: Floats, floor: float) -> Mask:
    """Values in another unit from some date on: about a thousand or a million times the usual
    level, or a part of it, and what follows as long as it is over a hundred times off. No next
    value confirms that, for it is in that unit too. Levels below ``floor`` tell nothing: amounts
    near zero do move so much.
    """
    foreign = np.zeros(len(value), np.bool_)
    steps = np.diff(np.log10(value[value > 0]))
    if not (np.abs(steps) > NEXT_UNIT - UNIT_NEAR).any():
        return foreign
    believed: list[float] = []
    before = False
    for i in np.flatnonzero(value > 0):
        now = math.log10(value[i])
        level = float(np.median(believed[-RECENT:])) if believed else now
        off = now - level
        before = 10**level >= floor and (_unit_off(off) or (before and abs(off) > FAR_OFF))
        foreign[i] = before
        if not before:
            believed.append(now)
    return foreign


def _unit_off(step: float) -> bool:
    return min(abs(abs(step) - NEXT_UNIT), abs(abs(step) - 2 * NEXT_UNIT)) <= UNIT_NEAR


def _twice(rows: _Rows) -> tuple[Mask, Mask]:
    """Rows that repeat the date before them, and all rows of a date with two values."""
    repeated, contradicted = (np.zeros(len(rows.date), np.bool_) for _ in range(2))
    repeated[1:] = rows.date[1:] == rows.date[:-1]
    if repeated.any():
        differ = np.flatnonzero(repeated[1:] & (rows.value[1:] != rows.value[:-1])) + 1
        contradicted = np.isin(rows.date, rows.date[differ])
    return repeated, contradicted


def _slips(value: Floats, most: float) -> Mask:
    """Values ``most`` times away from the last believed one that no next value confirms."""
    slipped = np.zeros(len(value), np.bool_)
    positive = value > 0
    far = positive[1:] & positive[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.abs(np.log(np.where(far, value[1:] / value[:-1], 1.0)))
    if not (steps > np.log(most)).any():
        return slipped
    believed = float(value[0])
    for i in range(1, len(value)):
        now = float(value[i])
        if _far(now, believed, most):
            following = float(value[i + 1]) if i + 1 < len(value) else None
            if following is None or _far(following, now, most):
                slipped[i] = True
                continue
        believed = now
    return slipped


def _far(one: float, other: float, most: float) -> bool:
    return one > 0 and other > 0 and not 1 / most <= one / other <= most
