"""The ladder: lanes from 0 to 100 with a bar each, lit or not."""

from __future__ import annotations

import math

from bot.render.look import MARGIN, PLAIN, WIDTH, Face, Weight
from bot.render.place import Box, clamp, free
from bot.render.scales import number
from bot.render.sheet import Align, Sheet
from commands.reply import Bar, BarChart
from commands.words import _

_LABEL = Face(20.0, Weight.SEMIBOLD)
_VALUE = Face(21.0, Weight.BOLD)
_UNKNOWN_VALUE = Face(21.0, Weight.MEDIUM)
_SIGNS = {True: "●", False: "○", None: "–"}
_SIGN_ROOM = 24.0
_MOST_LABEL, _MOST_CHANGE = 206.0, 90.0
_GUTTER = 50.0
"""Right of the lanes, for the value of a bar that is nearly full."""
_AIR = 16.0
_AXIS, _AXIS_TEXT = 32.0, 27.0
_MOST_PITCH, _LEAST_PITCH = 64.0, 26.0
_TWO_LINES = 48.0
"""From this pitch on a lane has room for the detail below its label."""
_DETAIL_BELOW = 22.0
_STUB = 5.0
"""The bar of a zero, so that it is seen to be known."""
_FULL = 100.0


def draw_bars(sheet: Sheet, chart: BarChart, area: Box) -> None:
    """Draw the ladder into ``area``."""
    if not chart.bars:
        sheet.text(
            area.centre, area.middle, _("n/a"), PLAIN, sheet.palette.muted,
            align="center", role="empty",
        )  # fmt: skip
        return
    room = area.bottom - _AXIS - area.top
    shown = chart.bars[: max(1, int(room / _LEAST_PITCH))]
    pitch = min(_MOST_PITCH, room / len(shown))
    top = area.top + min(14.0, (room - pitch * len(shown)) / 2)
    lanes = _lanes(sheet, shown, top, pitch)
    for bar, lane in zip(shown, lanes, strict=True):
        _lane(sheet, bar, lane)
    taken = [_more(sheet, len(chart.bars) - len(shown), lanes[-1].bottom + _AXIS_TEXT)]
    span = Box(lanes[0].left, lanes[0].top - 6, lanes[0].right, lanes[-1].bottom)
    _thresholds(sheet, chart, span, taken)
    for bar, lane in zip(shown, lanes, strict=True):
        _label(sheet, bar, lane, detail=bar.detail if pitch >= _TWO_LINES else "")
        if _known(bar.value) is None:
            _unknown(sheet, lane)
        else:
            _bar(sheet, bar, lane)
        _change(sheet, bar, lane)


def _radius(lane: Box) -> float:
    return min(9.0, lane.height / 2)


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _lanes(sheet: Sheet, bars: tuple[Bar, ...], top: float, pitch: float) -> list[Box]:
    details = [sheet.measure(bar.detail) for bar in bars if pitch >= _TWO_LINES]
    labels = max([sheet.measure(bar.label, _LABEL) for bar in bars] + details)
    left = MARGIN + _SIGN_ROOM + min(labels, _MOST_LABEL) + _AIR
    changes = max(sheet.measure(_change_words(bar), _LABEL) for bar in bars)
    right = WIDTH - MARGIN - _GUTTER - (min(changes, _MOST_CHANGE) + 12 if changes else 0.0)
    half = min(36.0, pitch * 0.62) / 2
    middles = [top + (row + 0.5) * pitch for row in range(len(bars))]
    return [Box(left, middle - half, right, middle + half) for middle in middles]


def _lane(sheet: Sheet, bar: Bar, lane: Box) -> None:
    """The empty lane; hatched where the score is not known."""
    grid = sheet.palette.grid
    sheet.rect(lane, sheet.palette.lane, radius=_radius(lane))
    if _known(bar.value) is None:
        sheet.lane(lane, (grid, grid), radius=_radius(lane), hatched=True)


