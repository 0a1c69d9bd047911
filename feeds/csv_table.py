"""CSV files of dates and numbers: a fast way for clean files, one that names each fault."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from rotation.inputs import FIRST_DAY, LAST_DAY, Days, Floats

Lines = npt.NDArray[np.int64]

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
COMMA, NEWLINE, DASH = b",\n-"
DATE_CURE = "write dates as 2026-06-30"
NUMBER_CURE = "write plain numbers such as 1234.5, or leave the cell blank"
HEADER_LENGTH = 10_000
"""Bytes of a first line that can be a header; no field of a longer one is one."""
SHOWN = 40
"""Characters of a bad cell that a message quotes."""


class TableError(Exception):
    """A file that cannot be used at all. The message names file, line and cure."""


@dataclass(slots=True)
class Faults:
    """What was wrong with a file, one sentence a kind: first line, how often, the cure."""

    file: str
    _first: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    _count: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, line: int, what: str, cure: str, times: int = 1) -> None:
        """Note a fault; of each kind the first is told and the others are counted."""
        self._first.setdefault(kind, (line, what, cure))
        self._count[kind] = self._count.get(kind, 0) + times

    def sentences(self) -> tuple[str, ...]:
        """One sentence a kind, in the order in which the kinds were met."""
        return tuple(
            f"{self.file}, line {line}: {what}{_more(self._count[kind])}. Cure: {cure}."
            for kind, (line, what, cure) in self._first.items()
        )


def _more(count: int) -> str:
    return f" ({count} times in this file)" if count > 1 else ""


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers by date, sorted by date; dates may still occur twice.

    ``columns`` hold float64 as written in the file; NaN is a gap (blank, or no number).
    ``line`` is the line of each row in the file, counted from 1.
    """

    file: str
    header_line: int
    date: Days
    line: Lines
    columns: dict[str, Floats]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A file as bytes: UTF-8 without BOM, lines ended by LF, header taken off."""

    file: str
    header: tuple[str, ...]
    header_line: int
    body: bytes

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row that is not blank; blanks past the header go.

        A line whose quotes do not close comes as one cell, so that its count is wrong.
        """
        lines = self.body.decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines, self.header_line + 1):
            cells = _quoted(line) if '"' in line else line.split(",")
            while len(cells) > len(self.header) and not cells[-1].strip():
                cells.pop()
            if any(cell.strip() for cell in cells):
                yield number, cells


