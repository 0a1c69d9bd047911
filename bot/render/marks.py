"""Marks and levels of a panel, with labels that keep clear of each other and of the lines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bot.render.cover import Cover
from bot.render.look import STRONG, Face
from bot.render.place import Box, Point, clamp, free
from bot.render.plot import Days, Plot, usable
from bot.render.scales import number
from bot.render.sheet import Sheet
from commands.reply import Mark, Tone

_SHAPES = {Tone.GOOD: "^", Tone.BAD: "v"}
_OFFSET = {Tone.GOOD: 9.0, Tone.BAD: -9.0}
"""▲ points at the line from below, ▼ from above: neither hides it, nor the other."""
_SIZE, _HALF = 12.5, 8.0
_LABEL_HEIGHT = STRONG.size * 1.1
_REACH = (11.0, 24.0, 42.0, 66.0, 94.0)
"""How far from its mark a label may go."""
_DIRECTIONS = (
    (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0),
    (2, -1), (-2, -1), (2, 1), (-2, 1),
)  # fmt: skip
"""Across (2: a little further aside) and down."""
_ASIDE = 16.0
_FAR = 20.0
"""From here on a hairline ties a label to its mark."""
_COVERING, _CROSSING = 3.0, 60.0
"""What a point of a line under a label costs, and a hairline through another label, in pixels
of distance."""
_WIDEST = 0.6
_LEVEL_PLACES = 13


def draw_marks(sheet: Sheet, plot: Plot, days: Days, cover: Cover, taken: list[Box]) -> None:
    """Draw the marks; what gets a label joins ``taken``. The newest chooses first."""
    marks = sorted(
        (mark for mark in plot.panel.marks if usable(mark.value) and days.covers(mark.date)),
        key=lambda mark: mark.date,
    )
    spots = [
        Point(days.x(mark.date), plot.y(mark.value) + _OFFSET.get(mark.tone, 0.0)) for mark in marks
    ]
    for mark, spot in zip(marks, spots, strict=True):
        shape, color = _SHAPES.get(mark.tone, "o"), sheet.palette.tone(mark.tone)
        sheet.marker(spot.x, spot.y, shape, _SIZE, color, role="mark")
        taken.append(spot.box(_HALF))
    for mark, spot in reversed(list(zip(marks, spots, strict=True))):
        _label(sheet, plot, spot, mark, cover, taken)


def _label(sheet: Sheet, plot: Plot, at: Point, mark: Mark, cover: Cover, taken: list[Box]) -> None:
    words = sheet.shorten(mark.label, plot.box.width * _WIDEST, STRONG)
    width = sheet.measure(words, STRONG)
    best: tuple[float, Box] | None = None
    for cost, box in _around(at, width, plot.box, up=mark.tone is not Tone.BAD):
        if (best is None or cost < best[0]) and free(box, taken):
            total = cost + _COVERING * cover.under(box) + _CROSSING * _crossed(at, box, taken)
            best = min(best or (total, box), (total, box))
    if best is None or not words:
        return
    box, color = best[1], sheet.palette.tone(mark.tone)
    end = at.nearest(box)
    if at.distance(end) > _FAR:
        sheet.line([at.x, end.x], [at.y, end.y], color, 1.2, alpha=0.7, role="tie")
        taken.append(Box.around(at, end))
    _write(sheet, box, words, color, "mark-label", halo=cover.under(box) > 0)
    taken.append(box)


def _around(at: Point, width: float, outer: Box, *, up: bool) -> Iterator[tuple[float, Box]]:
    """Boxes around a point with their cost: near ones first, above rather than below."""
    for reach in _REACH:
        for across, down in _DIRECTIONS:
            aside = reach if not down else _ASIDE * (abs(across) - 1)
            side = (across > 0) - (across < 0)
            left = at.x - width / 2 + side * (width / 2 + aside)
            left = clamp(left, outer.left, outer.right - width)
            top = at.y + down * (reach + _LABEL_HEIGHT / 2) - _LABEL_HEIGHT / 2
            box = Box(left, top, left + width, top + _LABEL_HEIGHT)
            against = (down > 0) == up and down != 0
            if box.within(outer):
                yield reach + 4.0 * against + 3.0 * abs(across), box


def _crossed(at: Point, box: Box, taken: list[Box]) -> int:
    """How many placed things the hairline from a mark to its label would run through."""
    end = at.nearest(box)
    if at.distance(end) <= _FAR:
        return 0
    parts = [at.towards(end, part).box(0.0) for part in (0.4, 0.55, 0.7, 0.85)]
    return sum(any(part.overlaps(other) for part in parts) for other in taken)


def _write(sheet: Sheet, box: Box, words: str, color: str, role: str, *, halo: bool) -> None:
    face: Face = STRONG
    if halo:
        shade = Box(box.left - 4, box.top, box.right + 4, box.bottom)
        sheet.rect(shade, sheet.palette.page, alpha=0.72, radius=6)
    sheet.text(box.left, box.middle + face.drop, words, face, color, role=role)


def draw_level(sheet: Sheet, plot: Plot, cover: Cover) -> None:
    """The level as a dashed line, not to be covered by a label either."""
    level, box = plot.panel.level, plot.box
    if usable(level):
        ends, ys = [box.left, box.right], [plot.y(level)] * 2
        sheet.line(ends, ys, sheet.palette.text, 1.6, alpha=0.8, dashes=(6.0, 6.0), role="level")
        cover.add(np.array(ends), np.array(ys))


def draw_level_label(sheet: Sheet, plot: Plot, cover: Cover, taken: list[Box]) -> None:
    """The word of the level, along its line where it covers least."""
    level, box = plot.panel.level, plot.box
    if not usable(level):
        return
    y = plot.y(level)
    words = plot.panel.level_label or number(level, plot.panel.unit)
    words = sheet.shorten(words, box.width * _WIDEST, STRONG)
    width = sheet.measure(words, STRONG)
    found: list[tuple[float, Box]] = []
    for place in range(_LEVEL_PLACES):
        left = box.left + 4 + (box.width - width - 12) * place / (_LEVEL_PLACES - 1)
        for top in (y - _LABEL_HEIGHT - 4, y + 4):
            spot = Box(left, top, left + width, top + _LABEL_HEIGHT)
            if free(spot, taken) and spot.within(box):
                found.append((cover.under(spot) + place * 0.5 + (top > y), spot))
    if found:
        _, spot = min(found)
        taken.append(spot)
        halo = cover.under(spot) > 0
        _write(sheet, spot, words, sheet.palette.text, "level-label", halo=halo)
