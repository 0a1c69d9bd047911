"""An answer as facts and words: no markup, no pixels. Each platform renders it its own way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
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
class Menu:
    """Something to choose from: a select menu (at most 25 choices), or rows of buttons."""

    placeholder: str
    choices: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value that a form asks for. ``long`` values may have several lines."""

    name: str
    label: str
    example: str
    required: bool = True
    long: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A button that asks for the values of a command line, at most five. They are put behind
    ``command`` in order, so only the last one can be left out or hold several words.
    """

    label: str
    title: str
    command: str
    fields: tuple[Field, ...]

    @property
    def example(self) -> str:
        """A whole line that works."""
        return self.line(*(field.example for field in self.fields))

    def line(self, *values: str) -> str:
        """The command line for these values."""
        return " ".join([self.command, *(word for value in values for word in value.split())])


@dataclass(frozen=True, slots=True)
class Document:
    """A file that comes with an answer. ``name`` has an extension."""

    name: str
    data: bytes
    caption: str = ""


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
    log: bool = False
    """Equal steps are equal factors. All values are above zero."""


@dataclass(frozen=True, slots=True)
class LineChart:
    """Panels above each other on one axis of days."""

    days: tuple[dt.date, ...]
    panels: tuple[Panel, ...]
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Shade:
    """Between which values the middle ``share`` % of what chance gives lies, one a position."""

    share: int
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class FanPath:
    """One path of a fan. A path in a tone, with a word at its end."""

    label: str
    values: tuple[float | None, ...]
    tone: Tone


@dataclass(frozen=True, slots=True)
class FanChart:
    """Paths by day around events, in %, with their median, against what chance gives. The event
    is at offset 0, ``event`` says what it is.
    """

    offsets: tuple[int, ...]
    paths: tuple[FanPath, ...]
    median: tuple[float | None, ...]
    median_label: str
    shades: tuple[Shade, ...]
    event: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval at a place of the axis; ``clear`` ones stand out."""

    at: float
    value: float
    low: float
    high: float
    clear: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Estimates along an axis from ``first`` to ``last``, against zero or, with ``diagonal``,
    against the line on which value and place are the same. ``left`` and ``right`` say what the
    two sides of the axis mean.
    """

    estimates: tuple[Estimate, ...]
    first: float
    last: float
    ticks: tuple[tuple[float, str], ...]
    unit: str
    left: str = ""
    right: str = ""
    diagonal: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of a ribbon: the stretches of days on which it held, both ends included."""

    label: str
    detail: str
    stretches: tuple[tuple[dt.date, dt.date], ...]
    tone: Tone
    leads: bool = False


@dataclass(frozen=True, slots=True)
class RibbonChart:
    """A gauge of 0–100 over days, and below it which state held when, a lane a state."""

    days: tuple[dt.date, ...]
    values: tuple[float | None, ...]
    label: str
    thresholds: tuple[float, ...]
    lanes: tuple[Lane, ...]


Body = BarChart | LineChart | FanChart | Profile | RibbonChart


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture to be drawn. The title states the finding."""

    title: str
    subtitle: str
    source: str
    """Footer: sources and as-of date."""
    body: Body
    sample: bool
    alt: str
    """What a person who cannot see the picture should know."""
    theme: str = ""
    """'dark' or 'light'; '' for what the operator has set."""


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
    menus: tuple[Menu, ...] = ()
    forms: tuple[Form, ...] = ()
    document: Document | None = None
    chart: Chart | None = None
    tone: Tone = Tone.MUTED
    sample: bool = False
    private: bool = False
    """For the asker alone where the platform can (errors, settings)."""
    failed: bool = False
    """The request could not be answered as asked."""
    language: str = field(default="", compare=False)
    """The one it is in, where that is known; what a platform adds follows it."""

    def themed(self, theme: str) -> Reply:
        """The same with its picture in a theme; '' leaves it as it is."""
        if self.chart is None or not theme:
            return self
        return replace(self, chart=replace(self.chart, theme=theme))
