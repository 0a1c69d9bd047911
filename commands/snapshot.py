"""What every answer is made from: swapped whole after each refresh, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rotation.evidence import Evidence
from rotation.hindsight import Hindsight
from rotation.inputs import Quote, Withheld
from rotation.record import FrozenCall
from rotation.timeline import Timeline

if TYPE_CHECKING:
    from storage.sources import SourceHealth


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest timeline and what is to be said of its sources."""

    timeline: Timeline
    source: str
    """Where the data comes from, in words: 'sample data', a folder, 'live'."""
    problems: tuple[str, ...] = ()
    version: str = ""
    sources: tuple[SourceHealth, ...] = ()
    """How each live source is doing; empty for a folder or the sample."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a reader calls each source."""
    made_at: dt.datetime | None = None
    """When it was made, naive UTC; None for a folder or the sample."""
    doubted: tuple[Withheld, ...] = ()
    """Values that a feed or the reading of a file did not believe."""
    series: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The series that each live source has."""
    running_since: dt.datetime | None = None
    """When the bot that serves it was started, naive UTC; None where nothing is served."""
    filling: tuple[int, int] | None = None
    """While the history is being filled in for the first time: steps done, and all steps."""
    hindsight: Hindsight = field(default_factory=Hindsight)
    """What today's revised values would have made of past decisions."""
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    """The latest prices by asset (``Quote.asset``), none older than an hour: the 250 largest
    coins, and in session the indices and funds. For showing as live, not for decisions.
    """
    evidence: Evidence | None = None
    """Of the newest decision, computed after a refresh; None: on first need."""
    calls: tuple[FrozenCall, ...] = ()
    """The calls that were frozen live, oldest first."""

    def known(self) -> Evidence:
        """The evidence of the newest decision."""
        return self.evidence or Evidence.of(self.timeline)
