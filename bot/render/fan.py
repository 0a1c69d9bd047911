"""A fan: paths around events against the bands that chance gives.

Gains lie on a logarithmic axis, where doubling and halving are the same step: on a linear one
a single rise would press all falls flat.
"""

from __future__ import annotations

import numpy as np

from bot.render.cover import Cover
from bot.render.ends import GAP, End, draw_ends, width_of
from bot.render.lines import draw_empty
from bot.render.look import MARGIN, MEDIUM, PLAIN, SMALLEST, STRONG, WIDTH
from bot.render.place import Box, clamp, free
from bot.render.plot import TICK_GAP, Plot, Tick, draw_grid
from bot.render.scales import MINUS, NARROW_SPACE, Range, padded
from bot.render.sheet import Floats, Sheet
from bot.render.traces import Trace, draw_line, finite
from commands.reply import FanChart, Panel, Shade, Tone
from commands.words import _, figures

_AXIS, _AXIS_TEXT = 32.0, 27.0
_WORD_STRIP = 28.0
_MOST_LABELLED = 8
"""With more paths only the median has a word at its end."""
_OPACITY = {50: 0.20, 80: 0.14}
_WIDEST_BAND = 0.10
_LINE = 22.0
_MOST_LABEL = 176.0
_DAY_STEP = 30
_BAND_PLACES = 14
_MOST_COVERED = 6.0
"""Under more of the lines than this a word could not be read: better none."""
_TICKS = (-99, -90, -75, -50, -25, 0, 25, 50, 100, 200, 400, 900, 2900, 9900)
_TICK_APART = 40.0
_LOWEST = -99.9
_WRITTEN_OUT = 1e7


def draw_fan(sheet: Sheet, chart: FanChart, area: Box) -> None:
    """Draw the paths of ``chart`` into ``area``."""
    found = _traces(sheet, chart)
    if len(chart.offsets) < 2 or not found:
        draw_empty(sheet, area)
        return
    plot = _plot(sheet, chart, found, area)
    first, last = chart.offsets[0], chart.offsets[-1]
    xs = plot.box.left + (np.array(chart.offsets) - first) / (last - first) * plot.box.width
    _shades(sheet, chart, plot, xs)
    draw_grid(sheet, plot)
    _zero(sheet, plot)
    _event(sheet, chart, plot, xs)
    cover = Cover(plot.box)
    for trace in reversed(found):
        cover.add(*draw_line(sheet, trace, xs, plot.ys(trace.values)))
    draw_ends(sheet, plot, _ends(sheet, found, plot.box.height), xs)
    _shade_words(sheet, chart, plot, xs, cover)
    _day_axis(sheet, chart, plot, xs)


def _height(gains: Floats) -> Floats:
    """A gain in % as it lies on the axis."""
    result: Floats = np.log1p(np.maximum(gains, _LOWEST) / 100)
    return result


def _signed(gain: float) -> str:
    """'+176 %'."""
    size = abs(round(gain))
    text = figures(f"{size:,}") if size < _WRITTEN_OUT else f"{size:.0e}"
    text += f"{NARROW_SPACE}%"
    return text if not round(gain) else f"{'+' if gain > 0 else MINUS}{text}"


def _traces(sheet: Sheet, chart: FanChart) -> list[Trace]:
    """The median first, then the paths; only what has a value."""
    colors, count = sheet.palette, len(chart.offsets)
    tones = {Tone.GOOD: colors.good, Tone.BAD: colors.bad}
    lines = [(chart.median_label, chart.median, colors.leader)]
    lines += [(path.label, path.values, tones.get(path.tone, colors.muted)) for path in chart.paths]
    found = [
        Trace(label, _height(finite(values, count)), color, leads=index == 0, columns=False)
        for index, (label, values, color) in enumerate(lines)
    ]
    return [trace for trace in found if trace.last() is not None]


