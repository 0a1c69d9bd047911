"""Lines over days: panels above each other on one axis, labels at the ends of the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bot.render.cover import Cover
from bot.render.ends import GAP, End, draw_ends, ends_of, width_of
from bot.render.look import MARGIN, MEDIUM, PLAIN, STRONG, WIDTH
from bot.render.marks import draw_level, draw_level_label, draw_marks
from bot.render.place import Box, Point, clamp, free
from bot.render.plot import TICK_GAP, Days, Plot, draw_grid, shares, span_of, ticks_of
from bot.render.scales import day_ticks
from bot.render.sheet import Floats, Sheet
from bot.render.traces import draw_columns, draw_line, traces
from commands.reply import LineChart
from commands.words import _, language

_MOST_PANELS = 4
"""More would leave no height to any."""
_AXIS = 32.0
_BETWEEN = 24.0
_TITLE_STRIP = 30.0
_WORD_STRIP = 26.0
_LEAST_HEIGHT = 30.0
_BAND_OPACITY = 0.14
_LEAST_BAND = 2.0
_DOT = 7.0


def draw_lines(sheet: Sheet, chart: LineChart, area: Box) -> None:
    """Draw the panels of ``chart`` into ``area``."""
    if not chart.days or not chart.panels:
        draw_empty(sheet, area)
        return
    chart = replace(chart, panels=chart.panels[:_MOST_PANELS])
    plots, ends = _layout(sheet, chart, area)
    days = Days(chart.days[0], chart.days[-1], plots[0].box.left, plots[0].box.right)
    xs = np.array([days.x(day) for day in chart.days])
    _bands(sheet, chart, plots, days)
    for index, (plot, labels) in enumerate(zip(plots, ends, strict=True)):
        words = _WORD_STRIP if index == 0 and _worded(chart) else 0.0
        _panel_title(sheet, plot, plot.box.top - words - 14)
        _panel(sheet, plot, labels, days, xs)
    draw_day_axis(sheet, days, plots[-1].box.bottom)


def draw_empty(sheet: Sheet, box: Box) -> None:
    """Say that nothing is known."""
    y, color = box.middle + PLAIN.drop, sheet.palette.muted
    sheet.text(box.centre, y, _("n/a"), PLAIN, color, align="center", role="empty")


def _layout(sheet: Sheet, chart: LineChart, area: Box) -> tuple[list[Plot], list[list[End]]]:
    """The panels with their places. Heights first; they give the labels, these the margins."""
    found = traces(chart, sheet.palette)
    rows = _rows(chart, area)
    panels = list(zip(chart.panels, found, rows, strict=True))
    spans = [span_of(panel, lines) for panel, lines, _ in panels]
    marks = [
        ticks_of(panel, span, bottom - top)
        for (panel, _, (top, bottom)), span in zip(panels, spans, strict=True)
    ]
    ends = [
        ends_of(sheet, panel.unit, lines, bottom - top) for panel, lines, (top, bottom) in panels
    ]
    widest = max((sheet.measure(tick.label) for ticks in marks for tick in ticks), default=0.0)
    left = MARGIN + (widest + TICK_GAP if widest else 0.0)
    labels = max(width_of(sheet, of_panel) for of_panel in ends)
    right = WIDTH - MARGIN - (labels + GAP if labels else 0.0)
    plots = [
        Plot(panel, lines, Box(left, top, right, bottom), span, ticks)
        for (panel, lines, (top, bottom)), span, ticks in zip(panels, spans, marks, strict=True)
    ]
    return plots, ends


def _worded(chart: LineChart) -> bool:
    return any(band.label for band in chart.bands)


def _rows(chart: LineChart, area: Box) -> list[tuple[float, float]]:
    """Top and bottom of each panel."""
    above = [_TITLE_STRIP if panel.title else 0.0 for panel in chart.panels]
    above[0] += _WORD_STRIP if _worded(chart) else 0.0
    between = _BETWEEN * (len(above) - 1)
    room = area.bottom - _AXIS - area.top - 6 - sum(above) - between
    least = min(_LEAST_HEIGHT, room / len(above))
    top, result = area.top + 6, []
    for strip, share in zip(above, shares(chart.panels), strict=True):
        top += strip
        bottom = top + least + (room - least * len(above)) * share
        result.append((top, bottom))
        top = bottom + _BETWEEN
    return result


def _panel(sheet: Sheet, plot: Plot, labels: Sequence[End], days: Days, xs: Floats) -> None:
    if plot.span is None:
        draw_empty(sheet, plot.box)
        return
    draw_grid(sheet, plot)
    cover = Cover(plot.box)
    for trace in sorted(plot.traces, key=lambda trace: (not trace.columns, trace.leads)):
        ys = plot.ys(trace.values)
        if trace.columns:
            draw_columns(sheet, trace, xs, ys, plot.box, plot.y(0.0))
        else:
            cover.add(*draw_line(sheet, trace, xs, ys))
    draw_ends(sheet, plot, labels, xs)
    taken = [Point(float(xs[end.last]), plot.y(end.value)).box(_DOT) for end in labels]
    draw_level(sheet, plot, cover)
    draw_marks(sheet, plot, days, cover, taken)
    draw_level_label(sheet, plot, cover, taken)


def _panel_title(sheet: Sheet, plot: Plot, y: float) -> None:
    words = sheet.shorten(plot.panel.title, WIDTH - 2 * MARGIN, STRONG)
    sheet.text(MARGIN, y, words, STRONG, sheet.palette.muted, role="panel-title")


def _bands(sheet: Sheet, chart: LineChart, plots: Sequence[Plot], days: Days) -> None:
    """Shade the bands over all panels, with a word on top. The newest has its word first."""
    top, bottom = plots[0].box.top, plots[-1].box.bottom
    taken: list[Box] = []
    for band in sorted(chart.bands, key=lambda band: band.start, reverse=True):
        if band.end < days.first or band.start > days.last or band.end < band.start:
            continue
        left, right = days.x(max(band.start, days.first)), days.x(min(band.end, days.last))
        right = max(right, left + _LEAST_BAND)
        color = sheet.palette.tone(band.tone)
        box = Box(left, top - (_WORD_STRIP if _worded(chart) else 0.0), right, bottom)
        sheet.rect(box, color, alpha=_BAND_OPACITY)
        words = sheet.shorten(band.label, days.right - days.left, MEDIUM)
        width = sheet.measure(words, MEDIUM)
        x, y = clamp((left + right - width) / 2, days.left, days.right - width), top - 7
        if words and free(sheet.text_box(x, y, words, MEDIUM), taken, 8):
            taken.append(sheet.text(x, y, words, MEDIUM, color, role="band-label"))


def draw_day_axis(sheet: Sheet, days: Days, bottom: float) -> None:
    """The days below the last panel."""
    y, taken = bottom + 27, list[Box]()
    for tick in day_ticks(days.first, days.last, language.get()):
        width = sheet.measure(tick.label)
        x = clamp(days.x(tick.day) - width / 2, MARGIN, WIDTH - MARGIN - width)
        if free(sheet.text_box(x, y, tick.label, PLAIN), taken, 8):
            taken.append(sheet.text(x, y, tick.label, PLAIN, sheet.palette.muted, role="day"))
