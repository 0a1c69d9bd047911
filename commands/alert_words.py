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
from commands.levels import LEVEL, typed
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
_SCALE = re.compile(
    r"(?<=\d)\s+(?=(?:k|m|bn|tn|tsd\.?|mio\.?|mrd\.?|bio\.?)(?:\s|$)|%)", re.IGNORECASE
)
_FILLERS = {
    "tell", "notify", "when", "if", "me", "the", "price", "of", "is", "goes", "gets", "hits",
    "reaches", "crosses", "rises", "falls", "drops", "moves", "at", "to", "than", "=", "usd",
    "dollars", "points",
}  # fmt: skip
_DIRECTIONS = {"falls": BELOW, "drops": BELOW, "rises": ABOVE}
_CHANGES = {
    "btc_close": "btc_30d", "eth_btc": "eth_btc_30d", "net_liquidity": "net_liquidity_4w",
    "stablecoins": "stablecoins_30d", "dominance": "dominance_30d", "rut_close": "rut_drawdown",
}  # fmt: skip
"""What has moved by so many percent."""
_SHARES = {"%", "pp", "pctl", "% a session", "% a year", "score"}
_SHARE = re.compile(r"[+\-−]?[\d.,]+%")
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))


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
    fillers = _FILLERS | {normal(_(word)) for word in (N_("when"), N_("than"))}
    while words and not METRIC.leading(words) and words[0].casefold() in fillers:
        words.pop(0)
    count = METRIC.leading(words) or 1
    near, rest = words[count : count + FILLED], words[count + FILLED :]
    if METRIC.leading(words) and not {normal(word) for word in near} & sides().keys():
        near = [_DIRECTIONS.get(word.casefold(), word) for word in near]
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


def check(values: Mapping[str, Any], snapshot: Snapshot) -> None:
    """Where side or level are missing: levels on both sides of where the metric stands."""
    if "metric" not in values or {"side", "level"} <= values.keys():
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
    """A number alone shows that threshold: '2' and '#2' as 'edit 2'."""
    return re.sub(r"^#?(?=\d)", "edit ", text.strip())


class NumberKind:
    """The number of a threshold; 0 for any other word, so that those of the chat are offered."""

    def parse(self, text: str, snapshot: object) -> int:
        digits = text.strip().removeprefix("#").rstrip(".")
        if not digits.isdecimal():
            return 0
        try:
            return int(LEVEL.parse(digits, snapshot))
        except CommandError as error:
            raise CommandError(error.message, "/alerts") from None

    def suggest(self, text: str, snapshot: object) -> list[str]:
        return []
