"""Things that go wrong on demand, and Telegram's flood limits."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .telegram_wire import ApiError, too_many

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .telegram_wire import Params

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


class CutConnectionError(Exception):
    """The connection is to be cut instead of answered."""


class RawAnswerError(Exception):
    """An answer that is none of the Bot API's, such as a page of the proxy before it."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong with the next requests."""

    kind: str
    methods: frozenset[str]
    """Lower case; empty for all."""
    times: int | None
    """None until it is lifted."""
    code: int = 0
    seconds: float = 0
    hits: int = 0
    chat_id: int | None = None

    def meets(self, method: str, params: Params) -> bool:
        """Whether it strikes this request."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.methods and method not in self.methods:
            return False
        return self.chat_id is None or params.text("chat_id") == str(self.chat_id)


@dataclass
class Faults:
    """Switch them on at any time. ``method`` is one name, several, or None for every method;
    ``times`` is how many requests are struck, None for all until `clear` or `lift`."""

    active: list[Fault] = field(default_factory=list)

    def flood(
        self,
        retry_after: int = 1,
        method: str | Iterable[str] | None = None,
        times: int | None = 1,
        chat_id: int | None = None,
    ) -> Fault:
        """429 with parameters.retry_after."""
        return self._add("flood", method, times, seconds=retry_after, chat_id=chat_id)

    def error(
        self, code: int = 500, method: str | Iterable[str] | None = None, times: int | None = 1
    ) -> Fault:
        """500 with the Bot API's body, 502 with a page of the proxy; not carried out."""
        return self._add("error", method, times, code=code)

    def reset(self, method: str | Iterable[str] | None = None, times: int | None = 1) -> Fault:
        """The connection dies before the request is carried out."""
        return self._add("reset", method, times)

    def lose_reply(self, method: str | Iterable[str] | None = None, times: int | None = 1) -> Fault:
        """The request is carried out, then the connection dies."""
        return self._add("lost", method, times)

    def slow(
        self,
        seconds: float,
        method: str | Iterable[str] | None = None,
        times: int | None = 1,
        *,
        after: bool = True,
    ) -> Fault:
        """The answer comes late; with ``after=False`` the work itself starts late."""
        return self._add("late" if after else "slow", method, times, seconds=seconds)

    def lift(self, fault: Fault) -> None:
        """Ends one."""
        self.active.remove(fault)

    def clear(self) -> None:
        """Ends all."""
        self.active.clear()

    def _add(
        self,
        kind: str,
        method: str | Iterable[str] | None,
        times: int | None,
        *,
        code: int = 0,
        seconds: float = 0,
        chat_id: int | None = None,
    ) -> Fault:
        names = [method] if isinstance(method, str) else list(method or ())
        lowered = frozenset(name.lower() for name in names)
        fault = Fault(kind, lowered, times, code, seconds, chat_id=chat_id)
        self.active.append(fault)
        return fault

    def _strike(self, kinds: set[str], method: str, params: Params) -> list[Fault]:
        struck = [
            fault for fault in self.active if fault.kind in kinds and fault.meets(method, params)
        ]
        for fault in struck:
            fault.hits += 1
        return struck

    async def before(self, method: str, params: Params) -> None:
        """What strikes before the request is carried out."""
        for fault in self._strike({"slow"}, method, params):
            await asyncio.sleep(fault.seconds)
        for fault in self._strike({"flood", "error", "reset"}, method, params):
            if fault.kind == "reset":
                raise CutConnectionError
            if fault.kind == "flood":
                raise too_many(int(fault.seconds))
            if fault.code == 502:
                raise RawAnswerError(502, BAD_GATEWAY)
            raise ApiError(fault.code, "Internal Server Error")

    async def after(self, method: str, params: Params) -> None:
        """What strikes when it has been carried out."""
        for fault in self._strike({"late"}, method, params):
            await asyncio.sleep(fault.seconds)
        if self._strike({"lost"}, method, params):
            raise CutConnectionError


@dataclass
class FloodLimits:
    """Telegram's limits for messages, each as (how many, in how many seconds).

    The FAQ for bots names about 30 a second over all, 20 a minute in a group and one a second in
    a chat, and allows short bursts in the last case. ``chat=(1, 1.0)`` allows none.
    """

    overall: tuple[int, float] = (30, 1.0)
    group: tuple[int, float] = (20, 60.0)
    chat: tuple[int, float] = (1, 1.0)
    rejected: int = 0
    _seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, method: str, params: Params, moment: float) -> None:
        """Counts a message, or refuses it with the time to wait."""
        if not counts(method):
            return
        chat_id = params.text("chat_id")
        windows = [("overall", self.overall), (chat_id, self.chat)]
        if chat_id.startswith(("-", "@")):
            windows.append((f"group {chat_id}", self.group))
        waits = [self._wait(key, window, moment) for key, window in windows]
        if any(waits):
            self.rejected += 1
            raise too_many(max(1, math.ceil(max(waits))))
        for key, _ in windows:
            self._seen[key].append(moment)

    def _wait(self, key: str, window: tuple[int, float], moment: float) -> float:
        number, seconds = window
        seen = self._seen[key]
        while seen and seen[0] <= moment - seconds:
            seen.popleft()
        return seen[0] + seconds - moment if len(seen) >= number else 0.0


def counts(method: str) -> bool:
    """Whether a method counts as a message."""
    sends = method.startswith("send") and method != "sendchataction"
    return sends or method.startswith("editmessage")
