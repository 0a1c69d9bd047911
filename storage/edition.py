"""A name for all data of a store: another one whenever what decisions are made from changes."""

from __future__ import annotations

import hashlib
import secrets

from sqlite_utils import Database as Tables

_EDITION = "edition"


def renew(db: Tables) -> None:
    """The data has changed. By chance, not counted: a store that was put back from a copy and
    went another way since must not bear a name that it has borne before.
    """
    db.execute(
        "INSERT OR REPLACE INTO moments (name, at) VALUES (?, ?)",
        [_EDITION, secrets.randbits(62)],
    )


def edition(db: Tables) -> str | None:
    """The name of what is there now; None in a store to which nothing came since names exist."""
    row = db.execute("SELECT at FROM moments WHERE name = ?", [_EDITION]).fetchone()
    if row is None:
        return None
    origins = db.execute("SELECT id, series, source, caveat FROM origins ORDER BY id").fetchall()
    return hashlib.sha256(repr((row, origins)).encode()).hexdigest()
