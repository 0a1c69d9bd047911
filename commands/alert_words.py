"""How a threshold is typed: side, level and what may follow; and its number."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commands.facts import dated
from commands.history_kinds import event_names
from commands.kinds import METRIC, PERIOD, metric_names, normal, spoken
from commands.levels import LEVEL, SCALE, typed
from commands.registry import CommandError, decision
from commands.snapshot import Snapshot
from commands.words import _
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.threshold import COOLDOWN, PERSISTENCE

ABOVE, BELOW = "above", "below"
SIDES = {
    "above": ABOVE, "over": ABOVE, ">": ABOVE, "≥": ABOVE, "greater": ABOVE, "higher": ABOVE,
    "below": BELOW, "under": BELOW, "<": BELOW, "≤": BELOW, "less": BELOW, "lower": BELOW,
}  # fmt: skip
ACTIONS = {
    form: action
    for action, forms in {
        "pause": ("pause", "stop"), "resume": ("resume", "start"), "delete": ("delete", "remove"),
        "test": ("test", "try"), "edit": ("edit", "change", "show"), "list": ("list", "page"),
    }.items()
    for form in forms
}  # fmt: skip
MOST_READINGS = 30
LONGEST_HOURS = 24 * 90
LONGEST_DAYS = 3_650
FILLED = 5
"""Words after the metric that may be fillers."""
_SIGN = re.compile(r"\s*([<>≤≥])=?\s*")
_SCALE = re.compile(rf"(?<=\d)\s+(?={SCALE}(?:\s|$)|%)", re.IGNORECASE)
_FILLERS = {
    "tell", "notify", "when", "if", "me", "the", "price", "of", "is", "goes", "gets", "hits",
    "reaches", "crosses", "rises", "falls", "drops", "moves", "at", "to", "than", "=", "usd",
    "dollars", "points",
}  # fmt: skip
_DIRECTIONS = {"falls": BELOW, "drops": BELOW, "rises": ABOVE}
_SPOKEN = {N_("falls"): BELOW, N_("rises"): ABOVE}
_CHANGES = {
    "btc_close": "btc_30d", "eth_btc": "eth_btc_30d", "net_liquidity": "net_liquidity_4w",
    "stablecoins": "stablecoins_30d", "dominance": "dominance_30d", "rut_close": "rut_drawdown",
}  # fmt: skip
"""What has moved by so many percent."""
_SHARES = {"%", "pp", "pctl", "% a session", "% a year", "score"}
_SHARE = re.compile(r"[+\-−]?[\d.,]+%")
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))
_MEANT = ((1e3, "k"), *_SCALES[::-1])
_HUNDRED = {"score", "pctl"}
_STEADY = {
    "btc_close", "eth_close", "rut_close", "spx_close", "net_liquidity", "fed_assets",
    "treasury_account", "mbs", "stablecoins",
}  # fmt: skip
FAR = 30.0
"""A price that many times higher or lower than now is no threshold but a slip."""


def sides() -> dict[str, str]:
    return spoken(SIDES, N_("above"), N_("below"), N_("greater"), N_("less"))


def actions() -> dict[str, str]:
    words = (N_("pause"), N_("resume"), N_("delete"), N_("test"), N_("edit"), N_("list"))
    return spoken(ACTIONS, *words)


def tidy(text: str) -> str:
    """'when btc hits 100 k' as 'btc 100k', 'btc>90000' as 'btc > 90000', 'btc 9k above' the other
    way round.
    """
    words = _SCALE.sub("", _SIGN.sub(r" \1 ", text)).split()
    turns = _DIRECTIONS | {normal(_(word)): side for word, side in _SPOKEN.items()}
    fillers = _FILLERS | turns.keys() | {normal(_(word)) for word in (N_("when"), N_("than"))}
    while words and not METRIC.leading(words) and words[0].casefold() in fillers:
        words.pop(0)
    count = METRIC.leading(words) or 1
    near, rest = words[count : count + FILLED], words[count + FILLED :]
    if METRIC.leading(words) and not {normal(word) for word in near} & sides().keys():
        near = [turns.get(word.casefold(), word) for word in near]
    _refuse_others(words)
    _refuse_share(words[:count], near)
    kept = [word for word in near if word.casefold() not in fillers]
    if len(kept) > 1 and any(map(str.isdigit, kept[0])) and normal(kept[1]) in sides():
        kept[:2] = kept[1::-1]
    return " ".join([*words[:count], *kept, *rest])


def _refuse_others(words: Sequence[str]) -> None:
    """What /alerts does, and events, which are no numbers: 'delete 2', 'early warning'."""
    if not words or METRIC.leading(words):
        return
    text = " ".join(words)
    if (action := actions().get(normal(words[0]))) is not None:
        number = next((f" {word}" for word in words[1:] if word.isdecimal()), "")
        line = f"/alerts {action}{number}" if number or action == "list" else "/alerts"
        raise CommandError(_("“{text}” goes with /alerts.").format(text=text[:40]), line)
    if normal(text) in event_names():
        said = _("“{text}” is an event, and no number: events have a switch of their own.")
        raise CommandError(
            said.format(text=text[:40]), "/settings events on", "/settings kinds",
            "/alert altseason above 60",
        )  # fmt: skip


def _refuse_share(named: Sequence[str], near: Sequence[str]) -> None:
    """'btc falls 10%' means a change, and no price of 10 dollars."""
    share = next((word for word in near if _SHARE.fullmatch(word)), None)
    id = metric_names().get(normal(" ".join(named)))
    if share is None or id is None or METRICS[id].unit in _SHARES:
        return
    down = BELOW in near or share[0] in "-−"
    level = f"{'-' if down else ''}{share.strip('+-−%')}"
    change = f"/alert {_CHANGES.get(id, id)}"
    said = _("{metric} is counted in {unit}, not in %.")
    raise CommandError(
        said.format(metric=_(METRICS[id].name), unit=_(METRICS[id].unit)),
        f"{change} {BELOW if down else ABOVE} {level}" if id in _CHANGES else change,
    )


def believable(metric: str, level: float, snapshot: Snapshot, line: str) -> None:
    """CommandError for a level that the metric never comes near, a slip of the pen; ``line`` and a
    level is what to type.
    """
    known = METRICS[metric]
    reading = decision(snapshot.timeline, snapshot.timeline.last).readings[metric]
    if known.unit in _HUNDRED:
        if not 0 <= level <= 100:
            said = _("{metric} goes from 0 to 100.").format(metric=_(known.name))
            raise CommandError(said, f"{line} {'90' if level > 100 else '10'}")
        return
    value = reading.value
    if metric not in _STEADY or value is None or value <= 0 or _near(level, value):
        return
    said = _("{metric} is {value}, nowhere near that.")
    near = (
        f"{typed(abs(level))}{name}" for scale, name in _MEANT if _near(abs(level) * scale, value)
    )
    raise CommandError(
        said.format(metric=_(known.name), value=dated(reading, snapshot.timeline.last)),
        *(f"{line} {word}" for word in near),
    )


def _near(level: float, value: float) -> bool:
    return value / FAR <= level <= value * FAR


def check(values: Mapping[str, Any], snapshot: Snapshot) -> None:
    """Where side or level are missing: levels on both sides of where the metric stands."""
    if "metric" not in values:
        return
    if {"side", "level"} <= values.keys():
        line = f"/alert {values['metric']} {values['side']}"
        believable(values["metric"], values["level"], snapshot, line)
        return
    last = snapshot.timeline.last
    reading = decision(snapshot.timeline, last).readings[values["metric"]]
    value = reading.value
    raise CommandError(
        _("{metric}: {value}. Above or below which level?").format(
            metric=_(METRICS[values["metric"]].name), value=dated(reading, last)
        ),
        *(
            f"/alert {values['metric']} {side} {_beyond(value, side, reading.unit)}"
            for side in (ABOVE, BELOW)
            if values.get("side", side) == side and value is not None
        ),
        *(("/alert altseason above 60",) if value is None else ()),
    )


def _beyond(value: float, side: str, unit: str) -> str:
    """A level in two figures, a tenth beyond a value; a score stays between 0 and 100."""
    far = value + (0.1 if side == ABOVE else -0.1) * (abs(value) or 10)
    if unit in {"score", "pctl"}:
        return typed(round(min(max(far, 1.0), 99.0)))
    level = float(f"{far:.2g}")
    for scale, name in _SCALES:
        if abs(level) >= scale:
            return typed(float(f"{level / scale:.2g}")) + name
    return typed(level)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What may follow a threshold: 'once', 'silent', 'for 30d', 'margin 3', 'readings 1',
    'cooldown 12h'.
    """

    once: bool = False
    silent: bool = False
    expires: dt.timedelta | None = None
    margin: float | None = None
    readings: int = PERSISTENCE
    cooldown: dt.timedelta = COOLDOWN


