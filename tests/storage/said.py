"""Words of a source, short to write; and the same question put to a store as to memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np

from rotation.inputs import Observations
from storage.database import Database
from storage.observations import AppendResult, append, load

START = dt.datetime(2024, 1, 1)
Row = tuple[float, float, float, float]
"""Date, value, released and fetched: days after START, with fractions for the hour."""


def at(days: float) -> dt.datetime:
    return START + dt.timedelta(days=days)


def said(rows: Iterable[Row], series: str = "RUT", source: str = "yahoo", caveat: str = ""):
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Observations(
        series,
        np.array([at(x).date() for x in columns[0]], "datetime64[D]"),
        np.array(columns[1], np.float64),
        np.array([at(x) for x in columns[2]], "datetime64[us]"),
        np.array([at(x) for x in columns[3]], "datetime64[us]"),
        source,
        caveat,
    )


def tell(database: Database, now: float, *items: Observations) -> AppendResult:
    return database.write(lambda db: append(db, items, at(now))).result()


def told(database: Database) -> tuple[Observations, ...]:
    with database.reading() as db:
        return load(db)


def rows_of(item: Observations) -> list[tuple[dt.date, float, dt.datetime, dt.datetime]]:
    columns = (item.date, item.value, item.released_at, item.fetched_at)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def readings(database: Database, series: str = "RUT", source: str = "yahoo"):
    """Everything stored of one origin, as (date, value, released, fetched) in days after START."""

    def since(moment: dt.datetime) -> float:
        return round((moment - START) / dt.timedelta(days=1), 6)

    found = [x for x in told(database) if (x.series, x.source) == (series, source)]
    return [
        ((day - START.date()).days, value, since(released), since(fetched))
        for item in found
        for day, value, released, fetched in rows_of(item)
    ]


def only(item: Observations, keep: np.ndarray) -> Observations:
    return Observations(
        item.series,
        item.date[keep],
        item.value[keep],
        item.released_at[keep],
        item.fetched_at[keep],
        item.source,
        item.caveat,
    )


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with Database(path, read_only=True) as database, database.reading() as db:
        names = [x for x in db.table_names() if not x.startswith("sqlite_")]
        return {
            name: sorted((tuple(row.values()) for row in db.table(name).rows), key=repr)
            for name in names
        }


def same_observations(left: Iterable[Observations], right: Iterable[Observations]) -> bool:
    def flat(items: Iterable[Observations]) -> dict[tuple[str, str], list[object]]:
        key = sorted(items, key=lambda item: (item.series, item.source))
        return {
            names: sorted(row for item in group for row in rows_of(item))
            for names, group in groupby(key, lambda item: (item.series, item.source))
        }

    return flat(left) == flat(right)