def _quoted(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return [line]


def plain(name: str) -> str:
    """A column name without case, spaces and underscores: 'Adj Close' is 'adj_close'."""
    return re.sub(r"[\s_]", "", name).lower()


def read_text(path: Path) -> Text:
    """The file's header and body. Raises TableError where it is no CSV text."""
    name = path.name
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TableError(
            f"{name}: cannot be read ({error.strerror}). Cure: check the file and its rights."
        ) from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise TableError(
            f"{name}, line 1: no text in UTF-8 (UTF-16 or binary). Cure: save it as CSV UTF-8."
        )
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line, rest = 1, raw
    while rest:
        head, _, rest = rest.partition(b"\n")
        if head.strip(b" \t,;"):
            names = _header(head)
            return Text(name, names, line, rest.rstrip(b"\n") + b"\n" if rest.strip() else b"")
        line += 1
    raise TableError(f"{name}, line 1: the file is empty. Cure: fill it or remove it.")


def _header(head: bytes) -> tuple[str, ...]:
    names = next(csv.reader([head[:HEADER_LENGTH].decode("utf-8", "replace")]), [])
    while names and not names[-1].strip():
        names.pop()
    return tuple(name.strip() for name in names)


def positions(text: Text, needed: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Where the columns are: all ``needed``, one of ``wanted`` or more; else TableError."""
    names = [plain(name) for name in text.header]
    for name in (*needed, *wanted):
        if names.count(plain(name)) > 1:
            raise TableError(
                f"{text.file}, line {text.header_line}: column '{name}' occurs twice. "
                "Cure: remove or rename one of them."
            )
    here = {n: names.index(plain(n)) for n in (*needed, *wanted) if plain(n) in names}
    if all(n in here for n in needed) and (not wanted or any(n in here for n in wanted)):
        return here
    found = ", ".join(name[:SHOWN] for name in text.header[:12])
    either = f" and {' or '.join(dict.fromkeys(wanted))}" if wanted else ""
    hint = ", separated by commas" if len(text.header) == 1 else ""
    raise TableError(
        f"{text.file}, line {text.header_line}: found the columns {found}; "
        f"needed are {', '.join(needed)}{either}. "
        f"Cure: name the columns so in the first line{hint}."
    )


def read_table(path: Path, wanted: Sequence[str], *, today: date, announced: int = 0) -> Table:
    """The columns of ``wanted`` that the file has, by date, sorted; gaps are NaN.

    Rows dated after ``today`` are left out, and that is said, unless the date is at most
    ``announced`` days ahead (a rate that its publisher sets in advance). Raises TableError
    where nothing can be used.
    """
    text = read_text(path)
    where = positions(text, ("date",), wanted)
    if not text.body:
        raise TableError(
            f"{text.file}, line {text.header_line}: a header and no rows. "
            "Cure: fill the file or remove it."
        )
    columns = {name: where[name] for name in wanted if name in where}
    faults = Faults(text.file)
    rows = _clean(text, where["date"], columns)
    dates, line, values = rows or _with_faults(text, where["date"], columns, faults)
    dates, line, values = _sorted(dates, line, values, faults)
    keep = _past(dates, line, today, announced, faults)
    if not keep.any():
        first = " ".join(faults.sentences()) or f"{text.file}: no row is usable. Cure: check it."
        raise TableError(first)
    if not keep.all():
        dates, line = dates[keep], line[keep]
        values = {name: value[keep] for name, value in values.items()}
    return Table(text.file, text.header_line, dates, line, values, faults.sentences())


Rows = tuple[Days, Lines, dict[str, Floats]]


def _clean(text: Text, date_at: int, columns: dict[str, int]) -> Rows | None:
    """All rows at once, or None where any of them needs a closer look."""
    if date_at or b'"' in text.body:
        return None
    buffer = np.frombuffer(text.body, np.uint8)
    ends = _field_ends(buffer, len(text.header))
    dates = None if ends is None else _dates(buffer, ends)
    values = None if dates is None else _values(text.body, columns)
    if dates is None or values is None or any(len(dates) != len(v) for v in values.values()):
        return None
    return dates, np.arange(len(dates)) + text.header_line + 1, values


def _field_ends(buffer: npt.NDArray[np.uint8], fields: int) -> npt.NDArray[np.intp] | None:
    """Where each field ends, a row a line; None unless every line has as many fields."""
    ends = np.flatnonzero((buffer == COMMA) | (buffer == NEWLINE))
    if ends.size % fields:
        return None
    grid = ends.reshape(-1, fields)
    kinds = buffer[grid]
    right = (kinds[:, :-1] == COMMA).all() and (kinds[:, -1] == NEWLINE).all()
    return grid if right else None


def _dates(buffer: npt.NDArray[np.uint8], ends: npt.NDArray[np.intp]) -> Days | None:
    starts = np.concatenate(([0], ends[:-1, -1] + 1))
    if (ends[:, 0] - starts != len("2026-06-30")).any():
        return None
    cells = buffer[starts[:, None] + np.arange(10)]
    if (cells[:, [4, 7]] != DASH).any():
        return None
    try:
        dates = np.ascontiguousarray(cells).view("S10").ravel().astype("datetime64[D]")
    except ValueError:
        return None
    return dates if dates.min() >= FIRST_DAY and dates.max() < LAST_DAY else None


def _values(body: bytes, columns: dict[str, int]) -> dict[str, Floats] | None:
    try:
        frame = pd.read_csv(
            io.BytesIO(body),
            header=None,
            usecols=sorted(columns.values()),
            dtype=np.float64,
            keep_default_na=False,
            na_values=[""],
        )
    except ValueError:
        return None
    values = {name: frame[i].to_numpy() for name, i in columns.items()}
    return None if any(np.isinf(value).any() for value in values.values()) else values


def _with_faults(text: Text, date_at: int, columns: dict[str, int], faults: Faults) -> Rows:
    """Row by row: what cannot be read is left out or a gap, and said."""
    days: list[np.datetime64] = []
    lines: list[int] = []
    values: dict[str, list[float]] = {name: [] for name in columns}
    fields = len(text.header)
    for line, cells in text.rows():
        if len(cells) != fields:
            what = f"{len(cells)} fields where the header has {fields}, so the row is left out"
            faults.add("fields", line, what, "complete the row; write decimals with a point")
            continue
        day = _day(cells[date_at].strip(), line, faults)
        if day is None:
            continue
        days.append(day)
        lines.append(line)
        for name, i in columns.items():
            values[name].append(_number(cells[i].strip(), line, faults))
    return (
        np.array(days, "datetime64[D]"),
        np.array(lines, np.int64),
        {name: np.array(value, np.float64) for name, value in values.items()},
    )


def _day(cell: str, line: int, faults: Faults) -> np.datetime64 | None:
    try:
        day = np.datetime64(cell, "D") if ISO_DATE.fullmatch(cell) else None
    except ValueError:
        day = None
    if day is None:
        what = f"'{cell[:SHOWN]}' is no date, so the row is left out"
        faults.add("date", line, what, _cure(cell, DATE_CURE))
    elif not FIRST_DAY <= day < LAST_DAY:
        what = f"{cell} lies outside {FIRST_DAY} to {LAST_DAY}, so the row is left out"
        faults.add("span", line, what, "correct the year")
        return None
    return day


def _cure(cell: str, cure: str) -> str:
    return "save the file as CSV UTF-8" if "\ufffd" in cell else cure


def _number(cell: str, line: int, faults: Faults) -> float:
    if not cell:
        return float("nan")
    number = float(cell) if NUMBER.fullmatch(cell) else float("nan")
    if not np.isfinite(number):
        what = f"'{cell[:SHOWN]}' is no number, so the cell counts as a gap"
        faults.add("number", line, what, _cure(cell, NUMBER_CURE))
        return float("nan")
    return number


def _sorted(dates: Days, line: Lines, values: dict[str, Floats], faults: Faults) -> Rows:
    back = np.flatnonzero(dates[1:] < dates[:-1])
    if not back.size:
        return dates, line, values
    i = int(back[0])
    what = f"{dates[i + 1]} comes after {dates[i]}, so the rows were sorted by date"
    faults.add("order", int(line[i + 1]), what, "sort the file by date", back.size)
    order = np.argsort(dates, kind="stable")
    return dates[order], line[order], {name: value[order] for name, value in values.items()}


def _past(
    dates: Days, line: Lines, today: date, announced: int, faults: Faults
) -> npt.NDArray[np.bool_]:
    last = np.datetime64(today, "D")
    loud = np.flatnonzero(dates > last + announced)
    if loud.size:
        what = f"{dates[loud[0]]} lies after today ({last}), so the row is left out"
        faults.add("future", int(line[loud[0]]), what, "correct the date or the clock", loud.size)
    return dates <= last
