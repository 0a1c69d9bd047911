"""What passes between bot and server: a log of it, rate limits on it, faults in it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .discord_drafts import Upload
    from .discord_world import Clock

Json = dict[str, Any]


def matches(rule: str, method: str, path: str) -> bool:
    """Return whether a rule such as ``POST /channels/*/messages`` fits a request."""
    wanted, _, pattern = rule.rpartition(" ")
    return wanted in ("", "*", method) and fnmatchcase(path, pattern or "*")


@dataclass
class Request:
    """A request that the server got, and what it answered."""

    method: str
    path: str
    query: dict[str, str]
    at: float
    json: Any = None
    files: list[Upload] = field(default_factory=list)
    status: int = 0
    response: Any = None
    fault: str = ""


class Log:
    """All requests, and all that happened on the gateway."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.gateway: list[tuple[str, Any]] = []
        self.crashes: list[Exception] = []

    def of(self, rule: str = "*") -> list[Request]:
        """Return the requests that fit a rule such as ``POST /channels/*/messages``."""
        return [one for one in self.requests if matches(rule, one.method, one.path)]

    def events(self, name: str) -> list[Any]:
        """Return what the gateway noted under a name: identify, resume, close and so on."""
        return [data for kind, data in self.gateway if kind == name]

    @property
    def invalid(self) -> int:
        """How many requests count towards Discord's ban (401, 403 and 429)."""
        return sum(1 for one in self.requests if one.status in (401, 403, 429))


@dataclass
class Fault:
    """Something that goes wrong on purpose."""

    kind: str
    rule: str
    left: float
    status: int = 0
    seconds: float = 0.0
    everywhere: bool = False
    hits: int = 0


class Faults:
    """The switches for what goes wrong; each takes a rule and a number of times."""

    def __init__(self) -> None:
        self._active: list[Fault] = []

    def rate_limit(
        self,
        retry_after: float = 0.05,
        *,
        times: float = 1,
        rule: str = "*",
        everywhere: bool = False,
    ) -> Fault:
        """Answer 429; ``everywhere`` makes it the global limit."""
        return self._add(Fault("429", rule, times, 429, retry_after, everywhere=everywhere))

    def ban(self, *, times: float = math.inf) -> Fault:
        """Answer as Cloudflare does to a banned address: 429 in HTML, without Via."""
        return self._add(Fault("ban", "*", times, 429))

    def fail(self, status: int = 500, *, times: float = 1, rule: str = "*") -> Fault:
        """Answer 500, 502 or another status of a broken server."""
        return self._add(Fault("status", rule, times, status))

    def lose_reply(self, *, times: float = 1, rule: str = "*") -> Fault:
        """Carry the request out, then let the connection die."""
        return self._add(Fault("lost reply", rule, times))

    def reset(self, *, times: float = 1, rule: str = "*") -> Fault:
        """Reset the connection without looking at the request."""
        return self._add(Fault("reset", rule, times))

    def slow(self, seconds: float, *, times: float = math.inf, rule: str = "*") -> Fault:
        """Take this long before looking at the request."""
        return self._add(Fault("slow", rule, times, seconds=seconds))

    def outage(self) -> Fault:
        """Reset every connection until ``clear``."""
        return self.reset(times=math.inf)

    def clear(self) -> None:
        """Let everything go right again."""
        self._active.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes a request, and count it."""
        for fault in self._active:
            if fault.left > 0 and matches(fault.rule, method, path):
                fault.left -= 1
                fault.hits += 1
                return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        self._active.append(fault)
        return fault


@dataclass
class Bucket:
    """One rate limit: how many requests in how many seconds."""

    limit: int
    per: float
    used: int = 0
    resets_at: float = 0.0


class Limits:
    """Rate limits by route and major parameter, and the global one.

    By default each bucket takes 1,000 a second, so that tests do not wait;
    ``realistic`` sets what Discord has been seen to use.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: list[tuple[str, int, float]] = []
        self._buckets: dict[str, Bucket] = {}
        self._everywhere = Bucket(0, 1.0)

    def set(self, rule: str, limit: int, per: float) -> None:
        """Limit the requests that fit a rule such as ``POST /channels/*/messages``."""
        self._rules.insert(0, (rule, limit, per))
        self._buckets.clear()

    def set_global(self, per_second: int = 50) -> None:
        """Limit all requests but those for interactions (0: no limit)."""
        self._everywhere = Bucket(per_second, 1.0)

    def realistic(self) -> None:
        """Use limits as Discord has them."""
        self.set_global(50)
        self.set("*", 50, 1.0)
        for rule in ("POST /channels/*/messages", "PATCH /channels/*/messages/*"):
            self.set(rule, 5, 5.0)
        self.set("DELETE /channels/*/messages/*", 5, 1.0)
        self.set("* /webhooks/*", 5, 2.0)
        self.set("PUT /applications/*", 2, 20.0)

    def spend(
        self, method: str, template: str, path: str, major: str
    ) -> tuple[dict[str, str], float]:
        """Count a request; return its headers and how long it must wait (0: not)."""
        key = f"{method} {template}"
        bucket = self._buckets.get(key + major) or self._new(method, path)
        self._buckets[key + major] = bucket
        wait = self._use(bucket)
        after = max(0.0, bucket.resets_at - self._clock.now())
        headers = {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(max(0, bucket.limit - bucket.used)),
            "X-RateLimit-Reset": f"{bucket.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(key.encode()).hexdigest()[:32],
        }
        return headers, wait

    def spend_global(self) -> float:
        """Count a request against the global limit; return how long it must wait."""
        return self._use(self._everywhere) if self._everywhere.limit else 0.0

    def _new(self, method: str, path: str) -> Bucket:
        for rule, limit, per in self._rules:
            if matches(rule, method, path):
                return Bucket(limit, per)
        return Bucket(1000, 1.0)

    def _use(self, bucket: Bucket) -> float:
        now = self._clock.now()
        if now >= bucket.resets_at:
            bucket.used, bucket.resets_at = 0, now + bucket.per
        if bucket.used >= bucket.limit:
            return bucket.resets_at - now
        bucket.used += 1
        return 0.0
