"""The timeline as a file."""

from __future__ import annotations

from typing import TextIO

from rotation.timeline import Timeline


def write_csv(timeline: Timeline, file: TextIO) -> None:
    """One row a decision; empty cells where nothing is known."""
    timeline.frame().to_csv(file, index=False, lineterminator="\n")


def write_json(timeline: Timeline, file: TextIO) -> None:
    """A list of objects, one a decision; null where nothing is known."""
    timeline.frame().to_json(file, orient="records", date_format="iso", double_precision=12)
