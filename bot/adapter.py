"""What every platform does, and how sending can end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from commands.dispatch import Request
from commands.reply import Chart, Reply

Answer = Callable[[Request], Awaitable[Reply]]
"""Never raises: every fault is a reply."""
Draw = Callable[[Chart], Awaitable["Picture"]]
"""A chart as a picture, drawn off the event loop once and then reused."""


class TokenRefusedError(Exception):
    """A platform does not know the token: a person has to set a valid one."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG. ``key`` is the same for the same picture, so that uploads can be reused."""

    key: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a chat, and within it a forum topic or thread."""

    chat: str
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived, as far as the platform says."""

    message: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; again after so many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class Gone:
    """Blocked, kicked, deleted, or without the right to write: pause this chat. ``topic``: only
    the topic or thread is gone, the main chat may well be there.
    """

    reason: str
    topic: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat lives on under another id."""

    to: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform does not take this message at all."""

    reason: str


Outcome = Sent | Retry | Gone | Moved | Rejected
Changed = Callable[[str, Gone | Moved], Awaitable[None]]
"""Told when a chat ('telegram:-100…') shows the bot out, ends or moves."""


class Adapter(Protocol):
    """One platform: publishes the registry, turns events into requests, renders and sends."""

    name: str

    async def run(self) -> None:
        """Serve until cancelled or closed. Comes back by itself from every outage; raises only
        what a person has to mend, such as a refused token.
        """

    async def send(
        self, place: Place, reply: Reply, *, silent: bool = False, nonce: str = ""
    ) -> Outcome:
        """Send without being asked. Never raises. ``nonce`` marks one message: where the
        platform knows such keys, the same nonce soon after arrives once.
        """

    async def close(self) -> None:
        """Stop taking updates, finish what is in hand, log out."""
