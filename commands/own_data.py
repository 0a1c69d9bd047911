"""/privacy, /forget and /export: what is kept of a chat, and how it gets it or gets rid of it."""

from __future__ import annotations

import io
import json
import weakref
import zipfile
from functools import partial

from commands.facts import freshness_line
from commands.kinds import NameKind, spoken
from commands.registry import Access, Call, Command, Option
from commands.reply import Button, Document, Reply
from commands.timeline_file import WRITERS
from commands.words import _, plural
from rotation.inputs import N_
from rotation.timeline import Timeline
from storage.chats import everything, forget


def privacy(_call: Call) -> Reply:
    return Reply(
        _("Spillover keeps only what a chat sets, and counts nobody."),
        _("No messages, no names, no list of members."),
        lines=(
            _("Kept: the id of the chat, its settings, watch list, thresholds and notes, and "
              "which messages were sent to it."),
            _("A note keeps the number of the admin who wrote it."),
            _("Messages that were sent are forgotten after 90 days."),
            _("/export chat gives all of it as a file; /forget erases it at once."),
        ),
        buttons=(Button(_("Export"), "/export chat"), Button(_("Forget"), "/forget")),
        private=True,
    )  # fmt: skip


def forget_all(call: Call) -> Reply:
    """Asks first: a line of a link or a button must not be enough."""
    if call.values.get("sure") == "no":
        return Reply(_("Nothing is erased."), private=True)
    if call.values.get("sure") is None:
        held = call.read(partial(everything, chat=call.chat.chat))
        count = sum(len(rows) for name, rows in held.items() if name != "deliveries")
        if not count:
            return Reply(_("Nothing is kept of this chat."), private=True)
        return Reply(
            _("Erase everything of this chat?"),
            plural(
                "{n} entry: settings, watch list, thresholds, digest and notes.",
                "{n} entries: settings, watch list, thresholds, digest and notes.",
                count,
            ).format(n=count),
            buttons=(
                Button(_("Yes, erase it"), "/forget yes"),
                Button(_("Export first"), "/export chat"),
                Button(_("No"), "/forget no"),
            ),
            private=True,
        )
    call.write(partial(forget, chat=call.chat.chat))
    return Reply(
        _("Everything of this chat is erased."),
        _("Nothing comes of its own accord any more."),
        private=True,
    )


def export(call: Call) -> Reply:
    """The whole daily timeline as a file, or what is kept of the chat."""
    form = call.values.get("format", "csv")
    if form == "chat":
        return _own(call)
    now = call.status()
    name = f"spillover-{now.date}.{form}"
    head = _("{n} decisions, {first} to {last}.").format(
        n=len(call.snapshot.timeline.days), first=call.snapshot.timeline.first, last=now.date
    )
    return Reply(
        head,
        _("One row a decision; the README explains the columns."),
        document=Document(f"{name}.zip", zipped(call.snapshot.timeline, form, name)),
        footer=freshness_line(now),
        sample=now.sample,
    )


def zipped(timeline: Timeline, form: str, name: str) -> bytes:
    """The timeline as a file in a ZIP archive; the newest of each form is kept."""
    kept = _KEPT.get(form)
    if kept is not None and kept[0]() is timeline:
        return kept[1]
    text, data = io.StringIO(), io.BytesIO()
    WRITERS[form](timeline, text)
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(name, text.getvalue())
    _KEPT[form] = (weakref.ref(timeline), data.getvalue())
    return data.getvalue()


_KEPT: dict[str, tuple[weakref.ref[Timeline], bytes]] = {}


def _own(call: Call) -> Reply:
    held = call.read(partial(everything, chat=call.chat.chat))
    if not any(held.values()):
        return Reply(_("Nothing is kept of this chat."), private=True)
    data = json.dumps(held, ensure_ascii=False, indent=1).encode()
    head = _("All that is kept of this chat.")
    return Reply(
        head, _("Instants are microseconds since 1970, UTC; dates are days since 1970."),
        document=Document("spillover-chat.json", data), private=True,
    )  # fmt: skip


SURE = {"yes": "yes", "sure": "yes", "no": "no", "cancel": "no"}
FORMS = {"csv": "csv", "json": "json", "chat": "chat", "own": "chat"}

PRIVACY = Command(
    name="privacy",
    summary=N_("What is kept of this chat, and why"),
    run=privacy,
    examples=("/privacy",),
)
FORGET = Command(
    name="forget",
    summary=N_("Erase everything that is kept of this chat"),
    run=forget_all,
    options=(
        Option(
            "sure",
            NameKind(lambda: spoken(SURE, "yes", "no"), N_("“{text}” is no yes.")),
            N_("yes, to confirm"),
        ),
    ),
    access=Access.ADMINS,
    examples=("/forget",),
)
EXPORT = Command(
    name="export",
    summary=N_("The whole daily timeline as a file, or what is kept of this chat"),
    run=export,
    options=(
        Option(
            "format", NameKind(lambda: FORMS, N_("“{text}” is no format.")), N_("csv, json or chat")
        ),
    ),
    access=Access.ADMINS,
    reads=lambda values: values.get("format") != "chat",
    examples=("/export", "/export json", "/export chat"),
)
