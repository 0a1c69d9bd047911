"""Replies as Discord messages: golden for every command, within every limit for any text."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.discord import COLOURS, Keys, cut, escaped, expired, plain, post, size
from bot.render.discord_commands import LOCALES, fingerprint, named, published, suggested
from bot.render.look import PALETTES, Theme
from commands import COMMANDS, REGISTRY
from commands.dispatch import Registry
from commands.kinds import DATE
from commands.registry import Access, Command, Option
from commands.reply import BarChart, Button, Chart, Reply, Table, Tone
from tests.servers import discord_drafts as drafts
from tests.servers.discord_commands import LOCALES as OF_DISCORD
from tests.servers.discord_errors import Form
from tests.servers.discord_server import DiscordServer

CHART = Chart("t", "s", "f", BarChart((), 60, 50), True, "what the picture shows")


def body(made):
    """What goes to Discord; checked by its rules as the stand-in server knows them."""
    data = {
        "content": made.content,
        "embeds": [made.embed] if made.embed else [],
        "components": list(made.rows),
        "attachments": [{"id": "0", "description": made.alt}],
    }
    draft = drafts.read(data, [], Form())
    assert draft.content or draft.embeds
    return draft


@pytest.mark.parametrize("line", ["/rotation", "/status"])
def test_what_is_sent_unasked(say, sample, snapshot, line):
    made = post(say(replace(sample, version="1.2.3"), line), Keys(), unasked=True)
    body(made)
    assert made == snapshot


words = st.text(max_size=300) | st.text("*_`|<>@#[]()\\~- \n.1", max_size=60)
long = st.builds(lambda text, n: text * n, st.text(min_size=1, max_size=40), st.integers(1, 400))
texts = words | long
rows = st.lists(st.lists(words, max_size=4).map(tuple), max_size=30).map(tuple)
replies = st.builds(
    Reply,
    headline=texts,
    reason=texts,
    lines=st.lists(texts, max_size=12).map(tuple),
    table=st.none() | st.builds(Table, st.lists(words, max_size=4).map(tuple), rows),
    footer=texts,
    buttons=st.lists(st.builds(Button, texts, texts), max_size=40).map(tuple),
    chart=st.none() | st.builds(lambda alt: replace(CHART, alt=alt), texts),
    tone=st.sampled_from(Tone),
    sample=st.booleans(),
    private=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(replies, st.booleans(), st.booleans())
def test_any_reply_fits(reply, picture, unasked):
    keys = Keys()
    made = post(reply, keys, picture=picture, unasked=unasked)
    body(made)
    body(plain(reply))
    assert made.private == plain(reply).private == reply.private
    lines = {button.command for button in reply.buttons}
    for row in made.rows:
        for part in row["components"]:
            assert keys.line(part["custom_id"]) in lines
            assert size(part["label"]) <= 80


@given(st.text(max_size=80))
def test_escaped_text_reads_as_it_was_written(text):
    """Unescaped by Discord's rule, a backslash before a sign is dropped, the words are the same."""
    import re

    line = escaped(text)
    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", line)
    if "http" not in text:
        assert shown == re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("**bold** _it_ ~~no~~ ||hide|| `code`",
         r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|hide\|\| \`code\`"),
        ("@everyone <@1> <#2> <:x:3> <t:1:R> </a:1>",
         r"\@everyone \<\@1> \<#2> \<\:x:3> \<t\:1:R> \</a:1>"),
        ("[click](https://evil.example)", r"\[click\](https://evil.example)"),
        ("see https://fred.stlouisfed.org/series/A_B_C now",
         "see https://fred.stlouisfed.org/series/A_B_C now"),
        ("# big", r"\# big"), ("-# small", r"\-# small"), ("> quote", r"\> quote"),
        ("- item", r"\- item"), ("1. first", r"1\. first"), ("2.5 % up", r"2\.5 % up"),
        ("a\n# b\r\nc\x00d", "a # b c d"), ("a :smile: at 12:30", r"a \:smile: at 12:30"),
        ("C:\\temp", r"C:\\temp"), ("Breakout: 3 > 2 − 1", "Breakout: 3 > 2 − 1"),
        ("\ud800", ""),
    ],
)  # fmt: skip
def test_markup_of_users_is_shown_and_not_obeyed(text, line):
    assert escaped(text) == line


def test_a_cut_text_says_so_and_never_splits_a_character():
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
    assert cut("a😀😀", 4) == "a😀…"
    assert size("a😀") == 3


def test_long_answers_lose_their_last_lines_and_keep_the_age():
    made = post(Reply("H", "R", tuple("line " * 60 for _ in range(30)), footer="Fri"), Keys())
    assert made.embed["description"].endswith("\n…")
    assert made.embed["footer"]["text"] == "Fri"
    assert made.embed["title"] == "H"


def test_a_narrow_table_stands_in_columns_and_a_wide_one_in_lines():
    narrow = Table(("Year", "BTC"), (("2017", "+9.5 %"), ("2021 `x`", "−4 %")))
    made = post(Reply("H", table=narrow), Keys()).embed["description"]
    assert made == "```\nYear         BTC\n2017      +9.5 %\n2021 'x'    −4 %\n```"
    wide = Table(("Event", "What came"), (("A breakout_", "a very long account of it"), ("B", "")))
    made = post(Reply("H", table=wide), Keys()).embed["description"]
    assert made == "- Event · What came\n- A breakout\\_ · a very long account of it\n- B"
    many = Table(("a", "b"), tuple((str(n), "x" * 20) for n in range(200)))
    made = post(Reply("H", "R", table=many), Keys()).embed["description"]
    assert made.endswith("\n…\n```")


def test_colours_are_those_of_the_pictures():
    dark = PALETTES[Theme.DARK]
    assert {tone: f"#{colour:06x}" for tone, colour in COLOURS.items()} == {
        tone: dark.tone(tone) for tone in Tone
    }


def test_two_buttons_of_one_command_are_one():
    made = post(Reply("H", buttons=(Button("A", "/a"), Button("B", "/a"), Button("", " "))), Keys())
    (row,) = made.rows
    assert [part["label"] for part in row["components"]] == ["A"]
    made = post(Reply("H", buttons=tuple(Button(f"{n}", f"/c {n}") for n in range(40))), Keys())
    assert [len(row["components"]) for row in made.rows] == [5] * 5


def test_custom_ids_are_command_lines_and_long_ones_keys():
    keys = Keys(most=2)
    assert keys.of("/rotation 2025-09-26") == "/rotation 2025-09-26"
    assert keys.line("/rotation 2025-09-26") == "/rotation 2025-09-26"
    lines = ["/note " + "x" * 100 + end for end in "abc"] + ["~odd", "a\nb"]
    for line in lines:
        key = keys.of(line)
        assert len(key) <= 100
        assert keys.line(key) == line
        assert key == keys.of(line) == Keys().of(line)
    assert keys.line(Keys().of(lines[0])) is None, "only the newest are kept"
    assert expired().private


# What is published


def test_the_registry_is_published_as_discord_takes_it():
    async def check():
        async with DiscordServer() as server:
            kept = server.world.registry.overwrite(published(REGISTRY, ["de", "pt"]), None)
            assert {one["name"] for one in kept} >= {command.name for command in COMMANDS}

    asyncio.run(check())
    assert set(LOCALES) == OF_DISCORD - {"en-GB", "en-US"} | {"en-GB"}


def test_names_and_summaries_are_translated_where_there_is_a_translation(monkeypatch):
    from commands.words import language

    german = {"read": "lies", "a day": "ein Tag", "Read it": "Lies es", "day": "Ein Tag!"}

    def translate(text):
        return german.get(text, text) if language.get() == "de" else text

    monkeypatch.setattr("bot.render.discord_commands._", translate)
    command = Command(
        "read", "Read it", lambda _: Reply(""), options=(Option("day", DATE, "a day"),)
    )
    (made,) = published(Registry((command,)), ["de", "fr"])
    assert made["name_localizations"] == {"de": "lies"}
    assert made["description_localizations"] == {"de": "Lies es"}
    (option,) = made["options"]
    assert option["name_localizations"] == {}, "no name on Discord"
    assert option["description_localizations"] == {"de": "ein Tag"}
    (plain_one,) = published(Registry((command,)))
    assert plain_one["name_localizations"] == {}
    assert fingerprint([made]) != fingerprint([plain_one])
    assert fingerprint([made]) == fingerprint(published(Registry((command,)), {"fr", "de"}))


def test_what_changes_a_chat_is_offered_to_those_who_manage_it():
    command = Command("mend", "Mend", lambda _: Reply(""), access=Access.ADMINS, aliases=("fix",))
    made = published(Registry((command,)))
    assert [one["name"] for one in made] == ["mend", "fix"]
    assert {one["default_member_permissions"] for one in made} == {"32"}


@pytest.mark.parametrize("typed", ["", "m", "brekout", "😀", "\\", "x" * 6000])
def test_suggestions_fit_for_every_option(sample, typed):
    for command in COMMANDS:
        for option in command.options:
            data = {
                "name": command.name,
                "options": [{"name": option.name, "value": typed, "focused": True}],
            }
            found = asyncio.run(suggested(REGISTRY, data, sample))
            assert len(found) <= 25
            assert all(1 <= len(text) <= 100 for text in found)
            assert len(set(found)) == len(found)


def test_nothing_is_suggested_for_what_is_not_known(sample, caplog):
    typed = [{"name": "nothing", "value": "x", "focused": True}]
    assert asyncio.run(suggested(REGISTRY, {"name": "chart", "options": typed}, sample)) == []
    assert asyncio.run(suggested(REGISTRY, {"name": "gone", "options": typed}, sample)) == []
    assert caplog.text == ""
    assert named({"options": typed}) == {"nothing": "x"}
    assert named({}) == {}
