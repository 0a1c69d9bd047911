"""/stop: nothing comes of its own accord any more."""

from __future__ import annotations

from sqlite_utils import Database as Tables

from commands.dispatch import as_buttons
from commands.registry import Access, Call, Command
from commands.reply import Reply
from commands.words import _, plural
from rotation.inputs import N_
from storage.alerts import BY_HAND, alerts_of, pause_alert
from storage.chats import OFF, chat_of, settle
from storage.deliveries import call_off
from storage.digests import digest_of, unsubscribe


def run(call: Call) -> Reply:
    """Digest and events off, thresholds paused; what was set is kept."""
    chat = call.chat.chat

    def work(db: Tables) -> list[str]:
        told = []
        if digest_of(db, chat=chat).wanted:
            unsubscribe(db, chat=chat)
            told.append(_("The digest is off."))
        if chat_of(db, chat).events != OFF:
            settle(db, chat, call.now, events=OFF)
            told.append(_("Events are off."))
        running = [alert for alert in alerts_of(db, chat=chat) if not alert.paused]
        for alert in running:
            pause_alert(db, chat=chat, id=alert.id, why=BY_HAND)
        if running:
            words = plural("{n} threshold is paused.", "{n} thresholds are paused.", len(running))
            told.append(words.format(n=len(running)))
        call_off(db, chat, call.now)
        return told

    return Reply(
        _("Nothing comes of its own accord any more."),
        _("The bot answers whoever asks it; nothing that was set is lost."),
        tuple(call.write(work)),
        buttons=as_buttons(
            (_("Digest"), "/digest"), (_("Thresholds"), "/alerts"), (_("Erase all"), "/forget")
        ),
        private=True,
    )


COMMAND = Command(
    name="stop",
    summary=N_("Digest and events off, thresholds paused"),
    run=run,
    aliases=("mute", "unsubscribe"),
    access=Access.CHAT,
    examples=("/stop",),
)
