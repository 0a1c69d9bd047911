"""The kinds of events of /history: how each is typed, named and counted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from commands.changes import KINDS as TOLD
from commands.dates import meant, read_day
from commands.facts import PHASES
from commands.kinds import DATE, closest, longest, metric_names, normal
from commands.registry import CommandError
from commands.snapshot import Snapshot
from commands.words import _, plural
from rotation.events import BREAKOUT, KINDS, MANSFIELD, PHASE, RUNG, WARNING
from rotation.history import BASKET, ETH_BTC
from rotation.inputs import BTC, ETH, N_
from rotation.ladder import LADDER
from rotation.phase import Phase

LIST, NUMBERS = "list", "numbers"
ASSET_NAMES = {BTC: "BTC", ETH: "ETH", ETH_BTC: "ETH/BTC", BASKET: N_("Alts")}
_MORE_NAMES = {
    "breakouts": BREAKOUT,
    "early warnings": WARNING,
    "warning": WARNING,
    "mansfield": MANSFIELD,
    "mrs cross": MANSFIELD,
    "list": LIST,
    "attempts": LIST,
}
_SEASON, _HOT = f"{PHASE}{Phase.ALTSEASON.value}", f"{PHASE}{Phase.EXHAUSTION.value}"
_NEAR = {
    "index": _SEASON,
    "season": _SEASON,
    "altseason index": _SEASON,
    "altcoin season index": _SEASON,
    "altcoin season": _SEASON,
    "bitcoin season": _SEASON,
    "heat": _HOT,
    "window": BREAKOUT,
    "days of the window": BREAKOUT,
    "day": BREAKOUT,
    "retest": BREAKOUT,
    "capitulation": _HOT,
    "stale sources": WARNING,
    "scored calls": WARNING,
}
"""What is told or shown and not counted, and the kind that comes nearest to it."""
_LEVEL = re.compile(r"[\d.,]+\w{0,2}|[<>=%]+|\b(?:at|above|below|over|under|bei|über|unter)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show: a kind of event, all its numbers, the list of breakouts, or one day."""

    kind: str = BREAKOUT
    page: int = 1
    numbers: bool = False
    date: dt.date | None = None


def slug(kind: str) -> str:
    """A kind as it is typed: 'rung-small-caps'."""
    return kind.replace(":", "-").replace(" ", "-").replace("_", "-")


def event_names() -> set[str]:
    """Every form that may be typed for a kind of event."""
    told = (form for kind, label in TOLD.items() for form in (kind.value, label, _(label)))
    counted = {form for form, kind in kind_names().items() if kind not in (LIST, NUMBERS)}
    return counted | set(map(normal, told))


def kind_names() -> dict[str, str]:
    """Every form that may be typed for a kind, to the form that the bot writes."""
    names = dict(_MORE_NAMES)
    for kind in KINDS:
        names[normal(slug(kind))] = slug(kind)
    for phase in Phase:
        for name in (phase.value, _(PHASES[phase])):
            names.setdefault(normal(name), slug(PHASE + phase.value))
    for rung in LADDER:
        for name in (rung.id, _(rung.name)):
            typed = slug(RUNG + rung.id)
            names.setdefault(normal(name), typed)
            names |= {normal(name).replace(" ", ""): typed}
            names |= {"rung " + normal(name).replace(" ", ""): typed}
    return names


_KINDS = {slug(kind): kind for kind in KINDS} | {LIST: LIST}


class EventKind:
    """'breakout', 'rung-small-caps 2', 'list', or a day such as '2024-11-06'."""

    def parse(self, text: str, snapshot: Snapshot) -> Asked:
        words, page = _last(text, lambda word: word.isdecimal() and len(word) <= 2)
        words, numbers = _last(words, lambda word: normal(word) == NUMBERS)
        wanted = normal(words)
        names = kind_names()
        if wanted in names:
            return Asked(_KINDS[names[wanted]], max(int(page or 1), 1), bool(numbers))
        typed = text.split()
        if known := longest(typed, names):
            rest = " ".join(typed[known:])[:40]
            raise CommandError(
                _("I do not know what “{words}” means here. It is {usage}.").format(
                    words=rest, usage="/history [event]"
                ),
                names[normal(" ".join(typed[:known]))],
            )
        if near := _not_counted(text):
            raise CommandError(
                _(
                    "“{text}” is not counted as an event. Counted are breakouts, early warnings, "
                    "phases, rungs and crosses of Mansfield strength."
                ).format(text=text[:40]),
                *near,
            )
        last = snapshot.timeline.last
        dated = read_day(text, last) or (meant(text, last) and any(map(str.isdigit, text)))
        if dated or (any(map(str.isdigit, text)) and not any(map(str.isalpha, text))):
            return Asked(date=DATE.parse(text, snapshot))
        near = closest(words, names) or [BREAKOUT, WARNING, slug(RUNG + LADDER[3].id)]
        raise CommandError(_("“{text}” is no kind of event.").format(text=text[:40]), *near)

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        names, wanted = kind_names(), normal(text)
        starting = [key for name, key in names.items() if name.startswith(wanted)]
        return list(dict.fromkeys([*starting, *closest(text, names, 25)]))[:25]


def _not_counted(text: str) -> list[str]:
    """Kinds to offer for a number of the catalogue, or for what is told and not counted, with a
    level ('heat above 80') or without; none for any other text.
    """
    wanted = normal(_LEVEL.sub(" ", text.casefold())) or normal(text)
    near = {**_NEAR, **{normal(_(form)): _NEAR[form] for form in TOLD.values() if form in _NEAR}}
    metric = metric_names().get(wanted, "")
    if wanted not in near and not metric:
        return []
    kind = near.get(wanted) or near.get(normal(metric), BREAKOUT)
    return list(dict.fromkeys((slug(kind), BREAKOUT, WARNING)))


def _last(text: str, fits: Callable[[str], bool]) -> tuple[str, str]:
    """A text without its last word, and that word, if it is not the only one and fits."""
    words, _space, last = text.strip().rpartition(" ")
    return (words.strip(), last) if words and fits(last) else (text.strip(), "")


def counted(kind: str, n: int) -> str:
    """'6 breakouts', 'Small-cap lead began 7 times'."""
    if kind == BREAKOUT:
        return plural("{n} breakout of the rule", "{n} breakouts of the rule", n).format(n=n)
    if kind == WARNING:
        return plural("{n} early warning", "{n} early warnings", n).format(n=n)
    if kind == MANSFIELD:
        text = plural(
            "Small caps crossed above large caps {n} time",
            "Small caps crossed above large caps {n} times", n,
        )  # fmt: skip
        return text.format(n=n)
    if kind.startswith(PHASE):
        name = _(PHASES[Phase(kind.removeprefix(PHASE))])
        text = plural("{name} began {n} time", "{name} began {n} times", n)
        return text.format(name=name, n=n)
    name = next(_(rung.name) for rung in LADDER if rung.id == kind.removeprefix(RUNG))
    text = plural("Rung {name} was lit {n} time", "Rung {name} was lit {n} times", n)
    return text.format(name=name, n=n)


def event_name(kind: str) -> str:
    if kind == BREAKOUT:
        return _("breakout confirmed")
    if kind == WARNING:
        return _("early warning on")
    if kind == MANSFIELD:
        return _("small caps above large caps for 5 sessions")
    if kind.startswith(PHASE):
        name = _(PHASES[Phase(kind.removeprefix(PHASE))])
        return _("phase {name} begins").format(name=name)
    name = next(_(rung.name) for rung in LADDER if rung.id == kind.removeprefix(RUNG))
    return _("rung {name} lit").format(name=name)