def _label(sheet: Sheet, bar: Bar, lane: Box, detail: str) -> None:
    colors, x = sheet.palette, MARGIN + _SIGN_ROOM
    room = lane.left - _AIR - x
    y = lane.middle + _LABEL.drop - (_DETAIL_BELOW / 2 if detail else 0)
    sign = colors.good if bar.lit else colors.muted
    sheet.text(MARGIN, y, _SIGNS[bar.lit], _LABEL, sign, role="sign")
    color = colors.muted if _known(bar.value) is None else colors.text
    sheet.text(x, y, sheet.shorten(bar.label, room, _LABEL), _LABEL, color, role="label")
    words = sheet.shorten(detail, room)
    sheet.text(x, y + _DETAIL_BELOW, words, PLAIN, colors.muted, role="detail")


def _unknown(sheet: Sheet, lane: Box) -> None:
    x, y = lane.left + 14, lane.middle + _VALUE.drop
    words, face = _("n/a"), _UNKNOWN_VALUE
    right = sheet.text_box(x, y, words, face).right
    shade = Box(lane.left + 5, lane.top + 5, right + 9, lane.bottom - 5)
    sheet.rect(shade, sheet.palette.lane, radius=6)
    sheet.text(x, y, words, face, sheet.palette.muted, role="value")


def _bar(sheet: Sheet, bar: Bar, lane: Box) -> None:
    colors, value = sheet.palette, bar.value or 0.0
    end = lane.left + max(lane.width * clamp(value, 0.0, _FULL) / _FULL, _STUB)
    words, y = number(value, "score"), lane.middle + _VALUE.drop
    right = sheet.text_box(end + 9, y, words, _VALUE).right
    # The lines of 'lit' and 'unlit' stop at the value, they do not run through it.
    shade = Box(end - 3, lane.top + 2, min(right + 4, lane.right - 3), lane.bottom - 2)
    if shade.width > 0:
        sheet.rect(shade, colors.lane)
    filled = Box(lane.left, lane.top, end, lane.bottom)
    gradient = colors.lit if bar.lit else colors.unlit
    glow = colors.bar_glow if bar.lit else 0.0
    sheet.lane(filled, gradient, radius=_radius(lane), glow=glow)
    sheet.text(end + 9, y, words, _VALUE, colors.text, role="value")


def _change_words(bar: Bar) -> str:
    change = _known(bar.change)
    if change is None:
        return ""
    size = number(abs(change), "score")
    return size if size == "0" else f"{'▲' if change > 0 else '▼'} {size}"


def _change(sheet: Sheet, bar: Bar, lane: Box) -> None:
    colors, words = sheet.palette, sheet.shorten(_change_words(bar), _MOST_CHANGE, _LABEL)
    color = {"▲": colors.good, "▼": colors.bad}.get(words[:1], colors.muted)
    y = lane.middle + _LABEL.drop
    sheet.text(WIDTH - MARGIN, y, words, _LABEL, color, align="right", role="change")


def _more(sheet: Sheet, count: int, y: float) -> Box:
    """Bars that found no room are at least counted."""
    words = _("{count} more").format(count=count) if count else ""
    return sheet.text(MARGIN, y, words, PLAIN, sheet.palette.muted, role="more")


def _thresholds(sheet: Sheet, chart: BarChart, area: Box, taken: list[Box]) -> None:
    """The lines of 'lit' and 'unlit' across all lanes, and the axis below them."""
    lit, unlit = chart.lit_from, chart.unlit_below
    colors, y = sheet.palette, area.bottom + _AXIS_TEXT
    words = _("lit from {score}").format(score=number(lit, "score"))
    wanted: list[tuple[float, str, Align, str]] = [(lit, words, "left", colors.text)]
    if unlit != lit:
        words = _("unlit below {score}").format(score=number(unlit, "score"))
        wanted.append((unlit, words, "right", colors.muted))
    wanted += [(0.0, "0", "left", colors.muted), (_FULL, "100", "right", colors.muted)]
    for value, words, align, color in wanted:
        x = area.left + area.width * value / _FULL
        if not 0 <= value <= _FULL:
            continue
        if 0 < value < _FULL:
            dashes = (5.0, 5.0) if value == lit else (1.0, 5.0)
            sheet.line(
                [x, x], [area.top, area.bottom + 8], colors.muted, 1.2,
                dashes=dashes, role="threshold",
            )  # fmt: skip
        box = sheet.text_box(x, y, words, PLAIN, align)
        if free(box, taken, 6) and box.left >= MARGIN and box.right <= WIDTH - MARGIN:
            taken.append(sheet.text(x, y, words, PLAIN, color, align=align, role="axis"))
