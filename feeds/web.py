"""What every feed over HTTP has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date, timedelta

from feeds.feed import Harvest, Task
from feeds.http import READ, Now, Vendor, Watch, odd, utc_now
from feeds.readings import Points, Reader, merged
from rotation.inputs import input_of


def harvest(
    source: str, name: str, watch: Watch, since: date | None, points: Iterable[Points]
) -> Harvest:
    """Everything read at this moment of one source, from ``since`` on."""
    reader = Reader(source, name, watch.now(), since)
    return merged(*(reader.read(item) for item in points), problems=watch.problems())


class WebFeed(ABC):
    """A source that ``Vendor`` can ask. ``base`` points it elsewhere: a mirror, a test."""

    source = ""
    name = ""
    verified = False
    base = ""

    def __init__(self, *, base: str = "", now: Now = utc_now, timeout: float = READ) -> None:
        self._vendor = Vendor(self.name, base or self.base, now=now, timeout=timeout)

    @property
    def ahead(self) -> timedelta | None:
        """As in ``Feed``."""
        return self._vendor.watch.ahead

    @abstractmethod
    def tasks(self) -> tuple[Task, ...]:
        """As in ``Feed``."""

    @abstractmethod
    def fetch(self, task: Task, since: date | None) -> Harvest:
        """As in ``Feed``."""

    def _harvest(self, since: date | None, points: Points) -> Harvest:
        if not len(points.date):
            raise odd(self.name, f"no values of {input_of(points.series).name}")
        return harvest(self.source, self.name, self._vendor.watch, since, [points])
