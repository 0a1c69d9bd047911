"""Conversations on Telegram: real HTTP, the adapter in this process, a stand-in for the server."""

import asyncio

import pytest

from bot.adapter import Adapter, Place, Sent
from bot.desk import Desk
from bot.telegram_adapter import TelegramAdapter
from commands import COMMANDS
from commands.reply import Button, Reply
from tests.bot.telegram_bot import (
    CANARY,
    Answers,
    chart,
    draw,
    no_canary_in_the_log,  # noqa: F401 - for every test here
    serving,
    small,
)
from tests.servers.telegram import TelegramServer


@pytest.fixture
def desk(sample):
    desk = Desk(sample)
    yield desk
    desk.close()


# every command


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_a_dialogue_with_every_command(desk, command):
    async with TelegramServer(token=CANARY) as server, serving(server, desk.answer):
        ann = server.private(name="Ann")
        await ann.say(command.examples[0])
        message = await ann.next_message(30)
        assert message.text
        assert not [call for call in server.log if call.status not in (200, None)]
        for row in message.keyboard:
            for key in row:
                assert len(key["callback_data"].encode()) <= 64


async def test_real_pictures_are_drawn(desk):
    async with TelegramServer(token=CANARY) as server, serving(server, desk.answer, desk.draw):
        ann = server.private()
        await ann.say("/rotation")
        message = await ann.next_message(30)
        assert message.photo.startswith(b"\x89PNG")


def test_it_is_an_adapter():
    adapter: Adapter = TelegramAdapter(CANARY, Answers(), draw, Answers().registry)
    assert adapter.name == "telegram"
    assert CANARY not in repr(vars(adapter))


# who is spoken to


async def test_a_direct_chat_needs_no_slash_and_unknown_words_get_a_kind_answer():
    async with small() as (server, _adapter, answers):
        ann = server.private(language="de-AT")
        await ann.say("words")
        assert (await ann.next_message()).text.startswith("Words")
        await ann.say("/wrods")
        message = await ann.next_message()
        assert message.text == "Den Befehl „/wrods“ gibt es nicht."
        assert message.buttons == [["/words"]]
        facts = answers.requests[0]
        assert (facts.chat, facts.user, facts.thread) == (f"telegram:{ann.id}", str(ann.id), None)
        assert facts.locale == "de"


async def test_in_a_group_only_what_is_meant_for_us_is_answered():
    async with small() as (server, _adapter, answers):
        group = server.supergroup(bot="administrator")
        me = f"@{server.bot.username}"
        for line in ("words", "/wrods", "/words@another_bot", "/nothing", "hello /words"):
            await group.say(line)
        asked = await group.say(f"/words{me.upper()}")
        message = await group.next_message()
        assert message.reply_to is asked
        await group.say(f"/wrods{me}")
        assert (await group.next_message()).text == "There is no command “/wrods”."
        assert len(answers.requests) == 2
        await group.silence(0.05)


async def test_a_question_that_is_deleted_meanwhile_is_answered_all_the_same():
    async with small() as (server, _adapter, answers):
        group = server.supergroup()
        answers.wait = asyncio.Event()
        asked = await group.say("/words")
        await answers.heard()
        await group.delete(asked)
        answers.wait.set()
        assert (await group.next_message()).reply_to is None


