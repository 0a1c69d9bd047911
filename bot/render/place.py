"""Where labels go so that none covers another. Pure geometry, y downwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """A place in logical pixels, y downwards."""

    x: float
    y: float

    def box(self, half: float) -> Box:
        """A square around it."""
        return Box(self.x - half, self.y - half, self.x + half, self.y + half)

    def nearest(self, box: Box) -> Point:
        """The point of ``box`` that is nearest to it."""
        return Point(clamp(self.x, box.left, box.right), clamp(self.y, box.top, box.bottom))

    def towards(self, other: Point, part: float) -> Point:
        """The place after ``part`` of the way to another."""
        return Point(self.x + (other.x - self.x) * part, self.y + (other.y - self.y) * part)

    def distance(self, other: Point) -> float:
        """The longer of the ways across and down."""
        return max(abs(self.x - other.x), abs(self.y - other.y))


class Box(NamedTuple):
    """A rectangle in logical pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, one: Point, other: Point) -> Box:
        """The smallest box that holds both points."""
        return cls(
            min(one.x, other.x), min(one.y, other.y), max(one.x, other.x), max(one.y, other.y)
        )

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return self.width, self.height

    @property
    def centre(self) -> float:
        """Halfway from left to right."""
        return (self.left + self.right) / 2

    @property
    def middle(self) -> float:
        """Halfway from top to bottom."""
        return (self.top + self.bottom) / 2

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Whether the two come nearer than ``gap``."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )

    def within(self, outer: Box) -> bool:
        """Whether it lies in ``outer``."""
        return (
            outer.left <= self.left
            and outer.top <= self.top
            and self.right <= outer.right
            and self.bottom <= outer.bottom
        )


def free(box: Box, taken: Iterable[Box], gap: float = 2.0) -> bool:
    """Whether ``box`` keeps clear of everything placed before."""
    return not any(box.overlaps(other, gap) for other in taken)


def clamp(value: float, low: float, high: float) -> float:
    """``value`` moved into ``low``..``high`` (``low`` wins if they cross)."""
    return max(low, min(value, high))


def spread(wanted: Sequence[float], step: float, low: float, high: float) -> list[float]:
    """Centres at least ``step`` apart within ``low``..``high``, near to the ``wanted`` ones.

    As near as can be in least squares. They must fit: ``(len - 1) * step <= high - low``.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    # With the steps taken out, 'apart' becomes 'not decreasing': isotonic regression.
    pools: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        mean, count = wanted[index] - rank * step, 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    level = [mean for mean, count in pools for _ in range(count)]
    top = high - (len(order) - 1) * step
    result = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        result[index] = clamp(level[rank], low, top) + rank * step
    return result
