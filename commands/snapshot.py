"""What every answer is made from: swapped whole after each refresh, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from rotation.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest timeline and what is to be said of its sources."""

    timeline: Timeline
    source: str
    """Where the data comes from, in words: 'sample data', a folder, 'live'."""
    problems: tuple[str, ...] = ()
    version: str = ""
