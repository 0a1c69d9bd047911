"""How each source and each of its tasks is doing, and how far the first backfill got.

All instants are naive UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database as Tables

from storage.moments import micros, micros_or_none, moment_or_none

ERROR_LENGTH = 300


@dataclass(frozen=True, slots=True)
class TaskHealth:
    """One task: ``failures`` in a row and the ``error`` of the last one in plain words, '' after
    a success. ``due_at``: when to ask again. ``complete`` once it has brought its history, which
    a first success does.
    """

    task: str
    source: str
    attempted_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    error: str
    due_at: datetime | None
    complete: bool


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source: the same over all its tasks. ``verified``: a real answer of it has been seen.
    ``open_until``: its circuit breaker is open and nothing is asked until then.
    """

    source: str
    verified: bool
    attempted_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    error: str
    open_until: datetime | None
    tasks: tuple[TaskHealth, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the tasks have filled in their history."""

    complete: int
    total: int


def enrol(db: Tables, source: str, tasks: Iterable[str], *, verified: bool = False) -> None:
    """Make a source and its tasks known; what is known of them already stays. ``verified`` is
    never taken back.
    """
    db.execute(
        """INSERT INTO sources (source, verified) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET verified = max(verified, excluded.verified)""",
        [source, verified],
    )
    db.conn.executemany(
        """INSERT INTO tasks (task, source) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET source = excluded.source""",
        [(task, source) for task in tasks],
    )


def succeeded(db: Tables, task: str, at: datetime, *, due: datetime | None = None) -> None:
    """The task brought all that there is, or found that there is nothing new. Closes the breaker
    of its source and verifies it. LookupError if the task was never enrolled.
    """
    source = _source(db, task)
    facts = {"at": micros(at), "due": micros_or_none(due), "task": task, "source": source}
    db.execute(
        """UPDATE tasks SET attempted_at = :at, succeeded_at = :at, failures = 0, error = '',
        due_at = :due, complete = 1 WHERE task = :task""",
        facts,
    )
    db.execute(
        """UPDATE sources SET attempted_at = :at, succeeded_at = :at, failures = 0, error = '',
        verified = 1, open_until = NULL WHERE source = :source""",
        facts,
    )


def failed(
    db: Tables,
    task: str,
    at: datetime,
    error: str,
    *,
    due: datetime | None = None,
    open_until: datetime | None = None,
) -> None:
    """The task failed, ``error`` says why in plain words (the first 300 characters are kept).
    ``open_until`` opens the breaker of its source, None closes it. LookupError if the task was
    never enrolled.
    """
    source = _source(db, task)
    facts = {
        "at": micros(at),
        "error": error[:ERROR_LENGTH],
        "due": micros_or_none(due),
        "open_until": micros_or_none(open_until),
        "task": task,
        "source": source,
    }
    db.execute(
        """UPDATE tasks SET attempted_at = :at, failures = failures + 1, error = :error,
        due_at = :due WHERE task = :task""",
        facts,
    )
    db.execute(
        """UPDATE sources SET attempted_at = :at, failures = failures + 1, error = :error,
        open_until = :open_until WHERE source = :source""",
        facts,
    )


def health(db: Tables) -> tuple[SourceHealth, ...]:
    """Every source that was ever enrolled with its tasks, by name."""
    found: dict[str, list[TaskHealth]] = {}
    for row in db.execute(
        """SELECT task, source, attempted_at, succeeded_at, failures, error, due_at, complete
        FROM tasks ORDER BY task"""
    ):
        found.setdefault(row[1], []).append(_task(*row))
    rows = db.execute(
        """SELECT source, verified, attempted_at, succeeded_at, failures, error, open_until
        FROM sources ORDER BY source"""
    )
    return tuple(
        SourceHealth(
            source,
            bool(verified),
            moment_or_none(attempted),
            moment_or_none(well),
            failures,
            error,
            moment_or_none(until),
            tuple(found.get(source, ())),
        )
        for source, verified, attempted, well, failures, error, until in rows
    )


def progress(db: Tables) -> Progress:
    """How far the first backfill is, over all enrolled tasks."""
    row = db.execute("SELECT ifnull(sum(complete), 0), count(*) FROM tasks").fetchone()
    return Progress(*row)


def _task(
    task: str,
    source: str,
    attempted: int | None,
    well: int | None,
    failures: int,
    error: str,
    due: int | None,
    complete: int,
) -> TaskHealth:
    return TaskHealth(
        task,
        source,
        moment_or_none(attempted),
        moment_or_none(well),
        failures,
        error,
        moment_or_none(due),
        bool(complete),
    )


def _source(db: Tables, task: str) -> str:
    row = db.execute("SELECT source FROM tasks WHERE task = ?", [task]).fetchone()
    if row is None:
        raise LookupError(f"no task {task} was enrolled")
    return str(row[0])