def _ends(sheet: Sheet, found: list[Trace], height: float) -> list[End]:
    """Word and gain at the end of each line; of the first alone where there is no room."""
    shown = found if len(found) <= min(_MOST_LABELLED, height // _LINE) else found[:1]
    ends = []
    for trace in shown:
        last = trace.last() or 0
        gain = _signed(100 * float(np.expm1(trace.values[last])))
        room = _MOST_LABEL - sheet.measure(f" {gain}", STRONG)
        label = sheet.shorten(trace.label, room, STRONG) if room > SMALLEST else ""
        ends.append(End(trace, last, (f"{label} {gain}".strip(),)))
    return ends


def _plot(sheet: Sheet, chart: FanChart, found: list[Trace], area: Box) -> Plot:
    """The panel with its place: heights give the ticks, words the margins."""
    count = len(chart.offsets)
    edges = [finite(side, count) for shade in chart.shades for side in (shade.low, shade.high)]
    values = np.concatenate([trace.values for trace in found] + [_height(edge) for edge in edges])
    values = values[np.isfinite(values)]
    span = padded(min(0.0, float(values.min())), max(0.0, float(values.max())))
    top, bottom = area.top + _WORD_STRIP, area.bottom - _AXIS
    ticks = _ticks(span, bottom - top)
    left = MARGIN + max(sheet.measure(tick.label) for tick in ticks) + TICK_GAP
    right = WIDTH - MARGIN - width_of(sheet, _ends(sheet, found, bottom - top)) - GAP
    return Plot(Panel((), "%"), found, Box(left, top, right, bottom), span, ticks)


def _ticks(span: Range, height: float) -> list[Tick]:
    """Zero, and round gains above and below it that keep apart."""
    apart = _TICK_APART / height * (span.high - span.low)
    kept: list[Tick] = []
    for gain in sorted(_TICKS, key=abs):
        value = float(np.log1p(gain / 100))
        if span.low <= value <= span.high and all(abs(value - t.value) >= apart for t in kept):
            kept.append(Tick(value, _signed(gain)))
    return kept


def _edges(shade: Shade, plot: Plot, xs: Floats) -> tuple[Floats, Floats, Floats]:
    """Where a band lies: places, upper and lower edge in pixels, where both are known."""
    low, high = (_height(finite(side, len(xs))) for side in (shade.low, shade.high))
    both = np.isfinite(low) & np.isfinite(high)
    return xs[both], plot.ys(high[both]), plot.ys(low[both])


def _shades(sheet: Sheet, chart: FanChart, plot: Plot, xs: Floats) -> None:
    for shade in sorted(chart.shades, key=lambda shade: -shade.share):
        at, tops, bottoms = _edges(shade, plot, xs)
        if len(at) > 1:
            opacity = _OPACITY.get(shade.share, _WIDEST_BAND)
            sheet.area(at, tops, bottoms, sheet.palette.calm, opacity)


def _zero(sheet: Sheet, plot: Plot) -> None:
    y = plot.y(0.0)
    sheet.line([plot.box.left, plot.box.right], [y, y], sheet.palette.muted, 1.4, role="zero")


def _event(sheet: Sheet, chart: FanChart, plot: Plot, xs: Floats) -> None:
    """The day of the entry as a dashed line with a word on top."""
    if 0 not in chart.offsets:
        return
    x, color = float(xs[chart.offsets.index(0)]), sheet.palette.text
    sheet.line(
        [x, x], [plot.box.top - 4, plot.box.bottom], color, 1.6, alpha=0.8, dashes=(6.0, 6.0),
        role="event",
    )  # fmt: skip
    words = sheet.shorten(chart.event, plot.box.width, MEDIUM)
    width = sheet.measure(words, MEDIUM)
    at = clamp(x - width / 2, MARGIN, WIDTH - MARGIN - width)
    sheet.text(at, plot.box.top - 10, words, MEDIUM, color, role="event-label")


def _shade_words(sheet: Sheet, chart: FanChart, plot: Plot, xs: Floats, cover: Cover) -> None:
    """'95 %' inside the upper edge of a band, where it covers least."""
    taken: list[Box] = []
    for shade in sorted(chart.shades, key=lambda shade: -shade.share):
        at, tops, _bottoms = _edges(shade, plot, xs)
        words = _("{share} %").format(share=shade.share)
        width = sheet.measure(words, PLAIN)
        best: tuple[float, float, float] | None = None
        for place in range(_BAND_PLACES):
            x = plot.box.right - width - 8 - place * plot.box.width * 0.05
            if not len(at) or x < at[0]:
                continue
            y = float(np.interp(x + width, at, tops)) + PLAIN.ascent + 6
            box = sheet.text_box(x, y, words, PLAIN)
            if box.within(plot.box) and free(box, taken, 4):
                covered = cover.under(box)
                if covered > _MOST_COVERED:
                    continue
                cost = covered + place * 0.5
                best = min(best or (cost, x, y), (cost, x, y))
        if best is not None:
            _cost, x, y = best
            taken.append(sheet.text(x, y, words, PLAIN, sheet.palette.muted, role="shade"))


def _day_axis(sheet: Sheet, chart: FanChart, plot: Plot, xs: Floats) -> None:
    y, taken = plot.box.bottom + _AXIS_TEXT, list[Box]()
    for offset, x in zip(chart.offsets, xs.tolist(), strict=True):
        if offset % _DAY_STEP:
            continue
        words = str(offset) if offset == 0 else f"{'+' if offset > 0 else MINUS}{abs(offset)}"
        words = _("day {n}").format(n=words) if offset == 0 else words
        width = sheet.measure(words)
        left = clamp(x - width / 2, MARGIN, WIDTH - MARGIN - width)
        if free(sheet.text_box(left, y, words, PLAIN), taken, 8):
            taken.append(sheet.text(left, y, words, PLAIN, sheet.palette.muted, role="day"))
