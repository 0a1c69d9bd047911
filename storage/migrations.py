"""The schema, step by step. A step that has been released is never changed: add one.

Dates are whole days and instants microseconds since 1970 UTC, as integers (``moments.py``).
"""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database as Tables
from sqlite_utils.migrations import Migrations

from storage.errors import StoreError

APPLICATION_ID = 0x5350_4C56
"""'SPLV' in the file's header: the file is a store of this program."""

migrations = Migrations("spillover")


@migrations()
def observations(db: Tables) -> None:
    """Series by source, and everything that each ever said, in the order in which it was said:
    ``nth`` counts the readings of one date from 0.
    """
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(
        """CREATE TABLE origins (
            id INTEGER PRIMARY KEY,
            series TEXT NOT NULL,
            source TEXT NOT NULL,
            caveat TEXT NOT NULL,
            UNIQUE (series, source)
        ) STRICT"""
    )
    db.execute(
        """CREATE TABLE observations (
            origin INTEGER NOT NULL REFERENCES origins (id),
            date INTEGER NOT NULL,
            nth INTEGER NOT NULL,
            value REAL NOT NULL,
            released_at INTEGER NOT NULL,
            fetched_at INTEGER NOT NULL,
            PRIMARY KEY (origin, date, nth)
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TRIGGER observations_stay BEFORE UPDATE ON observations
        BEGIN SELECT RAISE(ABORT, 'an observation is never overwritten'); END"""
    )
    db.execute("CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT")


@migrations()
def listings(db: Tables) -> None:
    """The largest coins by date; ``coins`` is a JSON array of series ids, largest first."""
    db.execute(
        """CREATE TABLE listings (
            date INTEGER PRIMARY KEY,
            known_at INTEGER NOT NULL,
            coins TEXT NOT NULL
        ) STRICT"""
    )


