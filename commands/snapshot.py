"""What every answer is made from: swapped whole after each refresh, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rotation.inputs import Withheld
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
