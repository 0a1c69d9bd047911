"""/settings: what a chat wants, by words, buttons and menus."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel import Locale
from sqlite_utils import Database as Tables

from commands.changes import KINDS
from commands.dispatch import as_buttons
from commands.kinds import NameKind, normal, spoken
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Field, Form, Menu, Reply
from commands.snapshot import Snapshot
from commands.wall_clock import clock, span_of
from commands.words import _, languages, listed, speak
from commands.zones import zone_of
from rotation.inputs import N_
from storage.chats import (
    ADMINS,
    EVERYBODY,
    HIGH,
    OFF,
    ON,
    SILENT,
    STANDARD,
    Chat,
    chat_of,
    settle,
)
from storage.deliveries import judge_anew
from storage.digests import reckon
from storage.wall_time import local

Changes = dict[str, Any]
Choices = tuple[tuple[str, str], ...]
JUDGED_BY = {"quiet", "timezone", "events"}
"""What waits for the end of quiet hours is judged anew when one of these changes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it is called, how a word becomes a change (one that depends on how the
    chat stands is made from that), how it stands in words, and values to choose from with one tap.
    """

    name: str
    label: str
    read: Callable[[str, Call], Changes | Callable[[Chat], Changes]]
    show: Callable[[Chat], str]
    choices: Choices | Callable[[Chat], Choices] = ()
    example: str = ""
    many: bool = False
    """Whoever changes it may want to change more of it."""

    def offered(self, chat: Chat) -> Choices:
        return self.choices(chat) if callable(self.choices) else self.choices


def run(call: Call) -> Reply:
    what, value = call.values.get("what"), call.values.get("value", "")
    if what is None:
        return overview(call.chat, call.now)
    setting = SETTINGS[what]
    if not value:
        return _one(setting, call.chat)
    wanted = setting.read(value, call)

    def change(db: Tables) -> Chat:
        changes = wanted(chat_of(db, call.chat.chat)) if callable(wanted) else wanted
        chat = settle(db, call.chat.chat, call.now, **changes)
        if "timezone" in changes:
            reckon(db, chat.chat, call.now)
        if JUDGED_BY & changes.keys():
            judge_anew(db, chat.chat, call.now)
        return chat

    chat = call.write(change)
    if chat.language:
        speak(chat.language)  # a new language is answered in it at once
    return _one(setting, chat) if setting.many else overview(chat, call.now, changed=setting)


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
        buttons=(Button(_("All settings"), "/settings"),) if changed else _beside(),
        private=True,
    )


def _beside() -> tuple[Button, ...]:
    """What a chat sets elsewhere."""
    return as_buttons(
        (_("Digest"), "/digest"), (_("Thresholds"), "/alerts"), (_("Watch list"), "/watch")
    )


def _one(setting: Setting, chat: Chat) -> Reply:
    """One setting with its choices; where words are needed, a form for them."""
    command = f"/settings {setting.name}"
    field = Field(setting.name, _(setting.label), setting.example)
    form = Form(_("Another"), _(setting.label), command, (field,))
    return Reply(
        headline=_("{label}: {value}.").format(label=_(setting.label), value=setting.show(chat)),
        buttons=(
            *(Button(_(label), f"{command} {word}") for word, label in setting.offered(chat)),
            Button(_("All settings"), "/settings"),
        ),
        forms=(form,) if setting.example else (),
        private=True,
    )


def _chosen(name: str, key: str, words: Choices, text: str, _call: Call) -> Changes:
    """One of some words."""
    for word, label in words:
        if normal(text) in [normal(form) for form in (word, _(word), label, _(label))]:
            return {key: word}
    known = listed([word for word, _label in words])
    raise CommandError(
        _("“{text}” is not one of {known}.").format(text=text[:40], known=known),
        *(f"/settings {name} {word}" for word, _label in words),
    )


def _zone(text: str, call: Call) -> Changes:
    return {"timezone": zone_of(text, call.now)}


def _quiet(text: str, _call: Call) -> Changes:
    """'22:00-07:00' or 'off'."""
    if normal(text) in ("off", "none", "no", normal(_("off")), normal(_("none"))):
        return {"quiet": None}
    span = span_of(text)
    if span is None:
        raise CommandError(
            _("“{text}” are no quiet hours. Write from and to.").format(text=text[:40]),
            "/settings quiet 22:00-07:00", "/settings quiet off",
        )  # fmt: skip
    return {"quiet": span}


def _language(text: str, call: Call) -> Changes:
    known = (("", N_("that of each reader")), *((code, _own_name(code)) for code in languages()))
    if normal(text) in ("auto", "any"):
        return {"language": ""}
    return _chosen("language", "language", known[1:], text, call)


def _own_name(code: str) -> str:
    """What a language calls itself: 'Deutsch'."""
    return Locale(code).get_language_name(code) or code


def _kinds(text: str, _call: Call) -> Callable[[Chat], Changes]:
    """Kinds of events: 'breakouts off', 'phases, rungs on', 'only breakouts', 'all', 'none'. A name
    alone wants to hear of it.
    """
    words = normal(text)
    only = words.startswith(("only ", f"{normal(_('only'))} "))
    words = words.partition(" ")[2] if only else words
    name, _blank, last = words.rpartition(" ")
    to = spoken({ON: ON, OFF: OFF}, N_("on"), N_("off")).get(last, "")
    if not to and text.strip().startswith(("-", "−")):
        name, to = words, OFF
    every = frozenset(kind.value for kind in KINDS)
    if (all_or_none := _every(name if to else words)) is not None:
        return partial(_switched, every, OFF if OFF in (all_or_none, to) else ON)
    parts = [part for part in _PARTS.split(name if to else words) if part]
    named = frozenset(map(_kind, parts or [words]))
    if only and to != OFF:
        return lambda _chat: {"muted": every - named}
    return partial(_switched, named, to)


_PARTS = re.compile(r"\s*(?:,|&|\band\b|\bund\b)\s*")


def _every(words: str) -> str | None:
    if words in ("all", "every", "everything", normal(_("all"))):
        return ON
    return OFF if words in ("none", "nothing", normal(_("none"))) else None


def _kind(name: str) -> str:
    for kind, label in KINDS.items():
        if name in (kind.value, normal(label), normal(_(label))):
            return kind.value
    raise CommandError(_("“{text}” is no kind of event.").format(text=name[:40]), "/settings kinds")


def _switched(kinds: frozenset[str], to: str, chat: Chat) -> Changes:
    if not to and not kinds & chat.muted:
        raise CommandError(
            _("This chat hears of that already."),
            *(f"/settings kinds {kind} off" for kind in sorted(kinds)[:3]),
        )
    return {"muted": chat.muted | kinds if to == OFF else chat.muted - kinds}


def _kind_choices(chat: Chat) -> Choices:
    """Each kind, as it stands, with the word that changes it, so that a tap that comes twice does
    the same.
    """
    return tuple(
        (f"{kind.value} {ON}", f"✗ {_(label)}")
        if kind.value in chat.muted
        else (f"{kind.value} {OFF}", f"✓ {_(label)}")
        for kind, label in KINDS.items()
    )


def _topic(text: str, call: Call) -> Changes:
    found = _chosen("topic", "thread", TOPICS, text, call)
    return {"thread": (call.thread or "") if found["thread"] == "here" else ""}


def _show_quiet(chat: Chat) -> str:
    if chat.quiet is None:
        return _("none")
    return f"{clock(chat.quiet[0])}–{clock(chat.quiet[1])}"


def _show_kinds(chat: Chat) -> str:
    told = [_(label) for kind, label in KINDS.items() if kind.value not in chat.muted]
    return _("all") if len(told) == len(KINDS) else listed(told) or _("none")


def _show(words: Choices, key: str, chat: Chat) -> str:
    return _(dict(words).get(getattr(chat, key), getattr(chat, key)))


EVENTS = ((ON, N_("told aloud")), (SILENT, N_("told silently")), (OFF, N_("off")))
WHO = ((ADMINS, N_("admins")), (EVERYBODY, N_("everybody")))
SENSITIVITY = ((STANDARD, N_("standard")), (HIGH, N_("high: also highs after a short base")))
THEMES = (("dark", N_("dark")), ("light", N_("light")))
TOPICS = (("here", N_("this topic")), ("main", N_("the main chat")))


def _choice(name: str, key: str, label: str, words: Choices) -> Setting:
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
            lambda chat: _own_name(chat.language) if chat.language else _("that of each reader"),
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
            "kinds", N_("Kinds of events"), _kinds, _show_kinds, _kind_choices, many=True,
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


class _What(NameKind):
    """A setting. A slip of the pen loses the value, which may not fit what is offered."""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        try:
            return super().parse(text, snapshot)
        except CommandError as error:
            lines = [f"/settings {button.command}" for button in error.buttons]
            raise CommandError(error.message, *(lines or _having(text))) from None


def _having(text: str) -> list[str]:
    """The settings that have this word among their choices: 'Deutsch' means the language."""
    return [
        f"/settings {setting.name} {word}"
        for setting in SETTINGS.values()
        for word, label in setting.offered(Chat(""))
        if normal(text) in (normal(word), normal(label), normal(_(label)))
    ][:3]


class _Value:
    """Any words; what fits depends on the setting."""

    def parse(self, text: str, snapshot: object) -> str:
        return text

    def suggest(self, text: str, snapshot: object) -> list[str]:
        words = [word for item in SETTINGS.values() for word, _label in item.offered(Chat(""))]
        return [word for word in dict.fromkeys(words) if word.startswith(text.casefold())][:25]


COMMAND = Command(
    name="settings",
    summary=N_("Time zone, language, quiet hours, events, who may change what"),
    run=run,
    options=(
        Option("what", _What(_names, N_("There is no setting “{text}”.")), N_("a setting")),
        Option("value", _Value(), N_("its new value"), rest=True),
    ),
    access=Access.ADMINS,
    reads=lambda values: not values.get("value"),
    examples=("/settings", "/settings timezone Europe/Berlin", "/settings quiet 22:00-07:00"),
)
