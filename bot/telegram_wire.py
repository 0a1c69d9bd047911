"""What Telegram's adapter needs of the wire, without the library: facts, memory, connections."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies
from weakref import WeakValueDictionary

import httpx
from pydantic import SecretStr

from bot.adapter import Gone, Outcome, Rejected

UPDATES = ("message", "channel_post", "callback_query", "inline_query", "my_chat_member")
CONFIRM_WITHIN = 1.0
"""Seconds for which a poll waits for the answers to the updates that it confirms."""
LOGIN_REFUSED = "Telegram refuses the token. @BotFather shows the valid one."
PAUSE = 5.0
"""Seconds until the next try where the library makes none."""
PAUSES = (1.0, 4.0, 16.0)
"""Seconds before an answer is tried again."""
LONGEST_PAUSE = 60.0
"""A flood wait that is longer is not waited for."""
CONNECTIONS, AT_ONCE = 256, 32
CONNECT_RETRIES = 9
"""Tries to connect, about two minutes in all: a request that never left can leave again."""
UNSURE = (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)
PLACE_REFUSED = (
    "chat not found", "not enough rights", "need administrator rights", "have no rights",
    "chat_write_forbidden", "chat_restricted", "chat_admin_required", "channel_private",
    "peer_id_invalid", "deactivated",
)  # fmt: skip
TOPIC_REFUSED = ("topic_closed", "topic_deleted", "thread not found")


class FailedError(Exception):
    """Telegram did not do what was asked."""

    def __init__(self, outcome: Outcome, description: str, cause: BaseException | None) -> None:
        super().__init__(description)
        self.outcome = outcome
        self.description = description
        self.unsure = isinstance(cause, UNSURE)
        """The message may stand in the chat all the same."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """The address that Telegram sends updates to, and where we listen behind it."""

    url: str
    listen: str = "127.0.0.1"
    port: int = 8443
    secret: SecretStr | None = None
    """Proves that a request is Telegram's; without one a new one is made at each start."""

    @property
    def arguments(self) -> dict[str, Any]:
        """For the library."""
        secret = self.secret.get_secret_value() if self.secret else secrets.token_urlsafe()
        return {
            "listen": self.listen,
            "port": self.port,
            "url_path": urlsplit(self.url).path,
            "webhook_url": self.url,
            "secret_token": secret,
        }


@dataclass(frozen=True, slots=True)
class Heard:
    """Who said something where: the facts of a message, a tap or an inline query."""

    chat: int
    kind: str
    """'private', 'group', 'supergroup' or 'channel'."""
    user: int | None
    locale: str
    speaks_as: int | None = None
    """The chat in whose name an anonymous admin or a channel speaks."""
    thread: int | None = None
    message: int | None = None
    """What was said, or what was tapped on where that can still be changed."""
    photo: bool = False
    """Whether that is a picture with a caption."""
    answers: int | None = None
    """The message that was replied to."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a message goes, and how."""

    chat: int
    thread: int | None = None
    answers: int | None = None
    """The message that it answers, where several people talk."""
    silent: bool = False
    asked: bool = True

    @property
    def arguments(self) -> dict[str, Any]:
        """For the library's methods that send."""
        return {
            "chat_id": self.chat,
            "message_thread_id": self.thread,
            "reply_to_message_id": self.answers,
            "disable_notification": self.silent,
        }


@dataclass(frozen=True, slots=True)
class Key:
    """One button: what it carries back, or where it leads."""

    label: str
    data: str = ""
    url: str = ""

    @property
    def json(self) -> dict[str, str]:
        """As Telegram takes it."""
        return {
            "text": self.label,
            **({"url": self.url} if self.url else {"callback_data": self.data}),
        }


Keys = list[list[Key]]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours, and the id of its picture for the next time."""

    message: int
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One result of an inline query."""

    id: str
    title: str
    name: str
    html: str
    keys: Keys


class Hand:
    """The updates that the next poll confirms, as far as they are not answered yet."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    def take(self, numbers: Iterable[int]) -> None:
        """These have come, with a poll that has confirmed all earlier ones."""
        self._numbers = set(numbers)
        if self._numbers:
            self._empty.clear()
        else:
            self._empty.set()

    def holds(self, number: int) -> bool:
        """Whether the next poll waits for this one."""
        return number in self._numbers

    def done(self, number: int) -> None:
        """This one is answered, or will be late."""
        self._numbers.discard(number)
        if not self._numbers:
            self._empty.set()

    async def emptied(self) -> None:
        """Waits until all are done, for ``CONFIRM_WITHIN`` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_WITHIN):
                await self._empty.wait()


class Turns:
    """One thing at a time for each key, in the order of asking; no key waits for another."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield


def no_search() -> None:
    """The library below httpx asks four times a request for sniffio. Where it is not, each time the
    whole path is searched, which costs as much as the rest of the request. None says it at once.
    """
    if find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]


def client_options(base: str, retries: int) -> dict[str, Any]:
    """How to connect. Certificates are read only where they are needed. Proxies that the
    environment names are kept; through them there are no retries.
    """
    if getproxies():
        return {}
    verify = not base.lower().startswith("http:")
    limits = httpx.Limits(max_connections=CONNECTIONS)
    return {"transport": _Transport(verify=verify, limits=limits, retries=retries)}


class _Transport(httpx.AsyncHTTPTransport):
    """The library below looks at every connection and every waiting request, each time that one
    comes or goes, so few of both are to be there: the others wait here, in their order.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._room:
            return await super().handle_async_request(request)


def refused(description: str) -> Gone | Rejected:
    """Whether a refusal concerns the topic, the whole place, or the message alone."""
    said = description.lower()
    if any(words in said for words in TOPIC_REFUSED):
        return Gone(description, topic=True)
    gone = any(words in said for words in PLACE_REFUSED)
    return Gone(description) if gone else Rejected(description)
