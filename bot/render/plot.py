"""Where a panel lies on the page and what its axes span."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from bot.render.look import PLAIN
from bot.render.place import Box
from bot.render.scales import Range, number, padded, ticks
from bot.render.sheet import Floats, Sheet
from bot.render.traces import LARGEST, Trace
from commands.reply import Panel

_TICK_EVERY = 52.0
_TICK_APART = 24.0
TICK_GAP = 10.0
"""Between the words of an axis and the panel."""
_SCORE = Range(-3.0, 103.0)
"""A score goes from 0 to 100; a little more, so that a line at the edge keeps its thickness."""


@dataclass(frozen=True, slots=True)
class Days:
    """The axis of days: first and last day, and the pixels where they lie."""

    first: dt.date
    last: dt.date
    left: float
    right: float

    def x(self, day: dt.date) -> float:
        """Where a day lies; a single day lies in the middle."""
        span = (self.last - self.first).days
        if span <= 0:
            return (self.left + self.right) / 2
        return self.left + (day - self.first).days / span * (self.right - self.left)

    def covers(self, day: dt.date) -> bool:
        """Whether a day lies on the axis."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Tick:
    """A value with its label on the axis; a threshold is written brighter."""

    value: float
    label: str
    threshold: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A panel with its place. ``span`` is None where no value is known."""

    panel: Panel
    traces: Sequence[Trace]
    box: Box
    span: Range | None
    ticks: Sequence[Tick]

    def y(self, value: float) -> float:
        """Where a value lies."""
        if self.span is None:
            return self.box.middle
        low, high = self.span
        at = math.log10(value) if self.panel.log else value
        return self.box.bottom - (at - low) / (high - low) * self.box.height

    def ys(self, values: Floats) -> Floats:
        """Where values lie; NaN stays NaN."""
        low, high = self.span or Range(0.0, 1.0)
        at = np.log10(values) if self.panel.log else values
        result: Floats = self.box.bottom - (at - low) / (high - low) * self.box.height
        return result


def span_of(panel: Panel, found: Sequence[Trace]) -> Range | None:
    """The values that a panel shows: lines, level, thresholds and marks, with some air; their
    logarithms where its axis is logarithmic.
    """
    known = [trace.values[np.isfinite(trace.values)] for trace in found]
    values = np.concatenate([*known, np.empty(0)])
    if not len(values):
        return None
    extra = [panel.level, *panel.thresholds, *(mark.value for mark in panel.marks)]
    more = [value for value in extra if usable(value)]
    low = min([float(values.min()), *more])
    high = max([float(values.max()), *more])
    if panel.log:
        return padded(math.log10(low), math.log10(high))
    if panel.columns:
        low, high = min(low, 0.0), max(high, 0.0)
        return Range(low * 1.08, high * 1.08) if high > low else Range(0.0, 1.0)
    if panel.unit in {"score", "pctl"} and low >= 0 and high <= 100:
        return _SCORE
    return padded(low, high, 0.09 if panel.marks else 0.07)


def usable(value: float | None) -> TypeGuard[float]:
    """Whether a value can be drawn."""
    return value is not None and abs(value) <= LARGEST


def ticks_of(panel: Panel, span: Range | None, height: float) -> list[Tick]:
    """Round values for the axis; those too near to a threshold give way to it."""
    if span is None:
        return []
    if panel.log:
        powers = range(math.ceil(span.low), math.floor(span.high) + 1)
        return [Tick(10.0**power, number(10.0**power, panel.unit)) for power in powers]
    found, step = ticks(span, max(2 if panel.columns else 1, int(height / _TICK_EVERY)))
    peak = max(map(abs, found))
    wanted = sorted(value for value in panel.thresholds if usable(value))
    # With as many decimals as the threshold itself has: 1.2, 75, 0.
    marks = [
        Tick(value, number(value, panel.unit, step=abs(value) or step, peak=peak), threshold=True)
        for value in wanted
    ]
    marks += [Tick(value, number(value, panel.unit, step=step, peak=peak)) for value in found]
    apart = _TICK_APART / height * (span.high - span.low)
    kept: list[Tick] = []
    for tick in marks:
        if all(abs(tick.value - other.value) >= apart for other in kept):
            kept.append(tick)
    return kept


def shares(panels: Sequence[Panel]) -> list[float]:
    """The part of the height that each panel gets."""
    wanted = [panel.share if 0 < panel.share < math.inf else 0.0 for panel in panels]
    total = sum(wanted)
    return [share / total if 0 < total < math.inf else 1 / len(wanted) for share in wanted]


def draw_grid(sheet: Sheet, plot: Plot) -> None:
    """A faint line at each tick with its word; thresholds are brighter and dashed."""
    colors, ends = sheet.palette, [plot.box.left, plot.box.right]
    for tick in plot.ticks:
        y = plot.y(tick.value)
        if tick.threshold:
            sheet.line(ends, [y, y], colors.muted, 1.4, dashes=(2.0, 5.0), role="threshold")
        else:
            sheet.line(ends, [y, y], colors.grid, 1.0, role="grid")
        x, color = plot.box.left - TICK_GAP, colors.text if tick.threshold else colors.muted
        sheet.text(x, y + PLAIN.drop, tick.label, PLAIN, color, align="right", role="tick")
