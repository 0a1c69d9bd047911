"""An answer as facts and words: no markup, no pixels. Each platform renders it its own way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a thing stands, for colour; a word or a shape says the same beside it."""

    GOOD = "good"
    WARM = "warm"
    CALM = "calm"
    BAD = "bad"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Button:
    """A label and the command line that a tap sends."""

    label: str
    command: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of short cells; a platform without tables shows one row a line."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One lane of a ladder. ``value`` in 0–100, None where it is not known."""

    label: str
    detail: str
    value: float | None
    lit: bool | None
    change: float | None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Horizontal lanes from 0 to 100, first row on top, with the lines where a lane is lit
    and unlit.
    """

    bars: tuple[Bar, ...]
    lit_from: float
    unlit_below: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line over days; None is a gap and is drawn as one. The first line of a panel leads."""

    label: str
    values: tuple[float | None, ...]
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A shaded stretch of days with a word on top; ``end`` included."""

    start: dt.date
    end: dt.date
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked point: ▲ (good), ▼ (bad) or ● on a line at a day."""

    date: dt.date
    value: float
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing area. ``unit`` chooses the number format: '%', 'points', 'USD', 'ratio', '×'."""

    lines: tuple[Line, ...]
    unit: str
    level: float | None = None
    level_label: str = ""
    marks: tuple[Mark, ...] = ()
    title: str = ""
    share: float = 1.0
    """Height against the other panels of the chart."""
    columns: bool = False
    """Draw the first line as columns (volume) instead of a line."""
    thresholds: tuple[float, ...] = ()
    """Further horizontal lines, such as 25 and 75 of the altcoin season index."""


@dataclass(frozen=True, slots=True)
class LineChart:
    """Panels above each other on one axis of days."""

    days: tuple[dt.date, ...]
    panels: tuple[Panel, ...]
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture to be drawn. The title states the finding."""

    title: str
    subtitle: str
    source: str
    """Footer: sources and as-of date."""
    body: BarChart | LineChart
    sample: bool
    alt: str
    """What a person who cannot see the picture should know."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``headline`` answers, ``reason`` says why, then at most six ``lines``."""

    headline: str
    reason: str = ""
    lines: tuple[str, ...] = ()
    table: Table | None = None
    footer: str = ""
    """The freshness line; always there where numbers are."""
    buttons: tuple[Button, ...] = ()
    chart: Chart | None = None
    tone: Tone = Tone.MUTED
    sample: bool = False
    private: bool = False
    """For the asker alone where the platform can (errors, settings)."""
    failed: bool = False
    """The request could not be answered as asked."""
