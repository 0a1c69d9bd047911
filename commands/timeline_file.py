"""The timeline as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from rotation.timeline import Timeline


def write_csv(timeline: Timeline, file: TextIO) -> None:
    """One row a decision; empty cells where nothing is known."""
    frame = timeline.frame()
    file.write(",".join(frame.columns) + "\n")
    rows = zip(*(_cells(frame[name]) for name in frame.columns), strict=True)
    file.writelines(",".join(row) + "\n" for row in rows)


def _cells(column: pd.Series[Any]) -> npt.NDArray[np.object_]:
    """A column as text. Each distinct value is written once: most repeat over weekends or
    weeks, which makes this three times as fast as to_csv. No value holds a comma.
    """
    codes, distinct = pd.factorize(column)
    is_day = isinstance(column.dtype, np.dtype) and column.dtype.kind == "M"
    texts = (
        pd.DatetimeIndex(distinct).strftime("%Y-%m-%d") if is_day else map(str, distinct.tolist())
    )
    return np.array([*texts, ""], dtype=object)[codes]


def write_json(timeline: Timeline, file: TextIO) -> None:
    """A list of objects, one a decision; null where nothing is known."""
    file.write(_as_json(timeline.frame()))


def last_row(timeline: Timeline) -> dict[str, Any]:
    """The newest decision, as it stands in the JSON export."""
    row: dict[str, Any] = json.loads(_as_json(timeline.frame().tail(1)))[0]
    return row


def _as_json(frame: pd.DataFrame) -> str:
    return frame.to_json(orient="records", date_format="iso", double_precision=12)


WRITERS: dict[str, Callable[[Timeline, TextIO], None]] = {"csv": write_csv, "json": write_json}
