"""What of a source's words is news, and from when on it counts as known.

* A date that the source speaks of for the first time is stored as it came.
* What it says again is not stored again.
* A different value with a later ``released_at`` is a publisher's revision (a vintage) and is
  stored as it came.
* A different value with the same ``released_at``, as the release clock gives it, was changed
  without a word. Nobody knew it before it was seen here, so both its instants become those of
  its arrival, whether the store is live or not.
* Once the store is live nothing is known before it has arrived: neither a late fetch nor a file
  imported months later changes a decision of the past.
* What was fetched before its release is an unfinished bar and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import isclose
from typing import NamedTuple

SAME_DIGITS = 1e-12
"""Values this close, relative to the larger, are one value: another order of arithmetic."""
_DAY = timedelta(days=1) // timedelta(microseconds=1)


class Reading(NamedTuple):
    """What a source says of a date; days and microseconds since 1970."""

    date: int
    value: float
    released: int
    fetched: int


class Last(NamedTuple):
    """What it said last, and how often before: a row of the store."""

    date: int
    nth: int
    value: float
    released: int
    fetched: int


@dataclass(slots=True)
class Ledger:
    """The readings of one source and series: ``last`` by date, and the ``rows`` to add to it,
    ``revised`` of which are not the first of their date. ``now`` is the clock of arrival.
    """

    last: dict[int, Last]
    now: int
    live: bool
    rows: list[Last] = field(default_factory=list)
    revised: int = 0

    def hear(self, said: Reading, *, final: bool) -> None:
        """Take one reading; those of a date come in the order of their release. ``final``: the
        last one of its date for now, so what the source says now.
        """
        before = self.last.get(said.date)
        if before is None:
            self._add(said, 0)
            return
        if before.fetched <= self.now + _DAY:
            vintage = said.released > before.released
            if not (vintage or final) or isclose(said.value, before.value, rel_tol=SAME_DIGITS):
                return
            if not vintage:
                arrival = max(said.fetched, self.now, before.released)
                said = said._replace(released=arrival, fetched=arrival)
        # else it was stored under a clock that ran ahead and is not known yet: say it again
        self.revised += 1
        self._add(said, before.nth + 1)

    def _add(self, said: Reading, nth: int) -> None:
        fetched = max(said.fetched, self.now) if self.live else said.fetched
        row = Last(said.date, nth, said.value, said.released, fetched)
        self.last[said.date] = row
        self.rows.append(row)
