CREATE TABLE origins (
id INTEGER PRIMARY KEY,
series TEXT NOT NULL,
source TEXT NOT NULL,
caveat TEXT NOT NULL,
UNIQUE (series, source)
) STRICT;
CREATE TABLE observations (
origin INTEGER NOT NULL REFERENCES origins (id),
date INTEGER NOT NULL,
nth INTEGER NOT NULL,
value REAL NOT NULL,
released_at INTEGER NOT NULL,
fetched_at INTEGER NOT NULL,
PRIMARY KEY (origin, date, nth)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER observations_stay BEFORE UPDATE ON observations
BEGIN SELECT RAISE(ABORT, 'an observation is never overwritten'); END;
CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE listings (
date INTEGER PRIMARY KEY,
known_at INTEGER NOT NULL,
coins TEXT NOT NULL
) STRICT;
CREATE TABLE sources (
source TEXT PRIMARY KEY,
attempted_at INTEGER,
succeeded_at INTEGER,
failures INTEGER NOT NULL DEFAULT 0,
error TEXT NOT NULL DEFAULT '',
verified INTEGER NOT NULL DEFAULT 0,
open_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE tasks (
task TEXT PRIMARY KEY,
source TEXT NOT NULL REFERENCES sources (source),
attempted_at INTEGER,
succeeded_at INTEGER,
failures INTEGER NOT NULL DEFAULT 0,
error TEXT NOT NULL DEFAULT '',
due_at INTEGER,
cursor INTEGER,
complete INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_of_source ON tasks (source);
CREATE TABLE withheld (
series TEXT NOT NULL,
date INTEGER NOT NULL,
value REAL,
reason TEXT NOT NULL,
noted_at INTEGER NOT NULL,
PRIMARY KEY (series, date)
) STRICT, WITHOUT ROWID;
CREATE INDEX withheld_by_time ON withheld (noted_at);
