"""/digest: the daily digest of a chat."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import partial

from sqlite_utils import Database as Tables

from commands.kinds import normal, spoken
from commands.news import digest
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Field, Form, Reply
from commands.wall_clock import HALF, clock, days_of, days_words, minute_of
from commands.words import _, day, language, weekday
from rotation.inputs import N_
from storage.chats import ON, chat_of, settle
from storage.digests import Digest, digest_of, subscribe, unsubscribe
from storage.wall_time import local
from storage.watches import watched

WORDS = ("on", "off", "now")
_OFF = ("off", "stop", "pause", "no", "never", "none", "cancel", "delete", "unsubscribe", "stopp")


def _words() -> dict[str, str]:
    words = {word: word for word in WORDS} | dict.fromkeys(_OFF, "off")
    return spoken(words, N_("on"), N_("off"), N_("now"), N_("no"), N_("none"))


_HALVED = re.compile(r"(\d)\s+(am|pm|uhr|h)\b", re.IGNORECASE)


class WhenKind:
    """'on', 'off', 'now' or a time of day."""

    def parse(self, text: str, snapshot: object) -> str | int:
        words = _words()
        if normal(text) in words:
            return words[normal(text)]
        minute = minute_of(text)
        if minute is None:
            raise CommandError(
                _("“{text}” is no time of day. Write hours and minutes.").format(text=text[:40]),
                "08:00", "18:30", "on",
            )  # fmt: skip
        return minute

    def suggest(self, text: str, snapshot: object) -> list[str]:
        times = [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")]
        return [word for word in (*WORDS, *times) if word.startswith(normal(text))][:25]


class _Days:
    """The days, and before them the half of the day: of '7 pm weekdays' only the 7 is the time."""

    def parse(self, text: str, snapshot: object) -> tuple[str, int | None]:
        half = HALF.match(text)
        days = text[half.end() :].strip() if half else text
        if language.get() != "en":  # 'am Wochenende' is no hour before noon
            if half and half[1].lower() == "am" and days:
                half = None
            days = days.removeprefix("am ")
        return (half[1] if half else "", days_of(days) if days or not half else None)

    def suggest(self, text: str, snapshot: object) -> list[str]:
        forms = ("daily", "weekdays", "weekend", "mon,wed,fri", "sun")
        return [form for form in forms if form.startswith(text.casefold())]


def _halved(text: str, found: re.Match[str]) -> str:
    """'8 am' as '8am', but not the German '8 am Montag'."""
    on = found[2].lower() == "am" and language.get() != "en" and text[found.end() :].strip()
    return found[0] if on else f"{found[1]}{found[2]}"


def tidy(text: str) -> str:
    """The time first: 'every Monday at 9 am' as '9am Monday', and days alone as 'on Monday'."""
    words = _HALVED.sub(partial(_halved, text), text).split()
    words = [word for word in words if normal(word) not in ("at", normal(_("at")))]
    if not words or normal(words[0]) in _words() or minute_of(words[0]) is not None:
        return " ".join(words)
    if normal(words[0]) == "every" and normal(" ".join(words[:2])) != "every day":
        words.pop(0)
    at = next((n for n, word in enumerate(words) if minute_of(word) is not None), None)
    if at is None:
        return f"on {' '.join(words)}" if _are_days(words) else " ".join(words)
    return " ".join([words[at], *words[:at], *words[at + 1 :]])


def _are_days(words: list[str]) -> bool:
    try:
        return bool(days_of(" ".join(words)))
    except CommandError:
        return False


def run(call: Call) -> Reply:
    when, chat = call.values.get("when"), call.chat.chat
    if when == "now":
        return _now(call)
    if when is None:
        return _state(call.read(partial(digest_of, chat=chat)), call)
    if when == "off":
        call.write(partial(unsubscribe, chat=chat))
        return _state(call.read(partial(digest_of, chat=chat)), call)
    half, days = call.values.get("days", ("", None))
    minute = _minute(when, half)

    def switch_on(db: Tables) -> Digest:
        chosen = chat_of(db, chat).thread is not None or digest_of(db, chat=chat).wanted
        if call.thread is not None and not chosen:
            settle(db, chat, call.now, thread=call.thread)
        return subscribe(db, chat=chat, now=call.now, minute=minute, days=days)

    return _state(call.write(switch_on), call)


def _minute(when: str | int, half: str) -> int | None:
    """The minute of the day, None for the one that the chat had."""
    if not half:
        return when if isinstance(when, int) else None
    minute = minute_of(f"{clock(when)} {half}") if isinstance(when, int) else None
    if minute is None:
        raise CommandError(
            _("“{text}” is no time of day. Write hours and minutes.").format(
                text=f"{clock(when) if isinstance(when, int) else when} {half}"
            ),
            "/digest 08:00", "/digest 7 pm",
        )  # fmt: skip
    return minute


def _now(call: Call) -> Reply:
    """The digest as it would come now. Nothing is written down: the next one still tells all."""
    assets = []
    if call.store is not None:
        assets = call.read(partial(watched, chat=call.chat.chat))
    return digest(replace(call, values={}), assets)


def _state(found: Digest, call: Call) -> Reply:
    zone = call.chat.timezone
    if not found.wanted or found.due_at is None:
        return Reply(
            _("The digest is off."),
            _("Where capital stands, once a day, at your hour."),
            buttons=(
                Button(_("Daily at {time}").format(time=clock(found.minute)), "/digest on"),
                Button(_("See one now"), "/digest now"),
            ),
            forms=(_form(),),
            private=True,
        )
    when = local(found.due_at, zone)
    return Reply(
        _("The digest comes at {time} ({zone}), {days}.").format(
            time=clock(found.minute), zone=zone, days=days_words(found.days)
        ),
        _("The next one: {day}, {time}.").format(
            day=_date(when.date(), local(call.now, zone).date()), time=f"{when:%H:%M}"
        ),
        lines=_hints(call),
        buttons=(
            Button(_("Off"), "/digest off"),
            Button(_("See one now"), "/digest now"),
            Button(_("Time zone"), "/settings timezone"),
        )
        + (
            ()
            if call.chat.events == ON
            else (Button(_("Also tell events"), "/settings events on"),)
        ),
        forms=(_form(),),
        private=True,
    )


def _hints(call: Call) -> tuple[str, ...]:
    if call.chat.timezone == "UTC":
        return (_("The clock is UTC: tell me yours with /settings timezone Europe/Berlin."),)
    return ()


def _form() -> Form:
    return Form(
        _("Another time"), _("Time of the digest"), "/digest",
        (
            Field("when", _("Time of day"), "08:00"),
            Field("days", _("Days"), "weekdays", required=False),
        ),
    )  # fmt: skip


def _date(date: dt.date, today: dt.date) -> str:
    if date == today:
        return _("today")
    tomorrow = date == today + dt.timedelta(days=1)
    return _("tomorrow") if tomorrow else f"{weekday(date)} {day(date, today)}"


COMMAND = Command(
    name="digest",
    summary=N_("The daily digest: on, off, a time of day, or one right now"),
    run=run,
    options=(
        Option("when", WhenKind(), N_("on, off, now, or a time such as 08:00")),
        Option("days", _Days(), N_("daily, weekdays, mon,wed,fri"), rest=True),
    ),
    access=Access.CHAT,
    reads=lambda values: values.get("when") in (None, "now"),
    tidy=tidy,
    examples=("/digest 08:00", "/digest 18:30 weekdays", "/digest now", "/digest off"),
)
