"""The timeline as a file."""

from __future__ import annotations

import json
from typing import Any, TextIO

import pandas as pd

from rotation.timeline import Timeline


def write_csv(timeline: Timeline, file: TextIO) -> None:
    """One row a decision; empty cells where nothing is known."""
    timeline.frame().to_csv(file, index=False, lineterminator="\n")


def write_json(timeline: Timeline, file: TextIO) -> None:
    """A list of objects, one a decision; null where nothing is known."""
    file.write(_as_json(timeline.frame()))


def last_row(timeline: Timeline) -> dict[str, Any]:
    """The newest decision, as it stands in the JSON export."""
    row: dict[str, Any] = json.loads(_as_json(timeline.frame().tail(1)))[0]
    return row


def _as_json(frame: pd.DataFrame) -> str:
    return frame.to_json(orient="records", date_format="iso", double_precision=12)
