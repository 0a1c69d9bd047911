"""What every source gives: observations and listings, or a FeedError in plain words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from rotation.inputs import Listing, Observations, Withheld


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one reading of a source brought, and what of it was not usable."""

    observations: tuple[Observations, ...]
    listings: tuple[Listing, ...] = ()
    problems: tuple[str, ...] = ()
    """Gaps in plain words: file or address, line, cure."""
    withheld: tuple[Withheld, ...] = field(default=())
    sample: bool = False


class FeedError(Exception):
    """A source that cannot be read; the message says in plain words what happened and, where a
    person can do something, what. It never holds a key or a token.

    ``retry``: asking again soon may help (busy, broken off, time-out); ``after``: not sooner
    than so many seconds, as the source itself asked. ``withheld``: what it said all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        retry: bool = False,
        after: float | None = None,
        withheld: tuple[Withheld, ...] = (),
    ) -> None:
        super().__init__(message)
        self.retry = retry
        self.after = after
        self.withheld = withheld


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to fetch from one source: it succeeds or fails as a whole.

    ``id`` is stable ('fred/BAA10Y'), ``source`` the key of health and breaker ('fred'),
    ``calls`` how many HTTP requests a refresh costs and ``history_calls`` how many the whole
    history does.
    """

    id: str
    source: str
    series: tuple[str, ...]
    calls: int = 1
    history_calls: int = 1


class Feed(Protocol):
    """One source. Everything blocks: the refresh runs it in a thread."""

    source: str
    name: str
    """'FRED (St. Louis Fed)': what a reader sees."""
    verified: bool
    """A real answer of this source has been recorded and is tested against."""

    @property
    def ahead(self) -> dt.timedelta | None:
        """How far this machine's clock is ahead of the source's; None until it has answered."""

    def tasks(self) -> tuple[Task, ...]:
        """Everything this source can bring now."""

    def fetch(self, task: Task, since: dt.date | None) -> Harvest:
        """Observations dated from ``since`` on; None asks for the whole history. FeedError."""
