"""Menus, forms and files on every platform, over real HTTP and a real WebSocket."""

import asyncio

import pytest

from bot.adapter import Place, Sent
from bot.console_adapter import ConsoleAdapter
from bot.render import discord as discord_look
from bot.render import telegram as telegram_look
from bot.render.discord import Keys
from bot.render.preview import preview
from bot.render.text import asked, data, is_mark, mark, unmarked
from commands.dispatch import Registry
from commands.registry import Access, Command, CommandError, Option
from commands.reply import Button, Document, Field, Form, Menu, Reply
from tests.bot import discord_rig
from tests.bot.discord_rig import house
from tests.bot.telegram_bot import (
    Answers,
    Word,
    chart,
    no_canary_in_the_log,  # noqa: F401 - for every test here
    small,
)
from tests.servers.telegram_html import parse_html

quick_discord = discord_rig.quick_discord

MENU = Menu(
    "Which one?",
    (Button("Bitcoin", "/pick BTC"), Button("Ether", "/pick ETH"), Button("Sun", "/pick SOL")),
)
FORM = Form(
    "Other …", "Your own", "/pick",
    (Field("what", "Asset", "XRP"), Field("why", "Reason", "for fun", required=False, long=True)),
)  # fmt: skip
OFFER = Reply("Choose", buttons=(Button("None", "/pick none"),), menus=(MENU,), forms=(FORM,))
FILE = Document("days.csv", b"date,value\n2026-01-02,1\n", "Two <b>columns</b>")


def pick(call):
    if call.values["what"] == "secret":
        return Reply("Only for you", private=True)
    words = " ".join(call.values.values())
    return Reply(f"Picked {words}", forms=(FORM,))


def file_of(call):
    return Reply("Here it is", chart=chart() if "picture" in call.values else None, document=FILE)


def refuse(call):
    raise CommandError("Not like this.", "/pick ETH")


WHAT = Option("what", Word(), "what", required=True)
ELEMENTS = Registry((
    Command("offer", "Something to choose from", lambda _call: OFFER),
    Command("pick", "Choose", pick, (WHAT, Option("why", Word(), "why", rest=True)),
            examples=("/pick ETH",)),
    Command("file", "A file", file_of, (Option("picture", Word(), "with a picture"),)),
    Command("change", "For admins", lambda _call: Reply("Changed"), access=Access.ADMINS),
))  # fmt: skip


def tele():
    return small(Answers(ELEMENTS))


def disc():
    return house(None, registry=ELEMENTS)


# as data


def test_a_form_makes_lines():
    assert FORM.example == "/pick XRP for fun"
    assert FORM.line(" ETH ", "two\nlines") == "/pick ETH two lines"
    assert is_mark(mark(FORM))
    assert unmarked(mark(FORM)) == "/pick"
    assert unmarked("/pick ETH") == "/pick ETH"


def test_elements_as_golden_files(snapshot):
    assert telegram_look.keyboard(OFFER) == snapshot(name="telegram")
    assert telegram_look.parts(asked(FORM))[0].html == snapshot(name="telegram form")
    assert list(discord_look.post(OFFER, Keys()).rows) == snapshot(name="discord")
    assert discord_look.modal(FORM, Keys()) == snapshot(name="discord window")
    assert data(Reply("x", document=FILE))["document"]["data"] == len(FILE.data)


@pytest.mark.parametrize("platform", ["telegram", "discord"])
def test_a_preview_of_everything(platform, snapshot):
    rich = Reply("Headline", "Reason", ("a line",), footer="As of", chart=chart(), menus=(MENU,),
                 forms=(FORM,), buttons=OFFER.buttons)  # fmt: skip
    assert "\n".join(preview(rich, platform)) == snapshot


