"""Placebo: what as many dates, drawn by chance, would have shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rotation.inputs import Flags, Floats

Rows = npt.NDArray[np.int64]

DRAWS = 10_000
SEED = 20261121


@dataclass(frozen=True, slots=True)
class Placebo:
    """One-sided p of the median and of the hits: the share of draws at least as good."""

    p_median: float
    p_hits: float
    draws: int


def sets_of_days(usable: Flags, count: int, gap: int, seed: int = SEED, draws: int = DRAWS) -> Rows:
    """``draws`` rows with ``count`` usable days each, ascending and at least ``gap`` apart;
    no rows where no such set exists.

    Uniform over all such sets, which is what drawing days without replacement gives when a draw
    with a gap that is too short is rejected whole; but nothing has to be rejected, which for many
    events would never end. ``ways[k][i]`` counts the sets of k days from row i on (a sum over
    where the first of them lies); each day is then drawn with the odds that these counts give it.
    """
    ways = [np.ones(len(usable) + gap + 1)]
    for _ in range(count):
        rest = np.zeros(len(usable) + gap + 1)
        rest[: len(usable)] = np.where(usable, ways[-1][gap : gap + len(usable)], 0.0)
        total = np.cumsum(rest[::-1])[::-1]
        ways.append(total / max(total[0], 1.0))  # one scale for all rows: the odds stay
    if ways[-1][0] <= 0:
        return np.empty((0, count), dtype=np.int64)
    rng = np.random.default_rng([seed, count, gap])
    found = np.empty((draws, count), dtype=np.int64)
    begin = np.zeros(draws, dtype=np.int64)
    for place in range(count):
        left = ways[count - place]
        sought = left[begin] * (1.0 - rng.random(draws))  # in (0, left]
        # The last row from which on at least so many sets remain holds the next day.
        found[:, place] = len(left) - 1 - np.searchsorted(left[::-1], sought, side="left")
        begin = found[:, place] + gap
    return found


def chance(gained: Floats, count: int, gap: int, seed: int = SEED) -> tuple[Floats, Floats]:
    """Median and hits of each draw, both ascending; ``gained`` by day, NaN without outcome."""
    drawn = gained[sets_of_days(~np.isnan(gained), count, gap, seed)]
    drawn.sort(axis=1)
    half = count // 2
    middle = drawn[:, half] if count % 2 else (drawn[:, half - 1] + drawn[:, half]) / 2
    return np.sort(middle), np.sort((drawn > 0).sum(axis=1).astype(float))


def placebo(median: float, hits: int, drawn: tuple[Floats, Floats]) -> Placebo:
    """P of an observed median and number of hits: (1 + #at least as good) ÷ (1 + #draws)."""
    medians, counts = drawn
    n = len(medians)
    better = n - np.searchsorted(medians, median, side="left")
    more = n - np.searchsorted(counts, hits, side="left")
    return Placebo(float(1 + better) / (1 + n), float(1 + more) / (1 + n), n)
