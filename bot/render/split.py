"""Long texts in parts: at the borders of blocks where possible, inside one only where it must."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

Pieces = list[tuple[int, str]]
"""One part: what it shows of which block, by the block's number."""


def split(
    blocks: Sequence[str],
    limit: int,
    length: Callable[[str], int] = len,
    *,
    first: int | None = None,
) -> list[Pieces]:
    """Parts that are at most ``limit`` long when their pieces are joined by line breaks.

    The first part may have a ``first`` limit of its own, such as that of a caption. ``length``
    measures as the platform does. A block moves whole to the next part; only one that no part
    can hold is cut, at a line break or a blank, which the cut swallows.
    """
    parts: list[Pieces] = [[]]
    room = limit if first is None else first
    for index, block in enumerate(blocks):
        rest = block
        while rest:
            needed = length(rest) + bool(parts[-1])
            if needed <= room:
                parts[-1].append((index, rest))
                room, rest = room - needed, ""
                continue
            if not parts[-1]:
                head, rest = _cut(rest, room, length)
                parts[-1].append((index, head))
            parts.append([])
            room = limit
    return [part for part in parts if part]


def _cut(text: str, room: int, length: Callable[[str], int]) -> tuple[str, str]:
    """The most of a text that fits, at least one character, and the rest."""
    fits = bisect_right(range(len(text) + 1), room, key=lambda n: length(text[:n])) - 1
    fits = max(fits, 1)
    breaks = (text.rfind(space, max(fits // 2, 1), fits + 1) for space in "\n ")
    at = next((place for place in breaks if place > 0), fits)
    return text[:at].rstrip(), text[at:].lstrip()
