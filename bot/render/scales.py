"""Numbers and days on an axis: how they are written, and where the ticks are."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from babel.dates import format_date

from commands.words import _, figures
from rotation.inputs import N_

MINUS = "−"
NARROW_SPACE = "\u202f"
_MAGNITUDES = (
    (1e12, N_("{number}tn")), (1e9, N_("{number}bn")), (1e6, N_("{number}m")),
    (1e3, N_("{number}k")),
)  # fmt: skip
_COMPACT_FROM = {"USD": 1e4, "shares": 1e3}
_PLAIN_BELOW = 1e15
_TINY = 1e-6
_ROUNDS_UP = 0.9995
"""From this share of a magnitude on, three digits would read 1,000 of the smaller one."""
_DIGITS = {"USD": 3, "shares": 3}
_WHOLE = frozenset({"score", "pctl", "coins"})
_FIXED = {"%": 1, "pp": 2, "×": 2}
"""Their decimals stay even when they are zero: 12.0 %."""
_MOST_DECIMALS = 6


def number(value: float, unit: str, *, step: float | None = None, peak: float | None = None) -> str:
    """A value as it is written on a picture: 5.8tn, 310bn, 75k, 2,442, −4.1 %.

    For a tick give the ``step`` between ticks and the ``peak`` of the axis, so that all of
    them get the same decimals and magnitude.
    """
    size = max(abs(value), abs(peak or 0.0))
    if size >= _PLAIN_BELOW or 0 < size < _TINY:
        return _signed(f"{value:.1e}" if value else "0")
    scale, words = 1.0, ""
    if size >= _COMPACT_FROM.get(unit, math.inf):
        scale, words = next(pair for pair in _MAGNITUDES if size >= pair[0] * _ROUNDS_UP)
    kind = unit.split(" ", maxsplit=1)[0]
    decimals = _tick_decimals(step / scale) if step else _decimals(value / scale, kind)
    text = f"{value / scale:,.{decimals}f}"
    if step is None and kind not in _FIXED and "." in text:
        text = text.rstrip("0").rstrip(".")
    if words and not text.strip("-0.,"):
        words = ""
    # On an axis the narrow column has no room for 'pp'; the panel or subtitle names it.
    suffix = kind if kind == "%" or (kind == "pp" and step is None) else ""
    times = "×" if kind == "×" else ""
    shown = _(words).format(number=_signed(text)) if words else _signed(text)
    return shown + times + (NARROW_SPACE + _(suffix) if suffix else "")


def _tick_decimals(step: float) -> int:
    """As many as it takes to tell a tick from the next."""
    fitting = (n for n in range(_MOST_DECIMALS) if math.isclose(round(step, n), step))
    return next(fitting, _MOST_DECIMALS)


def _decimals(value: float, kind: str) -> int:
    if kind in _FIXED and not value:
        return _FIXED[kind]
    if kind in _WHOLE or not value:
        return 0
    whole = math.floor(math.log10(abs(value))) + 1
    if kind in ("pp", "×"):
        return _FIXED[kind]
    if kind == "%":
        # Tenths; none beside four digits, and two digits of what is below one percent.
        return 0 if whole >= 4 else min(max(1, 2 - whole), _MOST_DECIMALS)
    digits = _DIGITS.get(kind, 4) - (kind == "ratio" and whole > 0)
    return min(max(digits - whole, 0), _MOST_DECIMALS)


def _signed(text: str) -> str:
    """With a proper minus sign, and none before a zero."""
    if text.startswith("-") and not text.strip("-0.,"):
        text = text[1:]
    return figures(text).replace("-", MINUS)


class Range(NamedTuple):
    """The span of an axis of values."""

    low: float
    high: float


def padded(low: float, high: float, room: float = 0.06) -> Range:
    """``low``..``high`` with some air; a constant gets air around it."""
    size = max(abs(low), abs(high))
    constant = not size or high - low <= 1e-9 * size
    air = (size * 0.02 or 1.0) if constant else (high - low) * room
    return Range(low - air, high + air)


def ticks(span: Range, most: int) -> tuple[list[float], float]:
    """Round values in ``span``, at least one and at most ``most`` of them, and their step."""
    most = max(most, 1)
    exponent = math.floor(math.log10((span.high - span.low) / most))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50, 100):
        step = factor * 10.0**exponent
        first, last = math.ceil(span.low / step - 1e-9), math.floor(span.high / step + 1e-9)
        if 1 <= last - first + 1 <= most:
            return [index * step for index in range(first, last + 1)], step
    return [(span.low + span.high) / 2], span.high - span.low


class DayTick(NamedTuple):
    """A labelled day of an axis."""

    day: dt.date
    label: str


_LABELS = 7
"""At most so many days are labelled; more would touch each other."""


def day_ticks(first: dt.date, last: dt.date, locale: str = "en") -> list[DayTick]:
    """Days worth a label between the two, for a span of one day up to centuries."""
    for days, skeleton in _day_ladders(first, last):
        if 1 <= len(days) <= _LABELS:
            return _labelled(days, skeleton, locale)
    return _labelled([first], N_("d MMM y"), locale)


def _labelled(days: Sequence[dt.date], pattern: str, locale: str) -> list[DayTick]:
    """Labels of the days; a month says its year where it is January or no other says it."""
    if pattern != "MMM":
        return [DayTick(day, format_date(day, _(pattern), locale)) for day in days]
    patterns = ["y" if day.month == 1 else N_("MMM") for day in days]
    if "y" not in patterns:
        patterns[0] = N_("MMM y")
    return [
        DayTick(day, format_date(day, _(own), locale))
        for day, own in zip(days, patterns, strict=True)
    ]


def _day_ladders(first: dt.date, last: dt.date) -> Iterator[tuple[list[dt.date], str]]:
    """Ever coarser choices of days, each with the pattern of its labels."""
    days = (last - first).days
    if days < 1:
        return
    for step in (1, 2, 7, 14):
        if days <= step * 2 * _LABELS:
            yield _by_days(first, days, step), N_("d MMM")
    months = (last.year - first.year) * 12 + last.month - first.month
    for step in (1, 2, 3, 6):
        if months <= step * 2 * _LABELS:
            yield _by_months(first, last, step), "MMM"
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        years = range(-(-first.year // step) * step, last.year + 1, step)
        yield [day for year in years if year and (day := dt.date(year, 1, 1)) >= first], "y"


def _by_days(first: dt.date, days: int, step: int) -> list[dt.date]:
    # Weeks begin on Mondays; other steps count from the first day.
    ahead = -first.weekday() % 7 if step % 7 == 0 else 0
    return [first + dt.timedelta(days=offset) for offset in range(ahead, days + 1, step)]


def _by_months(first: dt.date, last: dt.date, step: int) -> list[dt.date]:
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month
    found = [dt.date(index // 12, index % 12 + 1, 1) for index in range(begin, end)]
    return [day for day in found if (day.month - 1) % step == 0 and first <= day]