async def test_edits_and_other_bots_and_our_own_inline_results_are_left_alone():
    async with small() as (server, _adapter, answers):
        group = server.supergroup(bot="administrator")
        message = await group.say("hello")
        await group.edit(message, "/words")
        robot = server.user("Robot")
        robot.is_bot = True
        for fields in (
            {"from": robot.json()},
            {"via_bot": server.bot.json()},
            {"is_automatic_forward": True},
            {"forward_origin": {"type": "user", "date": 1, "sender_user": robot.json()}},
            {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Mallory"}},
        ):
            post = message.json() | fields
            server.world.updates.add("message", post, ("chat", group.id))
        await group.say("/words")
        assert await group.next_message()
        await group.silence(0.1)
        assert len(answers.requests) == 1


async def test_an_answer_goes_into_the_topic_of_the_question():
    async with small() as (server, adapter, answers):
        forum = server.forum()
        news = await forum.open_topic("News")
        await forum.say("/picture", thread=news)
        message = await forum.next_message()
        assert (message.thread, message.in_topic) == (news, True)
        assert answers.requests[0].thread == str(news)
        query = await forum.tap(message, "Other")
        await query.answered()
        await forum.next_edit(message)
        await forum.say("/words")
        assert not (await forum.next_message()).in_topic
        assert answers.requests[-1].thread is None
        place = Place(f"telegram:{forum.id}", str(news))
        assert isinstance(await adapter.send(place, Reply("Digest")), Sent)
        assert (await forum.next_message()).thread == news


async def test_a_thread_of_replies_is_no_topic():
    async with small() as (server, _adapter, answers):
        group = server.supergroup()
        await group.say("/words")
        first = await group.next_message()
        await group.say("/words", reply_to=first)
        await group.next_message()
        assert [request.thread for request in answers.requests] == [None, None]


async def test_channels_post_and_answer_their_own_commands():
    async with small() as (server, adapter, answers):
        news = server.channel()
        await news.say("/change")
        message = await news.next_message()
        assert message.text == "It is changed"
        assert message.reply_to is None
        assert answers.requests[0].user == str(news.id)
        await adapter.send(Place(f"telegram:{news.id}"), Reply("Digest"), silent=True)
        assert (await news.next_message()).silent


async def test_a_tap_in_a_channel_is_answered_to_the_one_who_tapped():
    async with small() as (server, _adapter, _answers):
        news, reader = server.channel(), server.user("Reader")
        await news.say("/words")
        message = await news.next_message()
        query = await news.tap(message, "Picture", by=reader)
        answer = await query.answered()
        assert (answer.text, answer.alert) == ("Picture first", True)
        assert not message.edits
        query = await news.forge_tap(message, "/change", by=reader)
        assert (await query.answered()).text == "Only admins of this chat can do that."


# deep links and inline mode


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("/start picture_ETH", "Picture ETH"),
        ("/start picture_2026-06-30", "Picture 2026-06-30"),
        ("/start IMAGE_ETH", "Picture ETH"),
        ("/start words", "Words"),
    ],
)
async def test_a_deep_link_is_the_command_line_behind_it(words, line):
    async with small() as (server, _adapter, _answers):
        ann = server.private()
        await ann.say(words)
        assert (await ann.next_message()).text.splitlines()[0] == line


@pytest.mark.parametrize("words", ["/start", "/start nothing_ETH", "/start ___", "/start x"])
async def test_any_other_link_leads_to_the_welcome(desk, words):
    async with TelegramServer(token=CANARY) as server, serving(server, desk.answer):
        ann = server.private()
        await ann.say(words)
        assert (await ann.next_message()).text.startswith("Spillover shows where capital stands")


async def test_inline_mode_offers_what_everybody_may_ask():
    async with small() as (server, _adapter, answers):
        ann = server.private()
        found = await (await ann.inline("")).found()
        assert [item["id"] for item in found] == ["picture", "words"]
        assert found[1]["description"] == "/words"
        assert found[1]["input_message_content"]["message_text"] == (
            "<b>Words</b>\n&lt;b&gt;no&lt;/b&gt; markup &amp; all"
        )
        [item] = await (await ann.inline("picture ETH")).found()
        assert item["title"] == "Picture ETH"
        [[first, second]] = item["reply_markup"]["inline_keyboard"]
        assert first["url"] == f"https://t.me/{server.bot.username}?start=picture_other"
        assert second["url"].endswith("?start=words")
        assert [i["id"] for i in await (await ann.inline("IMA")).found()] == ["picture"]
        for words in ("change", "need", "nothing", "words and more"):
            assert await (await ann.inline(words)).found() == []
        assert {request.chat for request in answers.requests} == {f"telegram:{ann.id}"}


# messages, pictures and taps