def test_too_much_is_cut_to_what_discord_takes():
    many = tuple(Button(f"{n} " + "x" * 200, f"/pick {n} " + "y" * 150) for n in range(40))
    menus = tuple(Menu("?" * 400, many) for _ in range(3))
    long = Form("l" * 200, "t" * 90, "/pick",
                tuple(Field(f"f{n}", "l" * 90, "e" * 200) for n in range(9)))  # fmt: skip
    keys = Keys()
    rows = discord_look.post(Reply("x", buttons=many, menus=menus, forms=(long,)), keys).rows
    assert [row["components"][0]["type"] for row in rows] == [3, 3, 3, 2, 2]
    assert [len(row["components"]) for row in rows] == [1, 1, 1, 5, 5]
    assert all(len(row["components"][0]["options"]) == 25 for row in rows[:3])
    option = rows[0]["components"][0]["options"][0]
    assert len(option["value"]) <= 100
    assert len(option["label"]) == 100
    assert keys.line(option["value"]) == many[0].command
    window = discord_look.modal(long, keys)
    assert len(window["title"]) == 45
    assert len(window["components"]) == 5
    empty = Reply("x", menus=(Menu("none", ()),))
    assert discord_look.post(empty, Keys()).rows == ()
    assert telegram_look.keyboard(empty) == []


def test_telegram_takes_at_most_a_hundred_buttons():
    many = tuple(Button(f"{n}", f"/pick {n}") for n in range(140))
    menu = Menu("m", (*many[:70], many[0]))
    rows = telegram_look.keyboard(Reply("x", buttons=many[60:], menus=(menu,)))
    assert sum(len(row) for row in rows) == 100


# Telegram


async def test_a_menu_and_a_form_on_telegram():
    async with tele() as (server, _adapter, _answers):
        ann = server.private()
        await ann.say("/offer")
        message = await ann.next_message()
        assert message.buttons == [["Bitcoin", "Ether", "Sun"], ["None"], ["Other …"]]
        data = [key["callback_data"] for row in message.keyboard for key in row]
        assert max(len(line.encode()) for line in data) <= 64
        await (await ann.tap(message, "Other …")).answered()
        question = await ann.next_message()
        assert "such as /pick XRP for fun" in question.text
        assert question.markup == {"force_reply": True, "input_field_placeholder": "Your own"}
        await ann.say("xrp for <b>fun</b>", reply_to=question)
        assert (await ann.next_message()).text == "Picked xrp for <b>fun</b>"
        await ann.say("/pick ada", reply_to=question)
        assert (await ann.next_message()).text == "Picked ada"
        await ann.tap(message, "Ether")
        assert (await ann.next_edit(message)).text == "Picked ETH"
        assert message.buttons == [["Other …"]]


async def test_in_a_group_a_form_asks_without_opening_everybodys_keyboard():
    async with tele() as (server, _adapter, _answers):
        group = server.supergroup(bot="member")
        await group.say("/offer")
        message = await group.next_message()
        await group.tap(message, "Other …")
        question = await group.next_message()
        assert not question.markup
        await group.say("eth", reply_to=question)
        assert (await group.next_message()).text == "Picked eth"
        await group.say("eth", reply_to=message)
        await group.silence(0.05)


async def test_in_a_channel_a_form_answers_the_one_who_taps():
    async with tele() as (server, adapter, _answers):
        channel = server.channel(bot="administrator")
        assert isinstance(await adapter.send(Place(f"telegram:{channel.id}"), OFFER), Sent)
        message = await channel.next_message()
        query = await channel.tap(message, "Other …", by=server.user("Bob"))
        assert "/pick XRP" in (await query.answered()).text
        await channel.silence(0.05)


async def test_the_form_of_an_earlier_process_asks_for_what_is_missing():
    async with tele() as (server, _adapter, _answers):
        ann = server.private()
        await ann.say("/pick")
        message = await ann.next_message()
        query = await ann.forge_tap(message, mark(FORM))
        assert "needs more: what" in (await query.answered()).text


async def test_a_file_on_telegram():
    async with tele() as (server, adapter, _answers):
        ann = server.private()
        await ann.say("/file")
        assert (await ann.next_message()).text == "Here it is"
        file = await ann.next_message()
        assert (file.document, file.filename) == (FILE.data, "days.csv")
        assert file.text == "Two <b>columns</b>"
        assert parse_html(file.html)
        await ann.say("/file picture")
        assert (await ann.next_message()).photo
        assert (await ann.next_message()).document == FILE.data
        sent = await adapter.send(Place(f"telegram:{ann.id}"), Reply("x", document=FILE))
        assert isinstance(sent, Sent)
        assert [bool(item.document) for item in ann.answers[-2:]] == [False, True]


