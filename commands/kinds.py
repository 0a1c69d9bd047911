"""The types of options: dates, metrics, periods, terms, command names."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commands.registry import CommandError
from commands.snapshot import Snapshot
from commands.words import _, day, plural
from rotation.catalogue import METRICS
from rotation.inputs import N_

MOST_SUGGESTIONS = 25
_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d", "%Y%m%d")
_PERIOD = re.compile(r"(\d{1,4})\s*([dwmy])")
_PERIOD_DAYS = {"d": 1, "w": 7, "m": 30.44, "y": 365.25}


def normal(text: str) -> str:
    """Lower case, one separator: 'Small-Caps ' and 'small_caps' are the same."""
    return re.sub(r"[\s_\-–/]+", " ", text).strip().casefold()


def closest(text: str, names: Mapping[str, str], n: int = 3) -> list[str]:
    """Keys whose name is most like a text; ``names`` maps what may be typed to a key."""
    wanted = normal(text)
    found = difflib.get_close_matches(wanted, list(names), n=3 * n, cutoff=0.5)
    found += [name for name in names if wanted and wanted in name and name not in found]
    return list(dict.fromkeys(names[name] for name in found))[:n]


def days_back(text: str) -> int | None:
    """0 for 'today', 1 for 'yesterday', in English or the language of the request."""
    words = {"today": 0, _("today").casefold(): 0, "yesterday": 1, _("yesterday").casefold(): 1}
    return words.get(text.strip().casefold())


class DateKind:
    """A day for which a decision exists."""

    def parse(self, text: str, snapshot: Snapshot) -> dt.date:
        first, last = snapshot.timeline.first, snapshot.timeline.last
        value = self._read(text.strip(), last)
        if value is None:
            raise CommandError(
                _("“{text}” is no date. Write it as year-month-day.").format(text=text[:40]),
                last.isoformat(),
            )
        if value > last:
            raise CommandError(
                _("{day} has not been decided yet. The last decision is for {last}.").format(
                    day=day(value), last=day(last)
                ),
                last.isoformat(),
            )
        if value < first:
            raise CommandError(
                _("The data begins on {first}.").format(first=day(first)), first.isoformat()
            )
        return value

    def _read(self, text: str, last: dt.date) -> dt.date | None:
        if (days := days_back(text)) is not None:
            return last - dt.timedelta(days=days)
        for form in _FORMATS:
            try:
                return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
            except ValueError:
                continue
        return None

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        last = snapshot.timeline.last
        recent = [(last - dt.timedelta(days=n)).isoformat() for n in range(MOST_SUGGESTIONS)]
        return [value for value in recent if value.startswith(text.strip())]


def spoken(names: Mapping[str, str], *words: str) -> dict[str, str]:
    """What may be typed, and some of these words in the language of the request too."""
    return {**names, **{normal(_(word)): names[word] for word in words}}


@dataclass(frozen=True, slots=True)
class NameKind:
    """One of a set of names. ``names`` maps each form that may be typed to its key."""

    names: Callable[[], Mapping[str, str]]
    unknown: str
    """'“{text}” is no metric.'"""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        names = self.names()
        found = names.get(normal(text))
        if found is None:
            near = closest(text, names) or sorted(set(names.values()))[:3]
            raise CommandError(_(self.unknown).format(text=text[:40]), *near)
        return found

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        names, wanted = self.names(), normal(text)
        starting = [key for name, key in names.items() if name.startswith(wanted)]
        return list(dict.fromkeys(starting + closest(text, names, MOST_SUGGESTIONS)))[
            :MOST_SUGGESTIONS
        ]


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch that ends with the decision; ``days`` None is everything."""

    text: str
    days: int | None


class PeriodKind:
    """'30d', '6m', '2y' or 'max'."""

    def parse(self, text: str, snapshot: Snapshot) -> Period:
        wanted = normal(text)
        if wanted in ("max", "all"):
            return Period("max", None)
        match = _PERIOD.fullmatch(wanted)
        if match is None or int(match[1]) == 0:
            raise CommandError(
                _("“{text}” is no period. Write days, weeks, months or years.").format(
                    text=text[:40]
                ),
                "90d", "6m", "2y", "max",
            )  # fmt: skip
        return Period(match[1] + match[2], round(int(match[1]) * _PERIOD_DAYS[match[2]]))

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        common = ["30d", "90d", "6m", "1y", "2y", "5y", "10y", "max"]
        return [value for value in common if value.startswith(normal(text))]


def metric_names() -> dict[str, str]:
    """Everything that may be typed for a metric: its id and its name, here and in English."""
    names: dict[str, str] = {}
    for id, metric in METRICS.items():
        for form in (id, metric.name, _(metric.name)):
            names.setdefault(normal(form), id)
    return names | _SHORT


_SHORT = {
    "altseason": "altseason_index",
    "btc": "btc_close",
    "bitcoin": "btc_close",
    "eth": "eth_close",
    "ether": "eth_close",
    "russell": "rut_close",
    "rut": "rut_close",
    "spx": "spx_close",
    "mansfield": "mrs",
    "rsp": "equal_mrs",
    "iwc": "micro_mrs",
    "liquidity": "net_liquidity",
    "fng": "fear_greed",
    "breadth": "small_breadth",
    "volume": "volume_ratio",
}


def no_page(pages: int, line: str) -> CommandError:
    """A list has fewer pages; ``line`` and the number of the last one is a line that works."""
    words = plural("There is {n} page.", "There are {n} pages.", pages)
    return CommandError(words.format(n=pages), f"{line} {pages}")


class Words:
    """Any words."""

    def parse(self, text: str, snapshot: object) -> str:
        return text

    def suggest(self, text: str, snapshot: object) -> list[str]:
        return []


DATE = DateKind()
PERIOD = PeriodKind()
METRIC = NameKind(metric_names, N_("“{text}” is no metric."))
