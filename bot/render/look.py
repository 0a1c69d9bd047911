"""The look of a picture: themes, colours and fonts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matplotlib.font_manager import FontProperties

from commands.reply import Tone

WIDTH, HEIGHT = 720, 540
"""Logical pixels. A phone shows a picture about 360 px wide: half of this."""
SCALE = 2
SMALLEST = 18.0
"""No text below this, so that nothing falls below 9 px on a phone."""
MARGIN = 28.0


class Theme(StrEnum):
    """Dark for chats with a dark background, light for print and light chats."""

    DARK = "dark"
    LIGHT = "light"


class Weight(StrEnum):
    """The four cuts that are shipped; matplotlib takes no weights from a variable font."""

    REGULAR = "Regular"
    MEDIUM = "Medium"
    SEMIBOLD = "SemiBold"
    BOLD = "Bold"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a theme. The same field has the same meaning in both."""

    page: str
    lane: str
    grid: str
    text: str
    muted: str
    leader: str
    others: tuple[str, ...]
    """Lines that do not lead, in this order; told apart by colour-blind people too."""
    column: str
    good: str
    warm: str
    calm: str
    bad: str
    lit: tuple[str, str]
    """Gradient of a lit bar, left to right."""
    unlit: tuple[str, str]
    line_glow: float
    bar_glow: float
    """Opacity of the glow around what leads; light pages take less."""

    def tone(self, tone: Tone) -> str:
        """The colour of a tone."""
        return {
            Tone.GOOD: self.good,
            Tone.WARM: self.warm,
            Tone.CALM: self.calm,
            Tone.BAD: self.bad,
            Tone.MUTED: self.muted,
        }[tone]


# Orange, blue, bluish green and purple stay apart under the three colour blindnesses
# (after Okabe and Ito); the tones good and bad differ in blue and in shape, not in red and
# green alone. Every text colour has a contrast of at least 4.5 to its page.
PALETTES = {
    Theme.DARK: Palette(
        page="#0c1320",
        lane="#161f30",
        grid="#212b3d",
        text="#f3f6fb",
        muted="#93a0b5",
        leader="#ffb13d",
        others=("#5eb0ff", "#3fd0b4", "#e07cc8", "#c9d2e0", "#fff0a8"),
        column="#3d5578",
        good="#38dcb4",
        warm="#ffb13d",
        calm="#6cb6ff",
        bad="#ff6f5c",
        lit=("#117f64", "#38dcb4"),
        unlit=("#2b3a54", "#566b8f"),
        line_glow=0.05,
        bar_glow=0.26,
    ),
    Theme.LIGHT: Palette(
        page="#ffffff",
        lane="#f0f3f8",
        grid="#e4e8ef",
        text="#0f1828",
        muted="#5a6678",
        leader="#b85c00",
        others=("#1c64c8", "#087a68", "#8f2170", "#6a7689", "#7a6200"),
        column="#a9bbd6",
        good="#087a58",
        warm="#a85a00",
        calm="#1c64c8",
        bad="#c4341c",
        lit=("#4cc9a0", "#0b8a66"),
        unlit=("#c9d2e0", "#94a3ba"),
        line_glow=0.028,
        bar_glow=0.14,
    ),
}

_FONTS = Path(__file__).parent / "fonts"


class Face(NamedTuple):
    """A cut of Inter in a size (logical pixels)."""

    size: float
    weight: Weight = Weight.REGULAR

    @property
    def file(self) -> str:
        """The font file."""
        return str(_FONTS / f"Inter-{self.weight}.ttf")

    @property
    def ascent(self) -> float:
        """How far letters reach above the baseline."""
        return 0.76 * self.size

    @property
    def descent(self) -> float:
        """How far letters reach below the baseline."""
        return 0.24 * self.size

    @property
    def drop(self) -> float:
        """A baseline that much below a middle looks centred: half of a capital's height."""
        return 0.36 * self.size


PLAIN = Face(SMALLEST)
MEDIUM = Face(SMALLEST, Weight.MEDIUM)
STRONG = Face(SMALLEST, Weight.SEMIBOLD)


@cache
def font(face: Face) -> FontProperties:
    """The face for matplotlib, by file: never through its font search."""
    return FontProperties(fname=face.file, size=face.size)
