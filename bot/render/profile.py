"""A profile: estimates with their intervals along an axis."""

from __future__ import annotations

import math

from bot.render.lines import draw_empty
from bot.render.look import MARGIN, MEDIUM, PLAIN, STRONG, WIDTH
from bot.render.place import Box, clamp, free
from bot.render.plot import TICK_GAP, Plot, draw_grid, ticks_of
from bot.render.scales import Range, padded
from bot.render.sheet import Sheet
from commands.reply import Estimate, Panel, Profile

_AXIS, _AXIS_TEXT = 32.0, 27.0
_WORD_STRIP = 30.0
_EDGE = 14.0
"""Between the border and the first estimate."""
_DOT, _CLEAR_DOT = 9.0, 13.0
_STEM, _CLEAR_STEM = 2.2, 3.4


def draw_profile(sheet: Sheet, chart: Profile, area: Box) -> None:
    """Draw the estimates of ``chart`` into ``area``."""
    known = [item for item in chart.estimates if _drawable(item)]
    if not known or chart.last <= chart.first:
        draw_empty(sheet, area)
        return
    plot = _plot(sheet, chart, known, area)
    draw_grid(sheet, plot)
    _reference(sheet, chart, plot)
    _sides(sheet, chart, plot)
    for item in sorted(known, key=lambda item: item.clear):
        _estimate(sheet, item, _x(chart, plot, item.at), plot)
    _labels(sheet, chart, plot, known)
    _axis(sheet, chart, plot)


def _drawable(item: Estimate) -> bool:
    return all(math.isfinite(value) for value in (item.at, item.value, item.low, item.high))


def _plot(sheet: Sheet, chart: Profile, known: list[Estimate], area: Box) -> Plot:
    low = min(0.0, *(item.low for item in known))
    high = max(0.0, *(item.high for item in known))
    span = Range(-3.0, 103.0) if chart.diagonal else padded(low, high)
    top = area.top + (_WORD_STRIP if chart.left or chart.right else 8.0)
    box = Box(MARGIN, top, WIDTH - MARGIN, area.bottom - _AXIS)
    panel = Panel((), chart.unit)
    ticks = ticks_of(panel, span, box.height)
    left = MARGIN + max(sheet.measure(tick.label) for tick in ticks) + TICK_GAP
    return Plot(panel, (), Box(left, top, box.right, box.bottom), span, ticks)


def _x(chart: Profile, plot: Plot, at: float) -> float:
    share = (at - chart.first) / (chart.last - chart.first)
    return plot.box.left + _EDGE + share * (plot.box.width - 2 * _EDGE)


def _reference(sheet: Sheet, chart: Profile, plot: Plot) -> None:
    """What the estimates are to be held against: the diagonal, or zero and the middle."""
    colors, left, right = sheet.palette, _x(chart, plot, chart.first), _x(chart, plot, chart.last)
    if chart.diagonal:
        ys = [plot.y(chart.first), plot.y(chart.last)]
        sheet.line(
            [left, right], ys, colors.text, 1.6, alpha=0.8, dashes=(6.0, 6.0), role="diagonal"
        )
        return
    y = plot.y(0.0)
    sheet.line([plot.box.left, plot.box.right], [y, y], colors.muted, 1.6, role="zero")
    if chart.first < 0 < chart.last:
        x = _x(chart, plot, 0.0)
        ends = [plot.box.top - 4, plot.box.bottom]
        sheet.line([x, x], ends, colors.text, 1.4, alpha=0.7, dashes=(6.0, 6.0), role="middle")


def _sides(sheet: Sheet, chart: Profile, plot: Plot) -> None:
    room, y = plot.box.width / 2 - 8, plot.box.top - 12
    left, right = (sheet.shorten(words, room, MEDIUM) for words in (chart.left, chart.right))
    sheet.text(plot.box.left, y, left, MEDIUM, sheet.palette.muted, role="side")
    sheet.text(
        plot.box.right, y, right, MEDIUM, sheet.palette.muted, align="right", role="side"
    )  # fmt: skip


def _estimate(sheet: Sheet, item: Estimate, x: float, plot: Plot) -> None:
    """A stem for the interval, a dot for the value; ● clear of zero, a small one else."""
    color = sheet.palette.leader if item.clear else sheet.palette.others[0]
    width, dot = (_CLEAR_STEM, _CLEAR_DOT) if item.clear else (_STEM, _DOT)
    ends = [plot.y(max(item.low, plot.span.low if plot.span else item.low)),
            plot.y(min(item.high, plot.span.high if plot.span else item.high))]  # fmt: skip
    sheet.line([x, x], ends, color, width, alpha=0.6, role="interval")
    sheet.marker(x, plot.y(item.value), "o", dot, color, role="estimate")


def _labels(sheet: Sheet, chart: Profile, plot: Plot, known: list[Estimate]) -> None:
    """Words beside the estimates that have one, clear of all dots."""
    taken = [
        Box(x - 8, plot.y(item.value) - 8, x + 8, plot.y(item.value) + 8)
        for item in known
        for x in [_x(chart, plot, item.at)]
    ]
    for item in known:
        x, y = _x(chart, plot, item.at), plot.y(item.value)
        words = sheet.shorten(item.label, plot.box.width / 2, STRONG)
        if not words:
            continue
        width = sheet.measure(words, STRONG)
        places = (
            (x + 12, y + STRONG.drop),
            (x - 12 - width, y + STRONG.drop),
            (x + 12, y - 14),
            (x + 12, y + 26),
        )
        for left, base in places:
            box = sheet.text_box(left, base, words, STRONG)
            if box.within(plot.box) and free(box, taken):
                taken.append(
                    sheet.text(left, base, words, STRONG, sheet.palette.text, role="estimate-label")
                )
                break


def _axis(sheet: Sheet, chart: Profile, plot: Plot) -> None:
    y, taken = plot.box.bottom + _AXIS_TEXT, list[Box]()
    for at, label in chart.ticks:
        width = sheet.measure(label)
        x = clamp(_x(chart, plot, at) - width / 2, MARGIN, WIDTH - MARGIN - width)
        if free(sheet.text_box(x, y, label, PLAIN), taken, 8):
            taken.append(sheet.text(x, y, label, PLAIN, sheet.palette.muted, role="place"))