_WISHES = (
    N_("once"), N_("silent"), N_("for"), N_("margin"), N_("readings"), N_("cooldown"),
)  # fmt: skip


class WishesKind:
    """The words after the level."""

    def parse(self, text: str, snapshot: Any) -> Wishes:
        known = spoken({word: word for word in _WISHES}, *_WISHES)
        words, found = text.casefold().replace(",", " ").split(), Wishes()
        while words:
            said = words.pop(0)
            word = known.get(normal(said), "")
            if word == "once":
                found = replace(found, once=True)
            elif word == "silent":
                found = replace(found, silent=True)
            elif word and words:
                count = PERIOD.leading(words) if word == "for" else 1
                value, words = " ".join(words[:count]), words[count:]
                found = self._with(found, word, value, snapshot)
            else:
                raise _no_wish(said)
        return found

    def _with(self, found: Wishes, word: str, value: str, snapshot: Any) -> Wishes:
        try:
            if word == "for":
                days = PERIOD.parse(value, snapshot).days
                lasting = None if days is None else dt.timedelta(days=min(days, LONGEST_DAYS))
                return replace(found, expires=lasting)
            if word == "margin":
                return replace(found, margin=abs(LEVEL.parse(value, snapshot)))
        except CommandError as error:
            examples = ("for 30d", "for 6m") if word == "for" else ("margin 3",)
            raise CommandError(error.message, *examples) from None
        number = value.removesuffix("h")
        if not number.isdecimal() or len(number) > 4:
            raise _no_wish(f"{word} {value}")
        if word == "readings":
            return replace(found, readings=min(max(int(number), 1), MOST_READINGS))
        return replace(found, cooldown=dt.timedelta(hours=min(int(number), LONGEST_HOURS)))

    def suggest(self, text: str, snapshot: object) -> list[str]:
        forms = (
            "once",
            "silent",
            "once silent",
            "for 30d",
            "readings 1",
            "cooldown 12h",
            "margin 3",
        )
        return [form for form in forms if form.startswith(text.casefold())]