@migrations()
def sources(db: Tables) -> None:
    """Health of each source and of each of its tasks, and how far the first backfill got."""
    health = """attempted_at INTEGER,
            succeeded_at INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            error TEXT NOT NULL DEFAULT ''"""
    db.execute(
        f"""CREATE TABLE sources (
            source TEXT PRIMARY KEY,
            {health},
            verified INTEGER NOT NULL DEFAULT 0,
            open_until INTEGER
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        f"""CREATE TABLE tasks (
            task TEXT PRIMARY KEY,
            source TEXT NOT NULL REFERENCES sources (source),
            {health},
            due_at INTEGER,
            cursor INTEGER,
            complete INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX tasks_of_source ON tasks (source)")


@migrations()
def withheld(db: Tables) -> None:
    """Values that were not believed; one row a series and date, NULL for 'not a number'."""
    db.execute(
        """CREATE TABLE withheld (
            series TEXT NOT NULL,
            date INTEGER NOT NULL,
            value REAL,
            reason TEXT NOT NULL,
            noted_at INTEGER NOT NULL,
            PRIMARY KEY (series, date)
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX withheld_by_time ON withheld (noted_at)")


@migrations()
def chats(db: Tables) -> None:
    """What each chat wants. All that belongs to a chat moves and goes with its row. Minutes are
    of the local day, ``days`` a bit mask from Monday, ``due_at`` NULL while nothing is due.
    """
    db.execute(
        """CREATE TABLE chats (
            chat TEXT PRIMARY KEY,
            thread TEXT,
            timezone TEXT NOT NULL DEFAULT 'UTC',
            language TEXT NOT NULL DEFAULT '',
            quiet_from INTEGER,
            quiet_to INTEGER,
            events TEXT NOT NULL DEFAULT 'off',
            muted TEXT NOT NULL DEFAULT '',
            who TEXT NOT NULL DEFAULT 'admins',
            sensitivity TEXT NOT NULL DEFAULT 'standard',
            theme TEXT NOT NULL DEFAULT '',
            paused TEXT NOT NULL DEFAULT '',
            last_digest INTEGER,
            made_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX chats_with_events ON chats (chat) WHERE events <> 'off'")


@migrations()
def subscriptions(db: Tables) -> None:
    """Digests and watch lists."""
    mine = "chat TEXT NOT NULL REFERENCES chats (chat) ON UPDATE CASCADE ON DELETE CASCADE"
    db.execute(
        f"""CREATE TABLE digests (
            {mine} PRIMARY KEY,
            minute INTEGER NOT NULL,
            days INTEGER NOT NULL,
            wanted INTEGER NOT NULL,
            due_at INTEGER
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX digests_due ON digests (due_at) WHERE due_at IS NOT NULL")
    db.execute(
        f"""CREATE TABLE watches (
            {mine},
            asset TEXT NOT NULL,
            added_at INTEGER NOT NULL,
            PRIMARY KEY (chat, asset)
        ) STRICT, WITHOUT ROWID"""
    )


@migrations()
def alerts(db: Tables) -> None:
    """Thresholds, and where each of them stands."""
    db.execute(
        """CREATE TABLE alerts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chat TEXT NOT NULL REFERENCES chats (chat) ON UPDATE CASCADE ON DELETE CASCADE,
            metric TEXT NOT NULL,
            above INTEGER NOT NULL,
            level REAL NOT NULL,
            margin REAL NOT NULL,
            persistence INTEGER NOT NULL,
            cooldown INTEGER NOT NULL,
            once INTEGER NOT NULL,
            silent INTEGER NOT NULL,
            expires_at INTEGER,
            made_at INTEGER NOT NULL,
            paused TEXT NOT NULL DEFAULT '',
            armed INTEGER NOT NULL,
            streak INTEGER NOT NULL DEFAULT 0,
            seen INTEGER,
            fired_at INTEGER
        ) STRICT"""
    )
    db.execute("CREATE INDEX alerts_of_chat ON alerts (chat)")


@migrations()
def deliveries(db: Tables) -> None:
    """The outbox: one row a message, under a key that can be claimed once. ``done_at`` NULL: it
    is still to be sent; ``claimed_at``: this process has it in hand.
    """
    db.execute(
        """CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            chat TEXT NOT NULL REFERENCES chats (chat) ON UPDATE CASCADE ON DELETE CASCADE,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            period TEXT NOT NULL,
            priority INTEGER NOT NULL,
            silent INTEGER NOT NULL,
            body TEXT NOT NULL,
            made_at INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            claimed_at INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL DEFAULT 'waiting',
            detail TEXT NOT NULL DEFAULT '',
            done_at INTEGER,
            UNIQUE (chat, kind, period)
        ) STRICT"""
    )
    db.execute(
        """CREATE INDEX deliveries_waiting ON deliveries (platform, priority, id)
        WHERE done_at IS NULL AND claimed_at IS NULL"""
    )
    db.execute("CREATE INDEX deliveries_done ON deliveries (done_at) WHERE done_at IS NOT NULL")


@migrations()
def evidence(db: Tables) -> None:
    """Calls, frozen when they were issued, and the notes of a chat's admins."""
    db.execute(
        """CREATE TABLE calls (
            short TEXT PRIMARY KEY,
            nth INTEGER NOT NULL UNIQUE,
            day INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID"""
    )
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"""CREATE TRIGGER calls_stay_{verb.lower()} BEFORE {verb} ON calls
            BEGIN SELECT RAISE(ABORT, 'a call is frozen'); END"""
        )
    db.execute(
        """CREATE TABLE notes (
            chat TEXT NOT NULL REFERENCES chats (chat) ON UPDATE CASCADE ON DELETE CASCADE,
            item TEXT NOT NULL,
            answer TEXT NOT NULL,
            evidence TEXT NOT NULL,
            author TEXT NOT NULL,
            date INTEGER NOT NULL,
            PRIMARY KEY (chat, item)
        ) STRICT, WITHOUT ROWID"""
    )


def refuse_stranger(db: Tables, path: Path) -> None:
    """StoreError if the file belongs to another program or to a newer version of this one."""
    if _blank(db):
        return
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(
            f"The store {path}: an SQLite database, but of another program. Name another file."
        )
    known = {step.name for step in migrations.pending(Tables(memory=True))}
    unknown = [step.name for step in migrations.applied(db) if step.name not in known]
    if unknown:
        raise StoreError(
            f"The store {path} was written by a newer version of this program (it has "
            f"{', '.join(unknown)}). Update the program, or put an older backup in its place."
        )


def refuse_unready(db: Tables, path: Path) -> None:
    """StoreError unless the schema is the one that this program reads."""
    refuse_stranger(db, path)
    if _blank(db):
        raise StoreError(f"The store {path} is empty. Start `spillover run` once, which fills it.")
    if migrations.pending(db):
        raise StoreError(
            f"The store {path} was written by an older version. Start `spillover run` once, "
            "which brings it up to date."
        )


def migrate(db: Tables) -> None:
    """Bring a blank or older schema up to date: every step, or after an error or a crash none."""
    db.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
        db.commit()
    finally:
        db.rollback()


def _blank(db: Tables) -> bool:
    return not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