async def test_a_tap_edits_in_place_and_switches_the_picture():
    async with small() as (server, _adapter, _answers):
        ann = server.private()
        await ann.say("/picture")
        message = await ann.next_message()
        first = message.photo
        assert message.html == "<b>Picture first</b>"
        query = await ann.tap(message, "Other")
        answer = await query.answered()
        assert (answer.text, answer.alert) == ("", False)
        await ann.next_edit(message)
        assert message.text == "Picture other"
        assert message.photo != first
        assert message.buttons == [["Other", "Words"]]
        await ann.tap(message, "Words")
        await ann.next_edit(message)
        assert message.html == "<b>Words</b>\n&lt;b&gt;no&lt;/b&gt; markup &amp; all"
        await ann.tap(message, "Picture")
        await ann.next_edit(message)
        assert message.photo == first
        assert message.edits == ["editMessageMedia", "editMessageCaption", "editMessageMedia"]
        assert ann.answers == [message]


async def test_a_text_becomes_a_picture_and_another_text():
    async with small() as (server, _adapter, _answers):
        ann = server.private()
        await ann.say("/words")
        message = await ann.next_message()
        await ann.forge_tap(message, "/words")
        await server.requested("editMessageText")
        await ann.forge_tap(message, "/wrods")
        await ann.tap(message, "Picture")
        await ann.next_edit(message)
        assert (message.text, message.edits) == ("Picture first", ["editMessageMedia"])
        await ann.silence(0.05)


async def test_a_message_that_cannot_be_changed_is_followed_by_a_new_one():
    async with small() as (server, _adapter, _answers):
        ann = server.private()
        await ann.say("/words")
        message = await ann.next_message()
        await ann.tap(message, "Picture")
        await ann.delete(message)
        assert (await ann.next_message()).text == "Picture first"
        await ann.forge_tap(message, "/words")
        assert (await ann.next_message()).text.startswith("Words")
        theirs = await ann.say("words")
        await ann.next_message()
        await ann.forge_tap(theirs, "/picture")
        assert (await ann.next_message()).text == "Picture first"


async def test_a_forged_tap_does_nothing_that_could_not_be_typed():
    async with small() as (server, _adapter, answers):
        ben = server.user("Ben")
        group = server.supergroup(members=[ben])
        await group.say("/words")
        message = await group.next_message()
        for data, said in (
            ("/change", "Only admins of this chat can do that."),
            ("/drop everything", "There is no command “/drop”."),
            ("/start picture_ETH", "There is no command “/start”."),
            ("~0123456789abcdef", "This button is too old. Please send the command again."),
            ("", "This button is too old. Please send the command again."),
        ):
            query = await group.forge_tap(message, data, by=ben)
            answer = await query.answered()
            assert (answer.text, answer.alert) == (said, True)
        assert not message.edits
        assert len(group.answers) == 1
        assert len(answers.requests) == 4
        query = await group.forge_tap(message, "/change", by=group.owner)
        assert (await query.answered()).text == ""


async def test_a_long_command_line_is_remembered_by_a_key():
    line = "/picture " + "ä" * 60
    reply = Reply("Long", buttons=(Button("Go", line),))
    answers = Answers(reply=reply)
    async with TelegramServer(token=CANARY) as server:
        ann = server.private()
        async with serving(server, answers):
            await ann.say("/words")
            message = await ann.next_message()
            key = message.button("Go")["callback_data"]
            assert len(key.encode()) <= 64
            answers.reply = None
            await ann.tap(message, "Go")
            await ann.next_edit(message)
            assert message.text == "Picture " + "ä" * 60
        async with serving(server, answers):
            query = await ann.forge_tap(message, key)
            assert (await query.answered()).text.startswith("This button is too old.")


async def test_a_picture_is_uploaded_once():
    async with small() as (server, _adapter, _answers):
        ann, ben = server.private(), server.private()
        for person in (ann, ben, ann):
            await person.say("/picture")
            await person.next_message()
        first, second, third = server.sent("sendPhoto")
        assert first.files
        assert not second.files
        assert not third.files
        assert ann.last.photo == ben.last.photo
        server.world.files.forget()
        await ann.say("/picture")
        await ann.next_message()
        refused, again = server.sent("sendPhoto")[3:]
        assert "file identifier" in refused.description
        assert again.files
        assert again.ok


