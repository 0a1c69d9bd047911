"""How much of the lines a label would cover."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.render.place import Box
from bot.render.sheet import Floats

_CELL = 2.0
_Cells = npt.NDArray[np.int64]


class Cover:
    """The points of the lines of a panel on a grid of small cells, so that asking is cheap."""

    def __init__(self, box: Box) -> None:
        """Begin with nothing in ``box``."""
        self._left, self._top = box.left, box.top
        self._rows, self._columns = int(box.height / _CELL) + 2, int(box.width / _CELL) + 2
        self._counts = np.zeros((self._rows, self._columns))
        self._sums: Floats | None = None

    def add(self, xs: Floats, ys: Floats) -> None:
        """Take in a line; NaN is a gap."""
        known = np.isfinite(ys)
        if not known.any():
            return
        x, y = xs[known], ys[known]
        # As points a cell apart, along the steep pieces too.
        pieces = np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y)))
        run = np.concatenate([[0.0], np.cumsum(pieces)])
        along = np.arange(0.0, run[-1] + _CELL, _CELL)
        columns, rows = self._cells(np.interp(along, run, x), np.interp(along, run, y))
        self._counts[rows, columns] += 1
        self._sums = None

    def under(self, box: Box) -> float:
        """The number of cells with lines under ``box``."""
        if self._sums is None:
            # Sums over everything above and left: any box is then four look-ups.
            self._sums = np.pad(self._counts.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        (left, right), (top, bottom) = self._cells(
            np.array([box.left - _CELL, box.right + _CELL]), np.array([box.top, box.bottom])
        )
        below, above = self._sums[bottom + 1], self._sums[top]
        return float(below[right + 1] - above[right + 1] - below[left] + above[left])

    def _cells(self, xs: Floats, ys: Floats) -> tuple[_Cells, _Cells]:
        columns = ((xs - self._left) / _CELL).astype(np.int64).clip(0, self._columns - 1)
        rows = ((ys - self._top) / _CELL).astype(np.int64).clip(0, self._rows - 1)
        return columns, rows
