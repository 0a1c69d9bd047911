"""Numbers for Prometheus: what was asked and how long it took, what was sent, how old the data is.

Off unless ``METRICS_PORT`` is set, and then on this machine alone unless ``METRICS_LISTEN`` says
otherwise. No chat, user or text is in any number. The library is imported only where it is used:

    numbers = start(port, listen)      # or Metrics() for numbers that nobody reads
    answer = numbers.counting(desk.answer, REGISTRY)
    numbers.sent("telegram", Sent("1"))
    numbers.watch(ages=…, queue=…)     # asked at each scrape, in a thread of its own
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bot.adapter import Answer, Outcome
from commands.dispatch import Registry, Request
from commands.registry import CommandError
from commands.reply import Reply

if TYPE_CHECKING:
    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
UNKNOWN = "unknown"

Ages = Callable[[], Mapping[str, float]]
"""Seconds since the last success of each source."""
Queue = Callable[[], int]
"""Messages that wait to be sent."""


class Metrics:
    """Numbers that nobody reads: every call is free of charge."""

    def answered(self, command: str, *, failed: bool, seconds: float) -> None:
        """One answer. ``failed``: not as asked, such as a mistyped date or a missing right."""

    def sent(self, platform: str, outcome: Outcome) -> None:
        """How sending one message without being asked has ended."""

    def watch(self, *, ages: Ages | None = None, queue: Queue | None = None) -> None:
        """Ask these at each scrape. What is None stays as it was."""

    def counting(self, answer: Answer, registry: Registry) -> Answer:
        """The same answers, counted and timed by the name of the command."""
        return answer

    def close(self) -> None:
        """Serve no more."""


class Prometheus(Metrics):
    """Numbers that are read at ``/metrics``."""

    def __init__(self, port: int, listen: str) -> None:
        import prometheus_client as library

        self._ages: Ages | None = None
        self._queue: Queue | None = None
        self._registry = library.CollectorRegistry()
        library.ProcessCollector(registry=self._registry)
        own: dict[str, Any] = {"registry": self._registry, "namespace": "spillover"}
        self._answers = library.Counter("answers", "Answers", ["command", "outcome"], **own)
        self._seconds = library.Histogram(
            "answer_seconds", "Time to an answer", ["command"], buckets=BUCKETS, **own
        )
        self._sent = library.Counter("sent", "Messages sent", ["platform", "outcome"], **own)
        self._registry.register(self)
        self._server, self._thread = library.start_http_server(port, listen, self._registry)

    def answered(self, command: str, *, failed: bool, seconds: float) -> None:
        self._answers.labels(command, "refused" if failed else "answered").inc()
        self._seconds.labels(command).observe(seconds)

    def sent(self, platform: str, outcome: Outcome) -> None:
        self._sent.labels(platform, type(outcome).__name__.lower()).inc()

    def watch(self, *, ages: Ages | None = None, queue: Queue | None = None) -> None:
        self._ages, self._queue = ages or self._ages, queue or self._queue

    def counting(self, answer: Answer, registry: Registry) -> Answer:
        async def counted(request: Request) -> Reply:
            begun = time.perf_counter()
            reply = await answer(request)
            name = _known(request.command, registry)
            self.answered(name, failed=reply.failed, seconds=time.perf_counter() - begun)
            return reply

        return counted

    def collect(self) -> Iterator[Metric]:
        """What is asked at each scrape. What cannot be said now is left out."""
        from prometheus_client.core import GaugeMetricFamily

        if self._ages is not None:
            shown = GaugeMetricFamily(
                "spillover_source_age_seconds", "Since a source's last success", labels=["source"]
            )
            for source, age in _asked(self._ages, {}).items():
                shown.add_metric([source], age)
            yield shown
        if self._queue is not None and (length := _asked(self._queue, None)) is not None:
            yield GaugeMetricFamily("spillover_queue", "Messages that wait", value=length)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def start(port: int | None, listen: str) -> Metrics:
    """The numbers, served where a port is named. Without one, or where it is taken, none."""
    if port is None:
        return Metrics()
    try:
        numbers = Prometheus(port, listen)
    except OSError as error:
        log.error("no metrics on %s port %d: %s", listen, port, error)  # noqa: TRY400 - says all
        return Metrics()
    log.info("metrics on %s port %d", listen, port)
    return numbers


def _asked(question: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return question()
    except Exception:
        log.exception("a number could not be read")
        return otherwise


def _known(name: str, registry: Registry) -> str:
    """The command's own name; whatever else people type is one name, so that they stay few."""
    try:
        return registry.find(name).name
    except CommandError:
        return UNKNOWN
