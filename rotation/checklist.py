"""The 'super cycle' list: eight items, each yes, no or unknown. Never a probability."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

from rotation.inputs import N_

NOTE_DAYS = 90
"""A note becomes unknown after this many days."""


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def answer(value: float | bool | None) -> Answer:
    """Three-valued: None and NaN are unknown."""
    if value is None or isnan(value):
        return Answer.UNKNOWN
    return Answer.YES if value else Answer.NO


@dataclass(frozen=True, slots=True)
class Note:
    """An admin's entry: item, answer, evidence, author, date."""

    item: str
    answer: Answer
    evidence: str
    author: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list as it stands: ``date`` is that of the newest number or note behind
    it, ``evidence`` the metric or the admin's words.
    """

    id: str
    name: str
    answer: Answer
    date: dt.date | None
    evidence: str = ""


ITEMS = {
    "liquidity": N_("Liquidity easing"),
    "credit": N_("Credit calm"),
    "small-caps": N_("Small caps lead"),
    "etf-flows": N_("Spot ETFs absorb supply"),
    "leverage": N_("Leverage reset"),
    "washed-out": N_("Sellers washed out"),
    "regulation": N_("Regulatory clarity"),
    "institutions": N_("Institutional infrastructure"),
}
NOTED = ("regulation", "institutions")


def noted(id: str, notes: tuple[Note, ...], today: dt.date) -> Item:
    """An item that only a note can answer: the newest note not after today, for 90 days."""
    mine = [note for note in notes if note.item == id and note.date <= today]
    if not mine:
        return Item(id, ITEMS[id], Answer.UNKNOWN, None)
    note = max(mine, key=lambda entry: entry.date)
    expired = (today - note.date).days > NOTE_DAYS
    return Item(id, ITEMS[id], Answer.UNKNOWN if expired else note.answer, note.date, note.evidence)
