"""Every example of every command as golden files for text, Telegram and Discord, each within the
limits of its platform. A new command is covered by its examples.
"""

import asyncio
import datetime as dt
import json
from dataclasses import replace

import pytest

from bot.desk import Desk
from bot.render import discord, telegram
from bot.render.text import asked, text
from commands import COMMANDS
from commands.dispatch import request_of
from storage.database import Database
from tests.servers import discord_components as components
from tests.servers import discord_drafts as drafts
from tests.servers.discord_errors import Form
from tests.servers.telegram_html import parse_html

LINES = sorted({e for command in COMMANDS for e in (f"/{command.name}", *command.examples)})
NOW = dt.datetime(2026, 7, 1, 9, 30)


@pytest.fixture
def answered(sample, tmp_path):
    """The reply to a line in a chat of its own, with an empty store."""

    def ask(line):
        with Database(tmp_path / "store.db") as store:
            desk = Desk(replace(sample, version="1.2.3"), store=store, now=lambda: NOW)
            try:
                request = request_of(line, chat="telegram:42", user="42")
                return asyncio.run(desk.answer(request))
            finally:
                desk.close()

    return ask


def as_telegram(reply):
    parts = telegram.parts(reply, telegram.CAPTION if reply.chart else telegram.TEXT)
    for number, part in enumerate(parts):
        first = telegram.CAPTION if reply.chart and not number else telegram.TEXT
        shown = parse_html(part.html)
        assert 0 < telegram.utf16(shown[0]) <= first
    rows = telegram.keyboard(reply)
    data = [telegram.button_data(button.command) for row in rows for button in row]
    assert len(data) <= 100
    assert max((len(item.encode()) for item in data), default=0) <= 64
    assert len(set(data)) == len(data), "two buttons that do the same"
    keys = [" ".join(f"[{one.label}]({one.command})" for one in row) for row in rows]
    return "\n".join([*(part.html for part in parts), *keys])


def as_discord(reply):
    made = discord.post(reply, discord.Keys(), picture=reply.chart is not None)
    words = {"content": made.content, "embeds": [made.embed] if made.embed else []}
    shown = {**words, "components": list(made.rows)}
    draft = drafts.read(shown, [], Form())
    assert draft.content or draft.embeds
    drafts.read({"content": discord.plain(reply).content}, [], Form())
    for asking in reply.forms:
        form = Form("data")
        components.check_modal(form, discord.modal(asking, discord.Keys()))
        form.check()
        assert telegram.parts(asked(asking))
    return json.dumps(shown | {"private": made.private}, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("line", LINES)
def test_every_answer(answered, snapshot, line):
    reply = answered(line)
    assert "Incident" not in reply.headline
    assert not reply.sample or "SAMPLE DATA" in text(reply)
    assert reply.document is None or reply.document.data
    assert text(reply) == snapshot(name="text")
    assert as_telegram(reply) == snapshot(name="telegram")
    assert as_discord(reply) == snapshot(name="discord")


@pytest.mark.parametrize("line", LINES)
def test_whatever_is_offered_works(answered, line):
    """Each button, each choice and the example of each form is a line that gets an answer."""
    reply = answered(line)
    choices = [button for menu in reply.menus for button in menu.choices]
    for menu in reply.menus:
        assert len(menu.choices) <= discord.MOST_CHOICES
    lines = [button.command for button in (*reply.buttons, *choices)]
    lines += [form.example for form in reply.forms]
    for offered in dict.fromkeys(lines):
        found = answered(offered)
        assert not found.failed, f"{line} offers {offered}: {text(found)}"
