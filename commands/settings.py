"""/settings: what a chat wants, by words, buttons and menus."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel import Locale
from sqlite_utils import Database as Tables

from commands.changes import KINDS
from commands.kinds import NameKind, normal
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Field, Form, Menu, Reply
from commands.wall_clock import clock, minute_of, zone_of
from commands.words import _, languages, listed, speak
from rotation.inputs import N_
from storage.chats import ADMINS, EVERYBODY, HIGH, OFF, ON, SILENT, STANDARD, Chat, settle
from storage.digests import reckon
from storage.wall_time import local

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it is called, how a word becomes a change, how it stands in words, and
    values to choose from with one tap.
    """

    name: str
    label: str
    read: Callable[[str, Call], Changes]
    show: Callable[[Chat], str]
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""


def run(call: Call) -> Reply:
    what, value = call.values.get("what"), call.values.get("value", "")
    if what is None:
        return overview(call.chat, call.now)
    setting = SETTINGS[what]
    if not value:
        return _one(setting, call.chat)
    changes = setting.read(value, call)

    def change(db: Tables) -> Chat:
        chat = settle(db, call.chat.chat, call.now, **changes)
        if "timezone" in changes:
            reckon(db, chat.chat, call.now)
        return chat

    chat = call.write(change)
    if chat.language:
        speak(chat.language)  # a new language is answered in it at once
    return overview(chat, call.now, changed=setting)


def overview(chat: Chat, now: dt.datetime, changed: Setting | None = None) -> Reply:
    """All settings, or the one that has just been changed."""
    head = _("Settings of this chat")
    if changed is not None:
        head = _("{label}: {value}.").format(label=_(changed.label), value=changed.show(chat))
    here = local(now, chat.timezone)
    return Reply(
        headline=head,
        reason=_("It is {time} here. Tap to change, or type /settings and a name.").format(
            time=here.strftime("%H:%M")
        ),
        lines=()
        if changed
        else tuple(f"{_(item.label)}: {item.show(chat)}" for item in SETTINGS.values()),
        menus=(
            Menu(
                _("Change a setting"),
                tuple(Button(_(i.label), f"/settings {i.name}") for i in SETTINGS.values()),
            ),
        ),
        buttons=(Button(_("All settings"), "/settings"),) if changed else (),
        private=True,
    )


def _one(setting: Setting, chat: Chat) -> Reply:
    """One setting with its choices; where words are needed, a form for them."""
    command = f"/settings {setting.name}"
    field = Field(setting.name, _(setting.label), setting.example)
    form = Form(_("Another"), _(setting.label), command, (field,))
    return Reply(
        headline=_("{label}: {value}.").format(label=_(setting.label), value=setting.show(chat)),
        buttons=(
            *(Button(_(label), f"{command} {word}") for word, label in setting.choices),
            Button(_("All settings"), "/settings"),
        ),
        forms=(form,) if setting.example else (),
        private=True,
    )


def _chosen(
    name: str, key: str, words: tuple[tuple[str, str], ...], text: str, _call: Call
) -> Changes:
    """One of some words."""
    for word, label in words:
        if normal(text) in (normal(word), normal(label), normal(_(label))):
            return {key: word}
    known = listed([word for word, _label in words])
    raise CommandError(
        _("“{text}” is not one of {known}.").format(text=text[:40], known=known),
        *(f"/settings {name} {word}" for word, _label in words),
    )


def _zone(text: str, _call: Call) -> Changes:
    return {"timezone": zone_of(text)}


