"""The types of options: dates, metrics, periods, terms, command names."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from commands.dates import meant, read_day
from commands.registry import CommandError
from commands.snapshot import Snapshot
from commands.words import _, day, plural
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.ladder import LADDER

T = TypeVar("T")

MOST_SUGGESTIONS = 25
MOST_OFFERED = 3
MOST_WORDS = 12
"""More has no name that can be typed."""
_PERIOD = re.compile(r"(\d{1,4})\s*([^\W\d]+)")
_PERIOD_DAYS = {"d": 1, "w": 7, "m": 30.44, "y": 365.25}
_UNITS = {"d": N_("days"), "w": N_("weeks"), "m": N_("months"), "y": N_("years")}


def normal(text: str) -> str:
    """Lower case, one separator: 'Small-Caps ' and 'small_caps' are the same."""
    return re.sub(r"[\s_\-–/]+", " ", text).strip().casefold()


def closest(text: str, names: Mapping[str, str], n: int = 3, cutoff: float = 0.6) -> list[str]:
    """Keys whose name is most like a text; ``names`` maps what may be typed to a key."""
    wanted = normal(text)
    found = difflib.get_close_matches(wanted, list(names), n=3 * n, cutoff=cutoff)
    found += [name for name in names if wanted and wanted in name and name not in found]
    return list(dict.fromkeys(names[name] for name in found))[:n]


def longest(words: Sequence[str], names: Container[str]) -> int:
    """How many of the first words are one of some names, as many as can be."""
    lengths = range(min(len(words), MOST_WORDS), 0, -1)
    return next((n for n in lengths if normal(" ".join(words[:n])) in names), 0)


class DateKind:
    """A day for which a decision exists."""

    def parse(self, text: str, snapshot: Snapshot) -> dt.date:
        first, last = snapshot.timeline.first, snapshot.timeline.last
        value = read_day(text, last)
        if value is None:
            near = [min(max(item, first), last) for item in meant(text, last)] or [last]
            unknown = (
                _("“{text}” could be two days. Write it as year-month-day.")
                if len(near) > 1
                else _("“{text}” is no date. Write it as year-month-day.")
            )
            raise CommandError(
                unknown.format(text=text[:40]), *dict.fromkeys(item.isoformat() for item in near)
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

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        last = snapshot.timeline.last
        recent = [(last - dt.timedelta(days=n)).isoformat() for n in range(MOST_SUGGESTIONS)]
        return [value for value in recent if value.startswith(text.strip())]


@runtime_checkable
class Wordy(Protocol):
    """A type of option whose values may have several words."""

    def leading(self, words: Sequence[str]) -> int:
        """How many of the first words are one value; 0 if they begin none."""


def spoken(names: Mapping[str, T], *words: str) -> dict[str, T]:
    """What may be typed, and some of these words in the language of the request too."""
    return {**names, **{normal(_(word)): names[word] for word in words}}


@dataclass(frozen=True, slots=True)
class NameKind:
    """One of a set of names. ``names`` maps each form that may be typed to its key."""

    names: Callable[[], Mapping[str, str]]
    unknown: str
    """'“{text}” is no metric.'"""
    usual: tuple[str, ...] = ()
    """What to offer where none is similar; by default all of two or three."""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        names = self.names()
        found = names.get(normal(text))
        if found is None:
            every = tuple(dict.fromkeys(names.values()))
            few = every if 2 <= len(every) <= MOST_OFFERED else ()
            near = closest(text, names) or self.usual or few
            raise CommandError(_(self.unknown).format(text=text[:40]), *near)
        return found

    def leading(self, words: Sequence[str]) -> int:
        """How many of the first words are one name, as many as can be; 0 if they begin none."""
        return longest(words, self.names())

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        names, wanted = self.names(), normal(text)
        starting = [key for name, key in names.items() if name.startswith(wanted)]
        return list(dict.fromkeys(starting + closest(text, names, MOST_SUGGESTIONS)))[
            :MOST_SUGGESTIONS
        ]


class MetricKind(NameKind):
    """A number of the catalogue. Of single coins there are none, but they can be watched."""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        from commands.assets import coin_of  # it rests on this module

        try:
            return super().parse(text, snapshot)
        except CommandError:
            coin = coin_of(text, snapshot)
            if not coin:
                raise
            only = _(
                "Of single coins only bitcoin and ether have numbers here; “{text}” can go on the "
                "watch list."
            )
            raise CommandError(only.format(text=text[:40]), f"/watch add {coin}") from None


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch that ends with the decision; ``days`` None is everything."""

    text: str
    days: int | None


def _unit(word: str) -> str:
    """'m' for 'm', 'mo' or 'months', in English or the language of the request; '' for none."""
    wanted = normal(word)
    both = [(key, form) for key, name in _UNITS.items() for form in (name, normal(_(name)))]
    return next((key for key, form in both if form.startswith(wanted)), "")


class PeriodKind:
    """'30d', '6 months', '2y' or 'max'."""

    def leading(self, words: Sequence[str]) -> int:
        """How many of the first words are one period: two for '6 months'."""
        return 2 if words[0].isdecimal() and len(words) > 1 and _unit(words[1]) else 1

    def parse(self, text: str, snapshot: Snapshot) -> Period:
        wanted = normal(text)
        if wanted in ("max", "all"):
            return Period("max", None)
        match = _PERIOD.fullmatch(wanted)
        unit = match and _unit(match[2])
        if match is None or not unit or int(match[1]) == 0:
            raise CommandError(
                _("“{text}” is no period. Write days, weeks, months or years.").format(
                    text=text[:40]
                ),
                "90d", "6m", "2y", "max",
            )  # fmt: skip
        return Period(match[1] + unit, round(int(match[1]) * _PERIOD_DAYS[unit]))

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        common = ["30d", "90d", "6m", "1y", "2y", "5y", "10y", "max"]
        return [value for value in common if value.startswith(normal(text))]


def metric_names() -> dict[str, str]:
    """Everything that may be typed for a metric: its id and its name, here and in English."""
    names: dict[str, str] = {}
    for id, metric in METRICS.items():
        for form in (id, metric.name, _(metric.name)):
            names.setdefault(normal(form), id)
    names |= _SHORT
    for rung in LADDER:
        for form in (rung.id, rung.name, _(rung.name)):
            names.setdefault(normal(form), f"{rung.id}_score")
    return names


_SHORT = {
    "altseason": "altseason_index",
    "altcoin season": "altseason_index",
    "alt season": "altseason_index",
    "alt season index": "altseason_index",
    "season": "altseason_index",
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
METRIC = MetricKind(metric_names, N_("“{text}” is no metric."))
