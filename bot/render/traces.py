"""One line or row of columns over days: its values made fit for pixels, and its drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bot.render.look import Palette
from bot.render.place import Box
from bot.render.sheet import Floats, Sheet
from commands.reply import Line, LineChart

LARGEST = 1e100
"""Beyond this a value is as good as missing, and the arithmetic of an axis would overflow."""
_SMALLEST = 1e-100
_COLUMN = 3.0
_GLOW = (11.0, 9.0, 7.0, 5.5, 4.0, 2.5)
"""How much wider than the leading line the strokes below it are: many faint ones, so that the
glow has no steps."""
_LEADER, _OTHER = 2.9, 2.0
_LONG = 9.0
"""From this length on, counted in widths of the panel, a line goes up and down so much that a
broad stroke would clot: it becomes finer, down to a share of ``_FINEST``."""
_FINEST = 0.4
_NO_GLOW = 0.6


@dataclass(frozen=True, slots=True)
class Trace:
    """A line of a panel with its colour. Gaps are NaN."""

    label: str
    values: Floats
    color: str
    leads: bool
    columns: bool

    def last(self) -> int | None:
        """The index of the last known value."""
        known = np.flatnonzero(np.isfinite(self.values))
        return int(known[-1]) if len(known) else None


def finite(values: Iterable[float | None], count: int) -> Floats:
    """``count`` values with NaN for what is unknown or cannot be drawn."""
    result = np.full(count, np.nan)
    given = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    result[: len(given)] = given[:count]
    result[~(np.abs(result) <= LARGEST)] = np.nan
    result[np.abs(result) < _SMALLEST] = 0.0
    return result


def traces(chart: LineChart, palette: Palette) -> list[list[Trace]]:
    """The lines of each panel. Where none is said to lead, the first of all does."""
    count, drawn = len(chart.days), 0
    said = any(line.leads for panel in chart.panels for line in panel.lines)
    first = next((line for panel in chart.panels for line in panel.lines[panel.columns :]), None)

    def leading(line: Line) -> bool:
        return line.leads if said else line is first

    result = []
    for panel in chart.panels:
        found = []
        for index, line in enumerate(panel.lines):
            columns = panel.columns and index == 0
            color = palette.leader if leading(line) else palette.column
            if not columns and not leading(line):
                color = palette.others[drawn % len(palette.others)]
                drawn += 1
            found.append(
                Trace(line.label, finite(line.values, count), color, leading(line), columns)
            )
        result.append(found)
    return result


def thin(xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """At most four points a pixel (first, lowest, highest, last), which draw the same line.

    A gap narrower than a pixel vanishes, as it would on the picture.
    """
    known = np.flatnonzero(np.isfinite(ys))
    if not len(known) or len(xs) <= 2 * (xs[-1] - xs[0]):
        return xs, ys
    x, y = xs[known], ys[known]
    pixel = np.floor(x)
    starts = np.flatnonzero(np.diff(pixel, prepend=pixel[0] - 1))
    ends = np.append(starts[1:], len(x)) - 1
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    middle = (x[starts] + x[ends]) / 2
    # A lone value still gets a little length, else it would leave no trace.
    last = np.maximum(x[ends], np.minimum(x[starts] + 0.4, pixel[starts] + 1))
    broken = np.append(
        (known[starts[1:]] - known[ends[:-1]] > 1) & (pixel[starts[1:]] - pixel[ends[:-1]] > 1),
        False,
    )
    columns = np.stack([x[starts], middle, middle, last, last], axis=1)
    rows = np.stack([y[starts], low, high, y[ends], np.full(len(starts), np.nan)], axis=1)
    keep = np.ones_like(rows, dtype=bool)
    keep[:, 4] = broken
    return columns[keep], rows[keep]


def _fineness(xs: Floats, ys: Floats) -> float:
    """How much finer than usual a line is to be drawn, 1 for as usual."""
    width = max(float(xs[-1] - xs[0]), 1.0)
    length = float(np.nansum(np.hypot(np.diff(xs), np.diff(ys))))
    return max(min(math.sqrt(_LONG * width / max(length, 1.0)), 1.0), _FINEST)


def draw_line(sheet: Sheet, trace: Trace, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """A line in pixels, with a glow if it leads; a value between two gaps is a dot.

    Returns the points that were drawn.
    """
    xs, ys = thin(xs, ys)
    known = np.isfinite(ys)
    fine = _fineness(xs, ys)
    width = (_LEADER if trace.leads else _OTHER) * fine
    if trace.leads and fine > _NO_GLOW:
        opacity = sheet.palette.line_glow * fine**2
        for extra in _GLOW:
            sheet.line(xs, ys, trace.color, width + extra, alpha=opacity, role="glow")
    sheet.line(xs, ys, trace.color, width, role="leader" if trace.leads else "line")
    edged = np.concatenate([[False], known, [False]])
    lone = known & ~edged[:-2] & ~edged[2:]
    if lone.any():
        sheet.dots(xs[lone], ys[lone], width * 1.5, trace.color)
    return xs, ys


def draw_columns(sheet: Sheet, trace: Trace, xs: Floats, ys: Floats, box: Box, zero: float) -> None:
    """Columns from ``zero``.

    Where they would be too thin, one stands for several days and is as tall as the tallest.
    """
    known = np.isfinite(ys)
    count = int(min(len(xs), max(box.width // _COLUMN, 1)))
    place = ((xs - box.left) / max(box.width, 1.0) * count).astype(np.int64).clip(0, count - 1)
    tall = np.zeros(count)
    low = np.zeros(count)
    np.maximum.at(tall, place[known], zero - ys[known])
    np.minimum.at(low, place[known], zero - ys[known])
    reach = np.where(tall >= -low, tall, low)
    filled = np.flatnonzero(np.isin(np.arange(count), place[known]))
    pitch = box.width / count
    left = box.left + filled * pitch
    air = min(pitch * 0.25, 3.0)
    ends = zero - reach[filled]
    boxes = np.stack(
        [left, np.minimum(ends, zero), left + pitch - air, np.maximum(ends, zero)], axis=1
    )
    if len(boxes):
        sheet.rects(boxes, trace.color)
