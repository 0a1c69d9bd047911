"""/alert and /alerts: thresholds of a chat."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from commands.facts import dated, freshness_line
from commands.kinds import METRIC, PERIOD, NameKind, spoken
from commands.levels import LEVEL, typed
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Field, Form, Menu, Reply
from commands.words import _, amount, day, plural
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.threshold import COOLDOWN, PERSISTENCE, Threshold, begin, margin_of
from storage.alerts import (
    BY_HAND,
    MOST,
    Alert,
    add_alert,
    alerts_of,
    delete_alert,
    pause_alert,
)
from storage.wall_time import local

SIDES = {
    "above": "above", "over": "above", ">": "above",
    "below": "below", "under": "below", "<": "below",
}  # fmt: skip
MOST_READINGS = 30
LONGEST_HOURS = 24 * 90


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


class WishesKind:
    """The words after the level."""

    def parse(self, text: str, snapshot: Any) -> Wishes:
        words, found = text.casefold().replace(",", " ").split(), Wishes()
        while words:
            word = words.pop(0)
            if word == "once":
                found = replace(found, once=True)
            elif word == "silent":
                found = replace(found, silent=True)
            elif word in ("for", "margin", "readings", "cooldown") and words:
                found = self._with(found, word, words.pop(0), snapshot)
            else:
                raise _no_wish(word)
        return found

    def _with(self, found: Wishes, word: str, value: str, snapshot: Any) -> Wishes:
        if word == "for":
            try:
                days = PERIOD.parse(value, snapshot).days
            except CommandError as error:
                raise CommandError(error.message, "for 30d", "for 6m") from None
            return replace(found, expires=None if days is None else dt.timedelta(days=days))
        if word == "margin":
            return replace(found, margin=abs(LEVEL.parse(value, snapshot)))
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


def run(call: Call) -> Reply:
    """Keep a new threshold."""
    wishes: Wishes = call.values.get("more", Wishes())
    metric = METRICS[call.values["metric"]]
    level: float = call.values["level"]
    margin = margin_of(level, metric.unit) if wishes.margin is None else wishes.margin
    rule = Threshold(
        metric.id, call.values["side"] == "above", level, margin, wishes.readings, wishes.cooldown
    )
    now = call.status().readings[metric.id]
    expires = None if wishes.expires is None else call.now + wishes.expires
    wanted = Alert(
        0, call.chat.chat, rule, begin(rule, now.usable), wishes.once, wishes.silent, expires
    )
    kept = call.write(partial(add_alert, alert=wanted, now=call.now))
    if kept is None:
        raise CommandError(
            _("This chat has {n} thresholds, and no more fit. Delete one first.").format(n=MOST),
            "/alerts",
        )
    return _told(kept, call)


def _told(alert: Alert, call: Call) -> Reply:
    """What was understood, where the metric stands, and when the chat hears of it."""
    rule, today = alert.rule, call.snapshot.timeline.last
    unit, decimals = METRICS[rule.metric].unit, METRICS[rule.metric].decimals
    now = dated(call.status().readings[rule.metric], today)
    waits = _("It stands there already: you hear when it comes back by {margin} and crosses again.")
    calm = plural(
        "You hear after {n} reading beyond it, at most once in {h} h.",
        "You hear after {n} readings in a row beyond it, at most once in {h} h.",
        rule.persistence,
    ).format(n=rule.persistence, h=int(rule.cooldown.total_seconds() // 3600))
    return Reply(
        headline=_("Threshold {id}: {what}.").format(id=alert.id, what=words_of(alert)),
        reason=_("It is {now} now.").format(now=now),
        lines=(
            calm if alert.state.armed
            else waits.format(margin=amount(rule.margin, unit, decimals)),
            *_extras(alert, call.chat.timezone),
        ),
        footer=freshness_line(call.status()),
        buttons=(
            Button(_("Try it"), f"/alerts test {alert.id}"),
            Button(_("Delete"), f"/alerts delete {alert.id}"),
            Button(_("All thresholds"), "/alerts"),
        ),
        sample=call.snapshot.timeline.sample,
    )  # fmt: skip


def _extras(alert: Alert, zone: str) -> list[str]:
    found = []
    if alert.once:
        found.append(_("Once, then it pauses."))
    if alert.silent:
        found.append(_("Without a sound."))
    if alert.expires is not None:
        found.append(_("Until {day}.").format(day=day(local(alert.expires, zone).date())))
    return found


def words_of(alert: Alert) -> str:
    """'altcoin season index above 60'."""
    metric, rule = METRICS[alert.rule.metric], alert.rule
    words = _("{metric} above {level}") if rule.above else _("{metric} below {level}")
    return words.format(
        metric=_(metric.name), level=amount(rule.level, metric.unit, metric.decimals)
    )


STATES = {
    BY_HAND: N_("paused"), "fired": N_("has fired, paused"), "expired": N_("expired, paused"),
}  # fmt: skip
ACTIONS = {
    form: action
    for action, forms in {
        "pause": ("pause", "stop"), "resume": ("resume", "start"), "delete": ("delete", "remove"),
        "test": ("test", "try"), "edit": ("edit", "change"),
    }.items()
    for form in forms
}  # fmt: skip
A_PAGE = 12


def manage(call: Call) -> Reply:
    """/alerts: list, pause, resume, edit, test, delete."""
    action, wanted = call.values.get("action"), call.values.get("number")
    mine = call.read(partial(alerts_of, chat=call.chat.chat))
    if action is None:
        return _list(mine)
    alert = next((item for item in mine if item.id == wanted), None)
    if alert is None:
        raise CommandError(
            _("This chat has no threshold {n}.").format(n=f"{wanted or 0:.0f}"),
            *(f"/alerts {action} {item.id}" for item in mine[:3]), "/alerts",
        )  # fmt: skip
    return _ACT[action](alert, call)


def _list(mine: list[Alert], headline: str = "") -> Reply:
    counted = plural("{n} threshold.", "{n} thresholds.", len(mine)).format(n=len(mine))
    none = _("No threshold yet. Write one, such as: /alert altseason above 60")
    lines = []
    for alert in mine[:A_PAGE]:
        state = STATES.get(alert.paused, "")
        lines.append(f"{alert.id}: {words_of(alert)}" + (f" ({_(state)})" if state else ""))
    if len(mine) > A_PAGE:
        lines.append(_("and {n} more").format(n=len(mine) - A_PAGE))
    new = Form(
        _("New threshold"), _("New threshold"), "/alert",
        (
            Field("metric", _("A number of the catalogue"), "altseason"),
            Field("side", _("above or below"), "above"),
            Field("level", _("Level"), "60"),
            Field("more", _("once, silent, for 30d …"), "once", required=False),
        ),
    )  # fmt: skip
    menus = tuple(_menu(mine, *choice) for choice in _MENUS if mine)
    return Reply(
        headline or (counted if mine else none),
        lines=tuple(lines),
        menus=menus,
        forms=(new,),
        private=True,
    )


def _menu(mine: list[Alert], action: str, label: str) -> Menu:
    choices = (
        Button(f"{item.id}: {words_of(item)}"[:90], f"/alerts {action} {item.id}")
        for item in mine[:25]
    )
    return Menu(_(label), tuple(choices))


_MENUS = (("edit", N_("Edit or pause one")), ("delete", N_("Delete one")))


def _edit(alert: Alert, call: Call) -> Reply:
    """One threshold, with everything that can be done with it."""
    if (level := call.values.get("level")) is not None:
        return run(replace(call, values=_same_but(alert, level, call)))
    pause = ("resume", _("Resume")) if alert.paused else ("pause", _("Pause"))
    return Reply(
        _("Threshold {id}: {what}.").format(id=alert.id, what=words_of(alert)),
        lines=tuple(_extras(alert, call.chat.timezone)),
        buttons=tuple(
            Button(label, f"/alerts {act} {alert.id}")
            for act, label in (pause, ("test", _("Try it")), ("delete", _("Delete")))
        ),
        forms=(
            Form(
                _("Another level"), _("Another level"), f"/alerts edit {alert.id}",
                (Field("level", _("Level"), typed(alert.rule.level)),),
            ),
        ),
        private=True,
    )  # fmt: skip


def _same_but(alert: Alert, level: float, call: Call) -> dict[str, Any]:
    """The same threshold at another level; the old one goes."""
    call.write(partial(delete_alert, chat=alert.chat, id=alert.id))
    rule = alert.rule
    lasting = None if alert.expires is None else alert.expires - call.now
    return {
        "metric": rule.metric,
        "side": "above" if rule.above else "below",
        "level": level,
        "more": Wishes(
            alert.once, alert.silent, lasting, None, rule.persistence, rule.cooldown
        ),
    }  # fmt: skip


def _pause(alert: Alert, call: Call) -> Reply:
    call.write(partial(pause_alert, chat=alert.chat, id=alert.id, why=BY_HAND))
    return _again(_("Threshold {id} is paused.").format(id=alert.id), call)


def _resume(alert: Alert, call: Call) -> Reply:
    call.write(partial(pause_alert, chat=alert.chat, id=alert.id, why=""))
    return _again(_("Threshold {id} runs again.").format(id=alert.id), call)


def _delete(alert: Alert, call: Call) -> Reply:
    call.write(partial(delete_alert, chat=alert.chat, id=alert.id))
    return _again(_("Threshold {id} is deleted.").format(id=alert.id), call)


def _again(headline: str, call: Call) -> Reply:
    return _list(call.read(partial(alerts_of, chat=call.chat.chat)), headline)


def _test(alert: Alert, call: Call) -> Reply:
    """What the message would look like."""
    now = call.status()
    text = crossing(alert, now.readings[alert.rule.metric].value)
    return Reply(
        _("This is how it looks: {text}").format(text=text),
        footer=freshness_line(now),
        sample=now.sample,
    )


def crossing(alert: Alert, value: float | None) -> str:
    """'Altcoin season index 62, above 60.'"""
    metric, rule = METRICS[alert.rule.metric], alert.rule
    words = (
        _("Threshold {id}: {metric} {value}, above {level}.")
        if rule.above
        else _("Threshold {id}: {metric} {value}, below {level}.")
    )
    return words.format(
        id=alert.id, metric=_(metric.name), value=amount(value, metric.unit, metric.decimals),
        level=amount(rule.level, metric.unit, metric.decimals),
    )  # fmt: skip


_ACT = {"pause": _pause, "resume": _resume, "delete": _delete, "test": _test, "edit": _edit}

ALERT = Command(
    name="alert",
    summary=N_("Tell this chat when a number crosses a level"),
    run=run,
    options=(
        Option("metric", METRIC, N_("a number of the catalogue, such as altseason"), required=True),
        Option(
            "side",
            NameKind(
                lambda: spoken(SIDES, N_("above"), N_("below")),
                N_("“{text}” is no side: above or below."),
            ),
            N_("above or below"), required=True,
        ),
        Option("level", LEVEL, N_("the level, such as 60"), required=True),
        Option("more", WishesKind(), N_("once, silent, for 30d, readings 1 …"), rest=True),
    ),
    aliases=("threshold",),
    access=Access.CHAT,
    examples=("/alert altseason above 60", "/alert btc below 50000 once", "/alert mrs above 0"),
)  # fmt: skip
ALERTS = Command(
    name="alerts",
    summary=N_("The thresholds of this chat: pause, edit, try, delete"),
    run=manage,
    options=(
        Option(
            "action", NameKind(lambda: ACTIONS, N_("“{text}” is nothing that /alerts can do.")),
            N_("pause, resume, edit, test or delete"),
        ),
        Option("number", LEVEL, N_("which threshold, by its number")),
        Option("level", LEVEL, N_("its new level, to edit it")),
    ),
    access=Access.CHAT,
    reads=lambda values: values.get("action") in (None, "test"),
    examples=("/alerts",),
)  # fmt: skip