def _no_wish(word: str) -> CommandError:
    return CommandError(
        _("I do not know “{word}” here: once, silent, for 30d, margin 3, readings 1, cooldown 12h.")
        .format(word=word[:40]),
        "once", "silent", "for 30d",
    )  # fmt: skip


def numbered(text: str) -> str:
    """A number alone shows that threshold: '2' and '#2' as 'edit 2'. 'delete 1 and 2' as
    'delete 1,2'.
    """
    words = re.sub(r"^#?(?=\d)", "edit ", text.strip()).split()
    if words and actions().get(normal(words[0])) in ("pause", "resume", "delete"):
        parts = (word.strip(",") for word in words[1:])
        return f"{words[0]} {','.join(part for part in parts if normal(part) not in _AND)}"
    return " ".join(words)


_AND = {"and", "und", "&", ""}
ALL, SURE = (-1,), (-2,)
"""In place of numbers: every threshold, and every one of them surely."""


class NumbersKind:
    """Numbers of thresholds; 0 for any other word, so that those of the chat are offered."""

    def parse(self, text: str, snapshot: object) -> tuple[int, ...]:
        words = [word for word in re.split(r"[,\s]+", text) if word]
        if words and normal(words[0]) in ("all", normal(_("all"))):
            sure = [normal(word) in ("yes", normal(_("yes"))) for word in words[1:]]
            return ALL if not sure else SURE if sure == [True] else (0,)
        return tuple(dict.fromkeys(self._one(word, snapshot) for word in words)) or (0,)

    def _one(self, word: str, snapshot: object) -> int:
        digits = word.removeprefix("#").rstrip(".")
        if not digits.isdecimal():
            return 0
        try:
            return int(LEVEL.parse(digits, snapshot))
        except CommandError as error:
            raise CommandError(error.message, "/alerts") from None

    def suggest(self, text: str, snapshot: object) -> list[str]:
        return []