async def test_the_chat_is_told_only_of_pictures_that_take_a_while(monkeypatch):
    async def slowly(drawn):
        await asyncio.sleep(0.3)
        return await draw(drawn)

    async with small() as (server, _adapter, _answers):
        monkeypatch.setattr("bot.telegram_talk.PATIENCE", 5.0)
        ann = server.private()
        await ann.say("/picture")
        await ann.next_message()
        assert ann.actions == []
        monkeypatch.undo()
    async with small(draw=slowly) as (server, adapter, _answers):
        forum = server.forum()
        news = await forum.open_topic("News")
        await forum.say("/picture", thread=news)
        await forum.next_message()
        assert forum.actions == [{"action": "upload_photo", "thread": news}]
        await adapter.send(Place(f"telegram:{forum.id}"), Reply("Digest", chart=chart()))
        assert len(forum.actions) == 1


async def test_without_its_picture_an_answer_is_still_an_answer(caplog):
    async def broken(drawn):
        raise RuntimeError("no paint")

    async def no_picture(drawn):
        from bot.adapter import Picture

        return Picture("key", b"no picture at all")

    for easel in (broken, no_picture):
        async with small(draw=easel) as (server, _adapter, _answers):
            ann = server.private()
            await ann.say("/picture")
            message = await ann.next_message()
            assert (message.text, message.photo) == ("Picture first", None)
            assert message.buttons == [["Other", "Words"]]
            await ann.tap(message, "Other")
            await ann.next_edit(message)
            assert message.text == "Picture other"
    assert "no paint" in caplog.text


async def test_long_answers_are_split_at_blocks_with_the_buttons_below():
    lines = tuple(f"{number} " + "x" * 600 for number in range(9))
    answers = Answers(reply=Reply("Long", lines=lines, buttons=(Button("Go", "/words"),)))
    async with small(answers) as (server, _adapter, _answers):
        ann = server.private()
        await ann.say("/words")
        first, second = await ann.next_message(), await ann.next_message()
        assert first.text.splitlines()[1:] + second.text.splitlines() == list(lines)
        assert (first.buttons, second.buttons) == ([], [["Go"]])
        answers.reply = Reply("Long", lines=lines, chart=chart(), buttons=answers.reply.buttons)
        await ann.tap(second, "Go")
        await ann.next_edit(second)
        assert second.photo
        assert second.text.splitlines() == ["Long", lines[0]]
        assert (await ann.next_message()).text.splitlines() == list(lines[1:7])
        assert (await ann.next_message()).text.splitlines() == list(lines[7:])
        assert ann.last.buttons == [["Go"]]
        answers.reply = Reply("Too long below a picture", lines=lines[:3])
        await ann.forge_tap(second, "/words")
        assert (await ann.next_message()).text.splitlines()[1:] == list(lines[:3])
        assert second.text.splitlines()[0] == "Long"


async def test_markup_that_is_refused_goes_as_plain_text(monkeypatch):
    monkeypatch.setattr("bot.render.telegram._blocks", lambda _reply: [("p", "a < b & c")])
    async with small() as (server, adapter, _answers):
        ann = server.private()
        assert isinstance(await adapter.send(Place(f"telegram:{ann.id}"), Reply("x")), Sent)
        assert (await ann.next_message()).text == "a < b & c"


# menus


async def test_menus_by_chat_and_only_when_something_changed():
    answers = Answers()
    async with TelegramServer(token=CANARY) as server:
        ben = server.user("Ben")
        ann, group = server.private(), server.supergroup(members=[ben])
        async with serving(server, answers, languages=("de",)):
            await server.requested("setMyCommands", count=6)
        names = [command.name for command in answers.registry.commands]
        readable = [name for name in names if name != "change"]
        assert [item["command"] for item in ann.menu()] == names
        assert [item["command"] for item in group.menu(by=ben)] == readable
        assert [item["command"] for item in group.menu()] == names
        assert ann.menu(language="de")[0] == {"command": "picture", "description": "A picture"}
        async with serving(server, answers, languages=("de",)):
            await server.requested("getMyCommands", count=12)
        assert len(server.sent("setMyCommands")) == 6


async def test_a_menu_that_is_refused_does_not_stop_the_bot(caplog):
    async with TelegramServer(token=CANARY) as server:
        server.faults.error(400, "getMyCommands", times=None)
        async with serving(server, Answers()):
            ann = server.private()
            await ann.say("/words")
            assert await ann.next_message()
    assert "the menus of commands were refused" in caplog.text
