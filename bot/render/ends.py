"""Labels at the ends of the lines, moved apart where they are close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.render.look import SMALLEST, STRONG
from bot.render.place import spread
from bot.render.plot import Plot
from bot.render.scales import number
from bot.render.sheet import Floats, Sheet
from bot.render.traces import Trace

GAP = 16.0
"""Between the last day and the labels."""
_LINE = 22.0
_MOST = 152.0
_MOVED = 4.0
"""A label that was moved further than this is tied to its line by a hairline."""
_LEADER_DOT, _DOT = 12.0, 9.0


@dataclass(frozen=True, slots=True)
class End:
    """The label of a line: its name and last value, on one line or on two."""

    trace: Trace
    last: int
    rows: tuple[str, ...]

    @property
    def value(self) -> float:
        """The last known value."""
        return float(self.trace.values[self.last])


def ends_of(sheet: Sheet, unit: str, found: Sequence[Trace], height: float) -> list[End]:
    """The labels of a panel; what leads and comes first has one if there is no room for all."""
    known = [(trace, last) for trace in found if (last := trace.last()) is not None]
    known.sort(key=lambda pair: not pair[0].leads)
    pairs = [(trace.label, number(float(trace.values[last]), unit)) for trace, last in known]
    wide = any(sheet.measure(f"{name} {value}", STRONG) > _MOST for name, value in pairs)
    stacked = wide and len(pairs) * 2 * _LINE <= height + _LINE
    most = max(1, int((height + _LINE) // _LINE))
    return [
        End(trace, last, _rows(sheet, name, value, stacked=stacked))
        for (trace, last), (name, value) in list(zip(known, pairs, strict=True))[:most]
    ]


def _rows(sheet: Sheet, name: str, value: str, *, stacked: bool) -> tuple[str, ...]:
    if stacked and name:
        return sheet.shorten(name, _MOST, STRONG), value
    room = _MOST - sheet.measure(f" {value}", STRONG)
    short = sheet.shorten(name, room, STRONG) if room > SMALLEST else ""
    return (f"{short} {value}".strip(),)


def width_of(sheet: Sheet, ends: Sequence[End]) -> float:
    """The room that the labels take."""
    return max((sheet.measure(row, STRONG) for end in ends for row in end.rows), default=0.0)


def draw_ends(sheet: Sheet, plot: Plot, ends: Sequence[End], xs: Floats) -> None:
    """Dots at the ends of the lines, and their labels at the right."""
    if not ends:
        return
    step = _LINE * max(len(end.rows) for end in ends)
    # Labels may stand out of the panel by half a line.
    low, high = plot.box.top + step / 2 - _LINE / 2, plot.box.bottom - step / 2 + _LINE / 2
    wanted = [plot.y(end.value) for end in ends]
    for end, y, at in zip(ends, wanted, spread(wanted, step, low, high), strict=True):
        x, label, trace = float(xs[end.last]), plot.box.right + GAP, end.trace
        if not trace.columns and (abs(at - y) > _MOVED or label - x > 2 * GAP):
            sheet.line([x, label - 5], [y, at], trace.color, 1.0, alpha=0.55, role="tie")
        color = sheet.palette.muted if trace.columns else trace.color
        baseline = at + STRONG.drop - (len(end.rows) - 1) * _LINE / 2
        for row, words in enumerate(end.rows):
            sheet.text(label, baseline + row * _LINE, words, STRONG, color, role="end-label")
    for end, y in reversed(list(zip(ends, wanted, strict=True))):
        if not end.trace.columns:
            size = _LEADER_DOT if end.trace.leads else _DOT
            sheet.marker(float(xs[end.last]), y, "o", size, end.trace.color, role="end")
