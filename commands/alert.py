"""/alert and /alerts: thresholds of a chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from commands.alert_words import (
    ABOVE,
    ALL,
    BELOW,
    SURE,
    NumbersKind,
    Wishes,
    WishesKind,
    actions,
    believable,
    check,
    numbered,
    sides,
    tidy,
)
from commands.dispatch import turns
from commands.facts import dated, freshness_line
from commands.kinds import METRIC, NameKind, no_page
from commands.levels import LEVEL, typed
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Field, Form, Menu, Reply
from commands.words import _, amount, day, listed, plural
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.threshold import COOLDOWN, PERSISTENCE, Threshold, begin, latest, margin_of
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
    before = {alert.id for alert in call.read(partial(alerts_of, chat=call.chat.chat))}
    kept = call.write(partial(add_alert, alert=wanted, now=call.now))
    if kept is None:
        raise CommandError(
            _("This chat has {n} thresholds, and no more fit. Delete one first.").format(n=MOST),
            "/alerts",
        )
    changed = _("Threshold {id} is changed: {what}.")
    return _told(kept, call, changed if kept.id in before else "")


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


def _told(alert: Alert, call: Call, headline: str = "") -> Reply:
    """What was understood, where the metric stands, and when the chat hears of it."""
    headline = headline or _("Threshold {id}: {what}.")
    return Reply(
        headline=headline.format(id=alert.id, what=words_of(alert)),
        reason=_("It is {now} now.").format(now=_words_now(alert.rule.metric, call)),
        lines=_terms(alert, call.chat.timezone),
        footer=freshness_line(call.status()),
        buttons=(
            Button(_("Try it"), f"/alerts test {alert.id}"),
            Button(_("Delete"), f"/alerts delete {alert.id}"),
            Button(_("All thresholds"), "/alerts"),
        ),
        sample=call.snapshot.timeline.sample,
    )


def _terms(alert: Alert, zone: str) -> tuple[str, ...]:
    """When the chat hears of it."""
    rule, metric = alert.rule, METRICS[alert.rule.metric]
    margin = amount(rule.margin, metric.unit, metric.decimals)
    waits = _("It stands there already: you hear when it comes back by {margin} and crosses again.")
    calm = plural(
        "You hear after {n} reading beyond it, at most once in {h} h.",
        "You hear after {n} readings in a row beyond it, at most once in {h} h.",
        rule.persistence,
    ).format(n=rule.persistence, h=int(rule.cooldown.total_seconds() // 3600))
    found = [calm] if alert.state.armed else [waits.format(margin=margin), calm]
    if alert.once:
        found.append(_("Once, then it pauses."))
    if alert.silent:
        found.append(_("Without a sound."))
    if alert.expires is not None:
        found.append(_("Until {day}.").format(day=day(local(alert.expires, zone).date())))
    return tuple(found)


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
    action, wanted = call.values.get("action"), call.values.get("number", ())
    mine = call.read(partial(alerts_of, chat=call.chat.chat))
    if action in (None, "list"):
        return _list(mine, page=max(wanted[0], 1) if wanted else 1)
    if wanted in (ALL, SURE) and action in _MANY and mine:
        return _sure(mine) if (action, wanted) == ("delete", ALL) else _MANY[action](mine, call)
    chosen = [item for item in mine if item.id in wanted]
    if not wanted or len(chosen) < len(wanted) or (len(chosen) > 1 and action not in _MANY):
        unknown = set(wanted) - {item.id for item in mine}
        which = _("Which threshold?")
        if unknown and 0 not in unknown and min(unknown) > 0:
            which = _("This chat has no threshold {n}.").format(n=min(unknown))
        raise CommandError(which, *(f"/alerts {action} {item.id}" for item in mine[:3]), "/alerts")
    return _MANY[action](chosen, call) if action in _MANY else _ONE[action](chosen[0], call)


def _sure(mine: list[Alert]) -> Reply:
    asked = plural("Delete {n} threshold?", "Delete all {n} thresholds?", len(mine))
    return Reply(
        asked.format(n=len(mine)),
        buttons=(
            Button(_("Yes, delete them"), "/alerts delete all yes"), Button(_("No"), "/alerts"),
        ),
        private=True,
    )  # fmt: skip


def _list(mine: list[Alert], headline: str = "", page: int = 1) -> Reply:
    """A page of them; a tap on one shows what can be done with it."""
    counted = plural("{n} threshold.", "{n} thresholds.", len(mine)).format(n=len(mine))
    none = _("No threshold yet. Write one, such as: /alert altseason above 60")
    pages = max(-(-len(mine) // A_PAGE), 1)
    if not 1 <= page <= pages:
        raise no_page(pages, "/alerts list")
    shown = mine[(page - 1) * A_PAGE : page * A_PAGE]
    return Reply(
        headline or (counted if mine else none),
        lines=tuple(_row(alert) for alert in shown),
        buttons=turns("/alerts list", page, pages),
        menus=(_menu(shown),) if shown else (),
        forms=(_form(),),
        private=True,
    )


def _row(alert: Alert) -> str:
    wishes = (("once", alert.once), ("silent", alert.silent), (STATES.get(alert.paused, ""), True))
    marks = [_(word) for word, holds in wishes if word and holds]
    return f"{alert.id}: {words_of(alert)}" + (f" ({', '.join(marks)})" if marks else "")


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
        _("It is {now} now.").format(now=_words_now(alert.rule.metric, call)),
        _terms(alert, call.chat.timezone),
        footer=freshness_line(call.status()),
        sample=call.snapshot.timeline.sample,
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
    believable(metric.id, level, call.snapshot, f"/alerts edit {alert.id}")
    usual = alert.rule.margin == margin_of(alert.rule.level, metric.unit)
    margin = margin_of(level, metric.unit) if usual else alert.rule.margin
    rule = replace(alert.rule, level=level, margin=margin)
    return _runs(replace(alert, rule=rule), call)


def _runs(alert: Alert, call: Call) -> Reply:
    return _told(
        _restarted(alert, call), call, _("Threshold {id} runs: {what}.") if alert.paused else ""
    )


def _restarted(alert: Alert, call: Call) -> Alert:
    """It runs, from where its metric stands now; one that had expired no longer does."""
    late = alert.expires is not None and alert.expires <= call.now
    fresh = replace(
        alert, paused="", state=begin(alert.rule, _value_now(alert.rule.metric, call)),
        expires=None if late else alert.expires,
    )  # fmt: skip
    call.write(partial(change_alert, alert=fresh))
    return fresh


def _resume(alerts: list[Alert], call: Call) -> Reply:
    if len(alerts) == 1:
        return _runs(alerts[0], call)
    for alert in alerts:
        _restarted(alert, call)
    words = plural("Threshold {id} runs.", "Thresholds {id} run.", len(alerts))
    return _again(words.format(id=_ids(alerts)), call)


def _pause(alerts: list[Alert], call: Call) -> Reply:
    for alert in alerts:
        call.write(partial(pause_alert, chat=alert.chat, id=alert.id, why=BY_HAND))
    words = plural("Threshold {id} is paused.", "Thresholds {id} are paused.", len(alerts))
    return _again(words.format(id=_ids(alerts)), call)


def _delete(alerts: list[Alert], call: Call) -> Reply:
    """One that was deleted can be put back by the line that would make it."""
    for alert in alerts:
        call.write(partial(delete_alert, chat=alert.chat, id=alert.id))
    words = plural("Threshold {id} is deleted.", "Thresholds {id} are deleted.", len(alerts))
    left = _again(words.format(id=_ids(alerts)), call)
    if len(alerts) > 1:
        return left
    back = Button(_("Put it back"), line_of(alerts[0], call.now))
    return replace(left, buttons=(back, *left.buttons))


def _ids(alerts: list[Alert]) -> str:
    return listed([str(alert.id) for alert in alerts])


def line_of(alert: Alert, now: dt.datetime) -> str:
    """What to type for this threshold."""
    rule = alert.rule
    words = ["/alert", rule.metric, ABOVE if rule.above else BELOW, typed(rule.level)]
    words += [word for word, holds in (("once", alert.once), ("silent", alert.silent)) if holds]
    if rule.margin != margin_of(rule.level, METRICS[rule.metric].unit):
        words += ["margin", typed(rule.margin)]
    if rule.persistence != PERSISTENCE:
        words += ["readings", str(rule.persistence)]
    if rule.cooldown != COOLDOWN:
        words += ["cooldown", f"{rule.cooldown.total_seconds() / 3600:.0f}h"]
    if alert.expires is not None and alert.expires > now:
        words += ["for", f"{-(-(alert.expires - now) // dt.timedelta(days=1))}d"]
    return " ".join(words)


def _again(headline: str, call: Call) -> Reply:
    return _list(call.read(partial(alerts_of, chat=call.chat.chat)), headline)


def _test(alert: Alert, call: Call) -> Reply:
    """What the message would look like, with a value that is made up."""
    rule, now = alert.rule, call.status()
    beyond = rule.level + (rule.margin if rule.above else -rule.margin)
    return Reply(
        _("An example of how it looks: {text}").format(text=crossing(alert, beyond)),
        _("It is {now} now.").format(now=_words_now(rule.metric, call)),
        footer=freshness_line(now),
        buttons=(Button(_("All thresholds"), "/alerts"),),
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


_MANY = {"pause": _pause, "resume": _resume, "delete": _delete}
_ONE = {"test": _test, "edit": _edit}

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
        Option("number", NumbersKind(), N_("which, by their numbers, or all")),
        Option("level", LEVEL, N_("its new level, to edit it")),
    ),
    access=Access.CHAT,
    reads=_only_reads,
    tidy=numbered,
    examples=("/alerts",),
)  # fmt: skip
