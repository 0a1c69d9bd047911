"""Pictures: a neutral chart to PNG bytes, in the dark or the light theme.

The few words that are not in the chart ('n/a', months) come in the language of the request. It is
a context variable: a thread that draws must run in a copy of the caller's context.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from bot.render.bars import draw_bars
from bot.render.fan import draw_fan
from bot.render.lettering import balance, clean, wrap
from bot.render.lines import draw_lines
from bot.render.look import HEIGHT, MARGIN, PALETTES, PLAIN, STRONG, WIDTH, Face, Theme, Weight
from bot.render.place import Box
from bot.render.profile import draw_profile
from bot.render.ribbon import draw_ribbon
from bot.render.sheet import Sheet
from commands.reply import BarChart, Chart, FanChart, LineChart, Profile, RibbonChart
from commands.words import _

__all__ = ["Theme", "draw", "figure"]

_BRAND = "spillover"
_ONE_LINE_SIZES = (30.0, 28.0, 26.0)
_TWO_LINE_SIZES = (28.0, 26.0, 24.0, 22.0, 20.0)
_LEADING = 1.2
_TOP = 16.0
_SUBTITLE = Face(19.0)
_SUBTITLE_BELOW = 30.0
_FOOTER_LINE = 23.0
_PILL_PAD, _PILL_HALF = 9.0, 13.0


def draw(chart: Chart, theme: Theme = Theme.DARK) -> bytes:
    """Draw ``chart`` as a PNG of 1440 × 1080 pixels. The same chart gives the same bytes."""
    return _sheet(chart, theme).png()


def figure(chart: Chart, theme: Theme = Theme.DARK) -> Figure:
    """The figure behind :func:`draw`, for tests that look at what is on it."""
    return _sheet(chart, theme).figure


def _sheet(chart: Chart, theme: Theme) -> Sheet:
    sheet = Sheet(PALETTES[theme])
    area = Box(MARGIN, _head(sheet, chart), WIDTH - MARGIN, _foot(sheet, chart))
    match chart.body:
        case BarChart() as body:
            draw_bars(sheet, body, area)
        case LineChart() as body:
            draw_lines(sheet, body, area)
        case FanChart() as body:
            draw_fan(sheet, body, area)
        case Profile() as body:
            draw_profile(sheet, body, area)
        case RibbonChart() as body:
            draw_ribbon(sheet, body, area)
    return sheet


def _head(sheet: Sheet, chart: Chart) -> float:
    """Title and subtitle; the height where the drawing can begin."""
    colors, y, right = sheet.palette, _TOP, WIDTH - MARGIN
    lines, face = _title(sheet, clean(chart.title))
    for line in lines:
        y += face.size * _LEADING
        sheet.text(MARGIN, y, line, face, colors.text, role="title")
    if chart.sample:
        right = _pill(sheet, right, y + _SUBTITLE_BELOW, _("sample"), "sample-tag").left - 12
    elif not chart.subtitle:
        return y + 16
    y += _SUBTITLE_BELOW
    subtitle = sheet.shorten(chart.subtitle, right - MARGIN, _SUBTITLE)
    sheet.text(MARGIN, y, subtitle, _SUBTITLE, colors.muted, role="subtitle")
    return y + 16


def _title(sheet: Sheet, title: str) -> tuple[list[str], Face]:
    """On one line if it fits, else on two, else smaller, else cut with an ellipsis."""
    room = WIDTH - 2 * MARGIN
    face = Face(_ONE_LINE_SIZES[0], Weight.BOLD)

    def measure(text: str) -> float:
        return sheet.measure(text, face)

    for size in _ONE_LINE_SIZES:
        face = Face(size, Weight.BOLD)
        if measure(title) <= room:
            return [title], face
    for size in _TWO_LINE_SIZES:
        face = Face(size, Weight.BOLD)
        lines = balance(title, room, measure)
        if " ".join(lines) == title:
            return lines, face
    return wrap(title, room, 2, measure), face


def _foot(sheet: Sheet, chart: Chart) -> float:
    """Source and as-of on the left, the name on the right; where the drawing must end."""
    colors, left, y = sheet.palette, MARGIN, HEIGHT - MARGIN + 6
    brand = sheet.text(WIDTH - MARGIN, y, _BRAND, STRONG, colors.muted, align="right", role="brand")
    if chart.sample:
        words = _("SAMPLE DATA")
        width = sheet.measure(words, STRONG) + 2 * _PILL_PAD
        left = _pill(sheet, MARGIN + width, y, words, "sample").right + 12
    source, room = clean(chart.source), brand.left - 20 - left
    lines = [source] if sheet.measure(source) <= room else balance(source, room, sheet.measure)
    for row, line in enumerate(reversed(lines)):
        sheet.text(left, y - row * _FOOTER_LINE, line, PLAIN, colors.muted, role="source")
    return y - PLAIN.size - (len(lines) - 1) * _FOOTER_LINE - 8


def _pill(sheet: Sheet, right: float, y: float, words: str, role: str) -> Box:
    """A word in a rounded frame, in the colour of a warning."""
    color, middle = sheet.palette.warm, y - STRONG.drop
    left = right - sheet.measure(words, STRONG) - 2 * _PILL_PAD
    box = Box(left, middle - _PILL_HALF, right, middle + _PILL_HALF)
    sheet.rect(box, color, alpha=0.16, radius=8)
    sheet.text(left + _PILL_PAD, y, words, STRONG, color, role=role)
    return box