async def test_where_files_are_not_taken_the_words_stand():
    async with tele() as (server, adapter, _answers):
        group = server.supergroup()
        await group.restrict_bot("can_send_messages")
        place = Place(f"telegram:{group.id}")
        assert isinstance(await adapter.send(place, Reply("x", document=FILE)), Sent)
        assert (await group.next_message()).text == "x"
        await group.silence(0.05)


# Discord


@pytest.mark.usefixtures("quick_discord")
async def test_a_menu_and_a_form_on_discord():
    async with disc() as place, place.awake():
        bob, general = place.bob, place.general
        answer = await bob.slash(general, "offer")
        message = answer.message
        shown = await bob.select(general, message, "Which one?", "Ether")
        assert shown.text.startswith("Picked ETH")
        assert shown.message is message, "a choice changes the message in place"
        opener = await bob.press(general, message, "Other …")
        assert opener.modal["title"] == "Your own"
        done = await bob.submit_modal(opener, {"Asset": "xrp", "Reason": "just\nfor fun"})
        assert done.text.startswith("Picked xrp just for fun")
        assert done.message is message
        opener = await bob.press(general, message, "Other …")
        done = await bob.submit_modal(opener, {"Asset": "secret"})
        assert done.message.ephemeral_to is bob.user
        assert message.text != "Only for you"


@pytest.mark.usefixtures("quick_discord")
async def test_menus_and_windows_survive_a_restart_and_a_form_asks_for_what_is_missing():
    async with disc() as place:
        async with place.awake():
            message = (await place.bob.slash(place.general, "offer")).message
            opener = await place.bob.press(place.general, message, "Other …")
        async with place.awake():
            done = await place.bob.submit_modal(opener, {"Asset": "xrp"})
            assert done.text.startswith("Picked xrp")
            message = done.message
        async with place.awake():
            asked = await place.bob.press(place.general, message, "Other …")
            assert asked.modal is None
            assert "needs more: what" in asked.text
            assert asked.message.ephemeral_to is place.bob.user


@pytest.mark.usefixtures("quick_discord")
async def test_a_file_on_discord_beside_a_picture_and_alone():
    async with disc() as place, place.awake() as adapter:
        for options, names in (({}, ["days.csv"]), ({"picture": "yes"}, 2)):
            answer = await place.bob.slash(place.general, "file", **options)
            found = [item.filename for item in answer.message.attachments]
            assert found == names or (len(found) == names and found[-1] == "days.csv")
        target = Place(f"discord:{place.general.id}")
        assert isinstance(await adapter.send(target, Reply("x", document=FILE)), Sent)
        assert place.general.messages[-1].attachments[0].filename == "days.csv"


# the console


def test_numbers_forms_and_files_on_the_console(sample, tmp_path, capsys, monkeypatch):
    replies = {"/offer": OFFER, "/pick ETH": Reply("Picked", document=FILE)}
    console = ConsoleAdapter(
        sample, theme="dark", locale="en", pictures=tmp_path, store=tmp_path / "s.db"
    )

    async def answer(request):
        return replies[f"/{request.command} {request.text}".strip()]

    monkeypatch.setattr(console._desk, "answer", answer)
    typed = iter(["/offer", "5", "2", "exit"])
    monkeypatch.setattr(console._console, "input", lambda _prompt: next(typed))
    console.chat(())
    out = capsys.readouterr().out
    assert "[5] Other …  /pick …" in out
    assert "send a whole line such as /pick XRP for fun" in out
    assert "Picked" in out
    assert (tmp_path / "days.csv").read_bytes() == FILE.data


async def test_a_tap_on_a_form_is_no_answer_that_is_waited_for():
    """A window has to be the first sign; it needs no command to run."""
    async with disc() as place, place.awake():
        message = (await place.bob.slash(place.general, "offer")).message
        place.wait = 60.0
        before = len(place.requests)
        opener = await asyncio.wait_for(place.bob.press(place.general, message, "Other …"), 15)
        assert opener.modal
        assert len(place.requests) == before
