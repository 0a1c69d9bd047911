"""A ribbon: a gauge over the years, and below it which state held when."""

from __future__ import annotations

import numpy as np

from bot.render.lines import draw_day_axis, draw_empty
from bot.render.look import MARGIN, MEDIUM, PLAIN, STRONG, WIDTH, Face
from bot.render.place import Box
from bot.render.plot import Days, Plot, draw_grid, span_of, ticks_of
from bot.render.sheet import Sheet
from bot.render.traces import Trace, draw_line, finite
from commands.reply import Lane, Panel, RibbonChart

_AXIS = 32.0
_GAUGE = 0.34
"""Part of the height that the gauge takes; the lanes share the rest."""
_BETWEEN = 16.0
_MOST_PITCH, _LEAST_PITCH = 30.0, 22.0
_FILL = 0.62
_THINNEST = 1.2
_MOST_LABEL, _AIR = 170.0, 12.0
_SLACK = 1.0
_TITLE_STRIP = 26.0


def draw_ribbon(sheet: Sheet, chart: RibbonChart, area: Box) -> None:
    """Draw gauge and lanes into ``area``."""
    if len(chart.days) < 2 or not chart.lanes:
        draw_empty(sheet, area)
        return
    label = max(sheet.measure(lane.label, _face(lane)) for lane in chart.lanes)
    detail = max(sheet.measure(lane.detail) for lane in chart.lanes)
    left = MARGIN + min(label, _MOST_LABEL) + _SLACK + _AIR
    right = WIDTH - MARGIN - detail - (_AIR if detail else 0.0)
    bottom = area.bottom - _AXIS
    gauge = Box(left, area.top + _TITLE_STRIP, right, area.top + (bottom - area.top) * _GAUGE)
    days = Days(chart.days[0], chart.days[-1], left, right)
    _gauge(sheet, chart, gauge, days)
    room = bottom - gauge.bottom - _BETWEEN
    shown = chart.lanes[: max(1, int(room / _LEAST_PITCH))]
    pitch = min(_MOST_PITCH, room / len(shown))
    top = gauge.bottom + _BETWEEN
    for row, lane in enumerate(shown):
        middle = top + (row + 0.5) * pitch
        half = pitch * _FILL / 2
        _lane(sheet, lane, Box(left, middle - half, right, middle + half), days)
    draw_day_axis(sheet, days, top + len(shown) * pitch)


def _gauge(sheet: Sheet, chart: RibbonChart, box: Box, days: Days) -> None:
    values = finite(chart.values, len(chart.days))
    panel = Panel((), "score", thresholds=chart.thresholds)
    trace = Trace(chart.label, values, sheet.palette.leader, leads=False, columns=False)
    span = span_of(panel, [trace])
    sheet.text(MARGIN, box.top - 12, chart.label, STRONG, sheet.palette.muted, role="panel-title")
    if span is None:
        draw_empty(sheet, box)
        return
    plot = Plot(panel, (trace,), box, span, ticks_of(panel, span, box.height))
    draw_grid(sheet, plot)
    xs = np.array([days.x(day) for day in chart.days])
    draw_line(sheet, trace, xs, plot.ys(values))


def _face(lane: Lane) -> Face:
    return STRONG if lane.leads else MEDIUM


def _lane(sheet: Sheet, lane: Lane, box: Box, days: Days) -> None:
    """The word of a state on the left, the stretches on which it held, a detail on the right."""
    colors = sheet.palette
    face, color = _face(lane), colors.text if lane.leads else colors.muted
    words = sheet.shorten(lane.label, box.left - _AIR - MARGIN, face)
    baseline = box.middle + face.drop
    sheet.text(MARGIN, baseline, words, face, color, role="lane")
    sheet.rect(box, colors.lane)
    pieces = []
    for first, last in lane.stretches:
        if last < days.first or first > days.last:
            continue
        begin, end = days.x(max(first, days.first)), days.x(min(last, days.last))
        pieces.append((begin, box.top, max(end, begin + _THINNEST), box.bottom))
    if pieces:
        sheet.rects(np.array(pieces), colors.tone(lane.tone))
    sheet.text(
        WIDTH - MARGIN, box.middle + PLAIN.drop, lane.detail, PLAIN, color, align="right",
        role="lane-detail",
    )  # fmt: skip
