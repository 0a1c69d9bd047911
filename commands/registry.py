"""What a command is. The strictest limit of the platforms is checked when one is declared."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from commands.reply import Button, Reply
from commands.snapshot import Snapshot
from commands.words import _
from rotation.day import status
from rotation.status import RotationStatus
from rotation.timeline import Timeline
from storage.chats import Chat

if TYPE_CHECKING:
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from sqlite_utils import Database as Tables

T = TypeVar("T")

MOST_COMMANDS = 100
MOST_OPTIONS = 25
LONGEST_SUMMARY = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Access(StrEnum):
    """Who may use a command: reading is for everybody, what changes a chat for its admins, who
    can open some of it to all; the rest stays theirs.
    """

    EVERYBODY = "everybody"
    CHAT = "chat"
    ADMINS = "admins"


class CommandError(Exception):
    """Something that the user can mend: a kind sentence, and command lines that would work."""

    def __init__(self, message: str, *examples: str) -> None:
        super().__init__(message)
        self.message = message
        self.buttons = tuple(Button(example, example) for example in examples)


class Store(Protocol):
    """Where what a chat sets is kept."""

    def reading(self) -> AbstractContextManager[Tables]:
        """A connection that sees one unchanging state. StoreError."""

    def write(self, work: Callable[[Tables], T]) -> Future[T]:
        """A transaction of its own; the future holds what it returned. StoreError."""


class Kind(Protocol):
    """A type of option: how a typed word becomes a value, and what could be meant by one."""

    def parse(self, text: str, snapshot: Snapshot) -> Any:
        """The value. CommandError with the closest valid forms if there is none."""

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        """Up to 25 valid forms that fit what has been typed so far, best first."""


@dataclass(frozen=True, slots=True)
class Option:
    """One argument of a command. ``rest`` takes all remaining words."""

    name: str
    kind: Kind
    summary: str
    required: bool = False
    rest: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_summary(self.name, self.summary)


@dataclass(frozen=True, slots=True)
class Call:
    """A command about to run: the parsed values by option name, what it may read, and who asks
    where: ``chat`` are the settings of the place, ``private`` where nobody else reads along.
    """

    values: Mapping[str, Any]
    snapshot: Snapshot
    chat: Chat
    now: dt.datetime
    """Naive UTC."""
    store: Store | None = None
    thread: str | None = None
    user: str = ""
    private: bool = True

    def status(self) -> RotationStatus:
        """The decision for the date asked for, by default the newest one."""
        timeline = self.snapshot.timeline
        return decision(timeline, self.values.get("date", timeline.last))

    def read(self, work: Callable[[Tables], T]) -> T:
        """What the store says. CommandError where there is none."""
        with self._stored().reading() as db:
            return work(db)

    def write(self, work: Callable[[Tables], T]) -> T:
        """Change the store, in one transaction. CommandError where there is none."""
        return self._stored().write(work).result()

    def _stored(self) -> Store:
        if self.store is None:
            raise CommandError(_("Nothing can be kept here: there is no store."))
        return self.store


def never(_values: Mapping[str, Any]) -> bool:
    """Values that change something."""
    return False


def fits(_values: Mapping[str, Any], _snapshot: Snapshot) -> None:
    """Values that may stand beside each other, whatever they are."""


_DECISIONS: dict[dt.date, tuple[Timeline, RotationStatus]] = {}
"""The decisions asked for last, all of one timeline: most people ask for the newest."""
MOST_DECISIONS = 64


def decision(timeline: Timeline, day: dt.date) -> RotationStatus:
    """A day's decision, gathered once; it is half of the work for an answer."""
    known = _DECISIONS.get(day)
    if known is not None and known[0] is timeline:
        return known[1]
    found = status(timeline, day)
    old = any(other is not timeline for other, _found in tuple(_DECISIONS.values()))
    if old or len(_DECISIONS) >= MOST_DECISIONS:
        _DECISIONS.clear()
    _DECISIONS[day] = (timeline, found)
    return found


@dataclass(frozen=True, slots=True)
class Command:
    """One command, on every platform. ``summary`` is marked for translation."""

    name: str
    summary: str
    run: Callable[[Call], Reply]
    options: tuple[Option, ...] = ()
    aliases: tuple[str, ...] = ()
    access: Access = Access.EVERYBODY
    reads: Callable[[Mapping[str, Any]], bool] = never
    """Whether these values only read: then it is for everybody all the same."""
    tidy: Callable[[str], str] = str.strip
    """What was typed after the name, as words in the order of the options."""
    check: Callable[[Mapping[str, Any], Snapshot], None] = fits
    """Asked once each value is read for itself, also where required ones are missing.
    CommandError if they do not fit together; whatever it offers are whole lines.
    """
    examples: tuple[str, ...] = field(default=())
    to_read: bool = False
    """The examples are to be read, not to be tapped: what they say would be written down."""

    def __post_init__(self) -> None:
        for name in (self.name, *self.aliases):
            _check_name(name)
        _check_summary(self.name, self.summary)
        if len(self.options) > MOST_OPTIONS:
            raise ValueError(f"{self.name}: more than {MOST_OPTIONS} options")
        required = [option.required for option in self.options]
        if sorted(required, reverse=True) != required:
            raise ValueError(f"{self.name}: a required option after an optional one")
        if any(option.rest for option in self.options[:-1]):
            raise ValueError(f"{self.name}: only the last option can take the rest")

    @property
    def closed(self) -> bool:
        """Whether nobody but admins can ever use it: others need not see it."""
        return self.access is Access.ADMINS and self.reads is never

    @property
    def usage(self) -> str:
        """'/chart METRIC [period]'."""
        words = [
            option.name.upper() if option.required else f"[{option.name}]"
            for option in self.options
        ]
        return " ".join([f"/{self.name}", *words])


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no command or option name on every platform")


def _check_summary(name: str, summary: str) -> None:
    if not 1 <= len(summary) <= LONGEST_SUMMARY:
        raise ValueError(f"{name}: the summary needs 1 to {LONGEST_SUMMARY} characters")