def _quiet(text: str, _call: Call) -> Changes:
    """'22:00-07:00' or 'off'."""
    if normal(text) in ("off", "none", "no", normal(_("off")), normal(_("none"))):
        return {"quiet": None}
    ends = [minute_of(part) for part in text.replace("–", "-").replace(" to ", "-").split("-")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        raise CommandError(
            _("“{text}” are no quiet hours. Write from and to.").format(text=text[:40]),
            "/settings quiet 22:00-07:00", "/settings quiet off",
        )  # fmt: skip
    return {"quiet": (ends[0], ends[1])}


def _language(text: str, call: Call) -> Changes:
    known = (("", N_("that of each reader")), *((code, code) for code in languages()))
    if normal(text) in ("auto", "any"):
        return {"language": ""}
    return _chosen("language", "language", known[1:], text, call)


def _own_name(code: str) -> str:
    """What a language calls itself: 'Deutsch'."""
    return Locale(code).get_language_name(code) or code


def _kinds(text: str, call: Call) -> Changes:
    """One kind of event, told or not: a word switches it over."""
    wanted = normal(text)
    for kind, label in KINDS.items():
        if wanted in (kind.value, normal(label), normal(_(label))):
            return {"muted": call.chat.muted ^ {kind.value}}
    raise CommandError(
        _("“{text}” is no kind of event.").format(text=text[:40]),
        *(f"/settings kinds {kind.value}" for kind in list(KINDS)[:4]),
    )


def _topic(text: str, call: Call) -> Changes:
    found = _chosen("topic", "thread", TOPICS, text, call)
    return {"thread": call.thread if found["thread"] == "here" else None}


def _show_quiet(chat: Chat) -> str:
    if chat.quiet is None:
        return _("none")
    return f"{clock(chat.quiet[0])}–{clock(chat.quiet[1])}"


def _show_kinds(chat: Chat) -> str:
    told = [_(label) for kind, label in KINDS.items() if kind.value not in chat.muted]
    return _("all") if len(told) == len(KINDS) else listed(told) or _("none")


def _show(words: tuple[tuple[str, str], ...], key: str, chat: Chat) -> str:
    return _(dict(words).get(getattr(chat, key), getattr(chat, key)))


EVENTS = ((ON, N_("told aloud")), (SILENT, N_("told silently")), (OFF, N_("off")))
WHO = ((ADMINS, N_("admins")), (EVERYBODY, N_("everybody")))
SENSITIVITY = ((STANDARD, N_("standard")), (HIGH, N_("high: also highs after a short base")))
THEMES = (("dark", N_("dark")), ("light", N_("light")))
TOPICS = (("here", N_("this topic")), ("main", N_("the main chat")))


def _choice(name: str, key: str, label: str, words: tuple[tuple[str, str], ...]) -> Setting:
    return Setting(
        name, label, partial(_chosen, name, key, words), partial(_show, words, key), words
    )


SETTINGS = {
    item.name: item
    for item in (
        Setting(
            "timezone", N_("Time zone"), _zone, lambda chat: chat.timezone,
            (("Europe/Berlin", "Berlin"), ("America/New_York", "New York"),
             ("Asia/Singapore", N_("Singapore")), ("UTC", "UTC")),
            "Europe/Lisbon",
        ),
        Setting(
            "language", N_("Language"), _language,
            lambda chat: chat.language or _("that of each reader"),
            (
                ("auto", N_("that of each reader")),
                *((code, _own_name(code)) for code in languages()),
            ),
        ),
        Setting(
            "quiet", N_("Quiet hours"), _quiet, _show_quiet,
            (("22:00-07:00", "22:00–07:00"), ("off", N_("none"))), "23:00-06:30",
        ),
        _choice("events", "events", N_("Events"), EVENTS),
        Setting(
            "kinds", N_("Kinds of events"), _kinds, _show_kinds,
            tuple((kind.value, label) for kind, label in KINDS.items()),
        ),
        _choice("who", "who", N_("Who may change things"), WHO),
        Setting(
            "topic", N_("Posts go to"), _topic,
            lambda chat: _("a topic") if chat.thread else _("the main chat"),
            TOPICS,
        ),
        _choice("sensitivity", "sensitivity", N_("Sensitivity"), SENSITIVITY),
        Setting(
            "theme", N_("Pictures"), partial(_chosen, "theme", "theme", THEMES),
            lambda chat: _(chat.theme) or _("as the operator set them"), THEMES,
        ),
    )
}  # fmt: skip


def _names() -> dict[str, str]:
    forms = ((name, item) for item in SETTINGS.values() for name in (item.name, _(item.label)))
    return {normal(form): item.name for form, item in forms}


class _Value:
    """Any words; what fits depends on the setting."""

    def parse(self, text: str, snapshot: object) -> str:
        return text

    def suggest(self, text: str, snapshot: object) -> list[str]:
        words = [word for item in SETTINGS.values() for word, _label in item.choices]
        return [word for word in dict.fromkeys(words) if word.startswith(text.casefold())][:25]


COMMAND = Command(
    name="settings",
    summary=N_("Time zone, language, quiet hours, events, who may change what"),
    run=run,
    options=(
        Option("what", NameKind(_names, N_("There is no setting “{text}”.")), N_("a setting")),
        Option("value", _Value(), N_("its new value"), rest=True),
    ),
    access=Access.ADMINS,
    reads=lambda values: not values.get("value"),
    examples=("/settings", "/settings timezone Europe/Berlin", "/settings quiet 22:00-07:00"),
)
