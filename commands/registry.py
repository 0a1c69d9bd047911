"""What a command is. The strictest limit of the platforms is checked when one is declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from commands.reply import Button, Reply
from commands.snapshot import Snapshot
from rotation.day import status
from rotation.status import RotationStatus

MOST_COMMANDS = 100
MOST_OPTIONS = 25
LONGEST_SUMMARY = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Access(StrEnum):
    """Who may use a command: reading is for everybody."""

    EVERYBODY = "everybody"
    ADMINS = "admins"


class CommandError(Exception):
    """Something that the user can mend: a kind sentence, and command lines that would work."""

    def __init__(self, message: str, *examples: str) -> None:
        super().__init__(message)
        self.message = message
        self.buttons = tuple(Button(example, example) for example in examples)


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
    """A command about to run: the parsed values by option name, and what it may read."""

    values: Mapping[str, Any]
    snapshot: Snapshot

    def status(self) -> RotationStatus:
        """The decision for the date asked for, by default the newest one."""
        timeline = self.snapshot.timeline
        return status(timeline, self.values.get("date", timeline.last))


@dataclass(frozen=True, slots=True)
class Command:
    """One command, on every platform. ``summary`` is marked for translation."""

    name: str
    summary: str
    run: Callable[[Call], Reply]
    options: tuple[Option, ...] = ()
    aliases: tuple[str, ...] = ()
    access: Access = Access.EVERYBODY
    examples: tuple[str, ...] = field(default=())

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
