"""Words made fit for a picture: only glyphs that the font has, and a proper minus sign."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

from matplotlib.font_manager import get_font

from bot.render.look import PLAIN

ELLIPSIS = "…"
_LONGEST = 240
"""Characters; more fit nowhere on a picture, and measuring them takes long."""
Measure = Callable[[str], float]

# A hyphen before a digit and not after a letter or digit: −4 %, but 30-90 and 2026-03-14.
_HYPHEN_AS_MINUS = re.compile(r"(?<![\w.,\-−])-(?=[.\d])")


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(PLAIN.file).get_charmap())


@lru_cache(maxsize=1024)
def clean(text: str) -> str:
    """``text`` on one line, with a proper minus sign.

    A symbol that the font lacks (emoji) is left out, a letter that it lacks becomes '?':
    either is better than an empty box.
    """
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    kept = (_glyph(char) for char in _HYPHEN_AS_MINUS.sub("−", flat))
    return " ".join("".join(kept).split())[:_LONGEST]


def _glyph(char: str) -> str:
    kind = unicodedata.category(char)[0]
    if kind != "C" and ord(char) in _glyphs():
        return char
    return "?" if kind in "LN" else ""


_LOOSE_END = " ·,;:–-"


def shorten(text: str, width: float, measure: Measure) -> str:
    """``text``, cut with an ellipsis where it is wider than ``width``."""
    if measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip(_LOOSE_END) + ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip(_LOOSE_END) + ELLIPSIS


def wrap(text: str, width: float, lines: int, measure: Measure) -> list[str]:
    """At most ``lines`` lines; the last one is cut with an ellipsis if the words do not fit."""
    rest, result = text.split(), list[str]()
    while rest and len(result) < lines - 1:
        count = 1
        while count < len(rest) and measure(" ".join(rest[: count + 1])) <= width:
            count += 1
        result.append(shorten(" ".join(rest[:count]), width, measure))
        rest = rest[count:]
    if rest:
        result.append(shorten(" ".join(rest), width, measure))
    return result


_PAUSE = (":", ";", ",", ".", "·", "–", "—")
_BREAK_AT_PAUSE = 0.8
"""A line that ends at a pause in the sentence may be this much the longer one."""


def balance(text: str, width: float, measure: Measure) -> list[str]:
    """Two lines of about the same length, where ``text`` fits on two.

    Rather broken at a pause than in the middle of a thought.
    """
    words = text.split() if measure(text) <= 2 * width else []
    best: tuple[float, list[str]] | None = None
    for cut in range(1, len(words)):
        first, second = " ".join(words[:cut]), " ".join(words[cut:])
        longest = max(measure(first), measure(second))
        if longest <= width:
            cost = longest * (_BREAK_AT_PAUSE if first.endswith(_PAUSE) else 1.0)
            best = min(best or (cost, [first, second]), (cost, [first, second]))
    if best is None:
        return wrap(text, width, 2, measure)
    return [best[1][0].removesuffix(" ·"), best[1][1]]
