"""/alert and /alerts: thresholds of a chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from commands.alert_words import (
    ABOVE,
    BELOW,
    NumberKind,
    Wishes,
    WishesKind,
    actions,
    check,
    numbered,
    sides,
    tidy,
)
from commands.facts import dated, freshness_line
from commands.kinds import METRIC, NameKind, no_page
from commands.levels import LEVEL, typed
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Field, Form, Menu, Reply
from commands.words import _, amount, day, plural
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.threshold import Threshold, begin, latest, margin_of
from storage.alerts import (
    BY_HAND,
    EXPIRED,
    FIRED,
    MOST,
    Alert,
    add_alert,
    alerts_of,
    change_alert,
    delete_alert,
    pause_alert,
)
from storage.wall_time import local


def run(call: Call) -> Reply:
    """Keep a new threshold."""
    wishes: Wishes = call.values.get("more", Wishes())
    rule = rule_of(call.values)
    expires = None if wishes.expires is None else call.now + wishes.expires
    state = begin(rule, _value_now(rule.metric, call))
    wanted = Alert(0, call.chat.chat, rule, state, wishes.once, wishes.silent, expires)
    kept = call.write(partial(add_alert, alert=wanted, now=call.now))
    if kept is None:
        raise CommandError(
            _("This chat has {n} thresholds, and no more fit. Delete one first.").format(n=MOST),
            "/alerts",
        )
    return _told(kept, call)


def rule_of(values: Mapping[str, Any]) -> Threshold:
    """The rule of what was typed after /alert."""
    wishes: Wishes = values.get("more", Wishes())
    metric, level = METRICS[values["metric"]], values["level"]
    margin = margin_of(level, metric.unit) if wishes.margin is None else wishes.margin
    above = values["side"] == ABOVE
    return Threshold(metric.id, above, level, margin, wishes.readings, wishes.cooldown)


def _value_now(metric: str, call: Call) -> float | None:
    """What an evaluation would read now: the latest price where it looks at those."""
    live = latest(metric, call.snapshot.quotes)
    return call.status().readings[metric].usable if live is None else live[1]


def _words_now(metric: str, call: Call) -> str:
    live = latest(metric, call.snapshot.quotes)
    if live is None:
        return dated(call.status().readings[metric], call.snapshot.timeline.last)
    known = METRICS[metric]
    price = amount(live[1], known.unit, known.decimals)
    return _("{price} (live {time} UTC)").format(price=price, time=f"{live[0]:%H:%M}")


def _told(alert: Alert, call: Call) -> Reply:
    """What was understood, where the metric stands, and when the chat hears of it."""
    rule = alert.rule
    unit, decimals = METRICS[rule.metric].unit, METRICS[rule.metric].decimals
    now = _words_now(rule.metric, call)
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
    BY_HAND: N_("paused"), FIRED: N_("has fired, paused"), EXPIRED: N_("expired, paused"),
}  # fmt: skip
A_PAGE = 12


def _only_reads(values: Mapping[str, Any]) -> bool:
    shows = values.get("action") == "edit" and "level" not in values
    return shows or values.get("action") in (None, "list", "test")


def manage(call: Call) -> Reply:
    """/alerts: list, pause, resume, edit, test, delete."""
    action, wanted = call.values.get("action"), call.values.get("number")
    mine = call.read(partial(alerts_of, chat=call.chat.chat))
    if action in (None, "list"):
        return _list(mine, page=int(wanted or 1))
    alert = next((item for item in mine if item.id == wanted), None)
    if alert is None:
        which = _("Which threshold?")
        if wanted:
            which = _("This chat has no threshold {n}.").format(n=wanted)
        raise CommandError(which, *(f"/alerts {action} {item.id}" for item in mine[:3]), "/alerts")
    return _ACT[action](alert, call)


def _list(mine: list[Alert], headline: str = "", page: int = 1) -> Reply:
    """A page of them; a tap on one shows what can be done with it."""
    counted = plural("{n} threshold.", "{n} thresholds.", len(mine)).format(n=len(mine))
    none = _("No threshold yet. Write one, such as: /alert altseason above 60")
    pages = max(-(-len(mine) // A_PAGE), 1)
    if not 1 <= page <= pages:
        raise no_page(pages, "/alerts list")
    shown = mine[(page - 1) * A_PAGE : page * A_PAGE]
    turns = [(_("Back"), page - 1)] * (page > 1) + [(_("More"), page + 1)] * (page < pages)
    return Reply(
        headline or (counted if mine else none),
        lines=tuple(_row(alert) for alert in shown),
        buttons=tuple(Button(label, f"/alerts list {n}") for label, n in turns),
        menus=(_menu(shown),) if shown else (),
        forms=(_form(),),
        private=True,
    )


def _row(alert: Alert) -> str:
    state = STATES.get(alert.paused, "")
    return f"{alert.id}: {words_of(alert)}" + (f" ({_(state)})" if state else "")


def _form() -> Form:
    return Form(
        _("New threshold"), _("New threshold"), "/alert",
        (
            Field("metric", _("A number of the catalogue"), "altseason"),
            Field("side", _("above or below"), "above"),
            Field("level", _("Level"), "60"),
            Field("more", _("once, silent, for 30d …"), "once", required=False),
        ),
    )  # fmt: skip


def _menu(shown: list[Alert]) -> Menu:
    choices = (
        Button(f"{item.id}: {words_of(item)}"[:90], f"/alerts edit {item.id}") for item in shown
    )
    return Menu(_("Edit, pause or delete one"), tuple(choices))


def _edit(alert: Alert, call: Call) -> Reply:
    """One threshold, with everything that can be done with it."""
    if (level := call.values.get("level")) is not None:
        return _moved(alert, level, call)
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


def _moved(alert: Alert, level: float, call: Call) -> Reply:
    """The same threshold at another level: it runs, and begins anew."""
    metric = METRICS[alert.rule.metric]
    usual = alert.rule.margin == margin_of(alert.rule.level, metric.unit)
    margin = margin_of(level, metric.unit) if usual else alert.rule.margin
    rule = replace(alert.rule, level=level, margin=margin)
    return _restarted(replace(alert, rule=rule), call)


def _restarted(alert: Alert, call: Call) -> Reply:
    """It runs, from where its metric stands now; one that had expired no longer does."""
    late = alert.expires is not None and alert.expires <= call.now
    fresh = replace(
        alert, paused="", state=begin(alert.rule, _value_now(alert.rule.metric, call)),
        expires=None if late else alert.expires,
    )  # fmt: skip
    call.write(partial(change_alert, alert=fresh))
    return _told(fresh, call)


def _pause(alert: Alert, call: Call) -> Reply:
    call.write(partial(pause_alert, chat=alert.chat, id=alert.id, why=BY_HAND))
    return _again(_("Threshold {id} is paused.").format(id=alert.id), call)


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


_ACT = {"pause": _pause, "resume": _restarted, "delete": _delete, "test": _test, "edit": _edit}

ALERT = Command(
    name="alert",
    summary=N_("Tell this chat when a number crosses a level"),
    run=run,
    options=(
        Option("metric", METRIC, N_("a number of the catalogue, such as altseason"), required=True),
        Option(
            "side",
            NameKind(sides, N_("“{text}” is no side: above or below."), (ABOVE, BELOW)),
            N_("above or below"), required=True,
        ),
        Option("level", LEVEL, N_("the level, such as 60"), required=True),
        Option("more", WishesKind(), N_("once, silent, for 30d, readings 1 …"), rest=True),
    ),
    aliases=("threshold",),
    access=Access.CHAT,
    tidy=tidy,
    check=check,
    examples=("/alert altseason above 60", "/alert btc below 50000 once", "/alert mrs above 0"),
)  # fmt: skip
ALERTS = Command(
    name="alerts",
    summary=N_("The thresholds of this chat: pause, edit, try, delete"),
    run=manage,
    options=(
        Option(
            "action",
            NameKind(actions, N_("“{text}” is nothing that /alerts can do.")),
            N_("list, pause, resume, edit, test or delete"),
        ),
        Option("number", NumberKind(), N_("which threshold, by its number")),
        Option("level", LEVEL, N_("its new level, to edit it")),
    ),
    access=Access.CHAT,
    reads=_only_reads,
    tidy=numbered,
    examples=("/alerts",),
)  # fmt: skip
