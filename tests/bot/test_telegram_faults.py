"""What goes wrong on Telegram: chats that are gone, floods, outages, bad tokens, a stop."""

import asyncio
import gc
import socket
import time
import warnings
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from bot import telegram_adapter
from bot.adapter import Gone, Moved, Place, Rejected, Retry, Sent, TokenRefusedError
from bot.telegram_adapter import TelegramAdapter
from bot.telegram_wire import Webhook
from commands.reply import Button, Reply
from tests.bot.telegram_bot import (
    CANARY,
    SECRET,
    Answers,
    chart,
    draw,
    no_canary_in_the_log,  # noqa: F401 - for every test here
    ready,
    serving,
    small,
    until,
)
from tests.servers.telegram import TelegramServer
from tests.servers.telegram_client import free_port

DIGEST = Reply("Digest", chart=chart())


def at(room, thread=None):
    return Place(f"telegram:{room.id}", thread)


# chats


async def test_a_message_that_nobody_asked_for():
    async with small() as (server, adapter, _answers):
        group = server.supergroup()
        outcome = await adapter.send(at(group), DIGEST, silent=True, nonce="7")
        message = await group.next_message()
        assert outcome == Sent(str(message.id))
        assert message.photo
        assert message.silent
        assert message.reply_to is None


async def test_gone_is_said_of_every_place_that_is_shut():
    async with small() as (server, adapter, _answers):
        blocked, deleted = server.private(), server.private()
        await blocked.block()
        await deleted.deactivate()
        stranger = server.private(started=False)
        kicked, left, muted = server.supergroup(), server.group(bot="left"), server.supergroup()
        await kicked.kick_bot()
        await muted.restrict_bot()
        demoted = server.channel()
        await demoted.promote_bot("can_edit_messages")
        forum = server.forum()
        closed = await forum.open_topic("Closed")
        await forum.close_topic(closed)
        rooms = [blocked, deleted, stranger, kicked, left, muted, demoted]
        topics = [at(forum, str(closed)), at(forum, "999")]
        for place in [*map(at, rooms), at(kicked, "77"), *topics, Place("telegram:4711")]:
            outcome = await adapter.send(place, DIGEST)
            assert isinstance(outcome, Gone), place
            assert outcome.topic == (place in topics)
        assert isinstance(await adapter.send(at(forum), DIGEST), Sent)


async def test_a_place_that_is_none_is_rejected():
    async with small() as (_server, adapter, _answers):
        assert isinstance(await adapter.send(Place("discord:x"), DIGEST), Rejected)


async def test_a_group_that_moved_says_where_to():
    told = []

    async def changed(chat, what):
        told.append((chat, what))

    async with small(changed=changed) as (server, adapter, answers):
        group = server.group()
        answers.wait = asyncio.Event()
        await group.say("/picture")
        await answers.heard()
        new = await group.upgrade()
        moved = Moved(f"telegram:{new.id}")
        answers.wait.set()
        assert (await new.next_message()).text == "Picture first"
        assert await adapter.send(at(group), DIGEST) == moved
        assert isinstance(await adapter.send(Place(moved.to), DIGEST), Sent)
        await new.next_message()
        await new.say("/words")
        await new.next_message()
        assert told == [(f"telegram:{group.id}", moved)]


async def test_being_shown_out_is_told_at_once():
    told = []

    async def changed(chat, what):
        told.append((chat, what))

    async with small(changed=changed) as (server, _adapter, _answers):
        ann, group = server.private(), server.supergroup()
        await group.promote_bot()
        await ann.block()
        await group.kick_bot()
        await ann.unblock()
        await ann.say("/words")
        await ann.next_message()
        assert {(chat, type(what)) for chat, what in told} == {
            (f"telegram:{ann.id}", Gone), (f"telegram:{group.id}", Gone),
        }  # fmt: skip


async def test_an_answer_that_has_no_place_any_more_harms_nobody(caplog):
    async with small() as (server, _adapter, answers):
        ann, ben, group = server.private(), server.private(), server.supergroup()
        answers.wait = asyncio.Event()
        await ann.say("/picture")
        await group.say("/picture")
        await answers.heard(2)
        await ann.block()
        await group.kick_bot()
        answers.wait.set()
        await ben.say("/words")
        assert await ben.next_message()
        muted = server.supergroup()
        await muted.restrict_bot()
        await muted.say("/words")
        await ben.say("/words")
        assert await ben.next_message()
    assert "an answer did not arrive" in caplog.text
    assert not [item for item in caplog.records if item.exc_info and item.name.startswith("bot")]


async def test_where_pictures_are_not_allowed_the_words_go_alone():
    async with small() as (server, adapter, _answers):
        ann, group = server.private(), server.supergroup()
        await ann.say("/picture")
        await ann.next_message()
        await group.restrict_bot("can_send_messages")
        await group.say("/picture")
        message = await group.next_message()
        assert (message.text, message.photo) == ("Picture first", None)
        assert message.buttons == [["Other", "Words"]]
        assert isinstance(await adapter.send(at(group), DIGEST), Sent)


# floods and lost connections


async def test_a_flood_is_waited_out():
    async with small() as (server, _adapter, _answers):
        ann = server.private()
        server.faults.flood(1, "sendMessage")
        start = time.monotonic()
        await ann.say("/words")
        assert await ann.next_message()
        assert time.monotonic() - start > 1
        assert [call.status for call in server.sent("sendMessage")] == [429, 200]
        await ann.silence(0.05)


async def test_a_flood_is_for_later_where_nobody_waits_for_the_message():
    async with small() as (server, adapter, _answers):
        await ready(server)
        ann = server.private()
        server.faults.flood(30, "sendMessage", times=None)
        assert await adapter.send(at(ann), Reply("x")) == Retry(30.0)
        assert len(server.sent("sendMessage")) == 1


async def test_the_wait_that_one_chat_is_told_is_that_of_no_other(monkeypatch):
    over = asyncio.Event()
    waits = SimpleNamespace(sleep=lambda _seconds: over.wait())
    monkeypatch.setattr("bot.telegram_line.asyncio", waits)
    async with small() as (server, _adapter, _answers):
        await ready(server)
        ann, bob = server.private(), server.private(name="Bob")
        server.faults.flood(30, "sendMessage", times=None, chat_id=ann.id)
        start = time.monotonic()
        await ann.say("/words")
        await server.requested("sendMessage", 20, chat_id=ann.id)
        await bob.say("/words")
        assert await bob.next_message(20)
        assert time.monotonic() - start < 25
        assert not ann.answers
        server.faults.clear()
        over.set()
        assert await ann.next_message()


async def test_a_wait_beyond_all_patience_is_not_waited_for():
    async with small() as (server, _adapter, _answers):
        await ready(server)
        ann = server.private()
        server.faults.flood(3600, "sendMessage")
        await ann.say("/words")
        await server.requested("sendMessage", 20)
        await ann.silence(0.2)
        await ann.say("/words")
        assert await ann.next_message(20)


async def test_a_change_of_a_message_waits_out_a_flood_too():
    async with small() as (server, _adapter, answers):
        ann = server.private()
        answers.reply = Reply("Words", buttons=(Button("Again", "/words"),))
        await ann.say("/words")
        message = await ann.next_message(20)
        answers.reply = Reply("Other words")
        server.faults.flood(1, "editMessageText")
        await ann.tap(message, "Again")
        await server.requested("editMessageText", 20, count=2)
        assert [call.status for call in server.sent("editMessageText")] == [429, 200]
        assert len(ann.answers) == 1


async def test_a_server_in_trouble_is_for_later():
    async with small() as (server, adapter, _answers):
        ann = server.private()
        for code in (500, 502):
            server.faults.error(code, "sendMessage")
            assert isinstance(await adapter.send(at(ann), Reply("x")), Retry)


async def test_a_passing_fault_takes_no_picture_from_what_is_sent_unasked():
    async with small(pace=0) as (server, adapter, _answers):
        ann, group = server.private(), server.group()
        for code in (500, 502):
            server.faults.error(code, "sendPhoto")
            assert isinstance(await adapter.send(at(ann), DIGEST), Retry)
        flood = server.faults.flood(30, "sendPhoto", times=None)
        assert await adapter.send(at(ann), DIGEST) == Retry(30.0)
        server.faults.lift(flood)
        assert not ann.answers
        assert isinstance(await adapter.send(at(ann), DIGEST), Sent)
        assert ann.last.photo
        new = await group.upgrade()
        assert await adapter.send(at(group), DIGEST) == Moved(f"telegram:{new.id}")
        assert not server.sent("sendMessage")


async def test_who_asks_gets_the_words_where_the_picture_does_not_pass(monkeypatch):
    monkeypatch.setattr("bot.telegram_wire.PAUSES", (0.01, 0.01))
    async with small() as (server, _adapter, _answers):
        ann = server.private()
        server.faults.error(502, "sendPhoto", times=None)
        await ann.say("/picture")
        message = await ann.next_message()
        assert (message.text, message.photo) == ("Picture first", None)


@pytest.mark.parametrize(("line", "method"), [("/words", "sendMessage"), ("/picture", "sendPhoto")])
async def test_a_lost_reply_does_not_make_the_answer_come_twice(line, method):
    async with small() as (server, adapter, _answers):
        ann = server.private()
        server.faults.lose_reply(method)
        await ann.say(line)
        await ann.next_message()
        await ann.silence(0.2)
        assert len(ann.answers) == 1
        server.faults.lose_reply("sendPhoto")
        assert isinstance(await adapter.send(at(ann), DIGEST), Retry)


async def test_an_outage_loses_nothing_that_telegram_still_holds():
    async with small() as (server, _adapter, answers):
        ann = server.private()
        await ann.say("/words")
        await ann.next_message()
        async with server.outage():
            for _ in range(3):
                await ann.say("/picture")
            await asyncio.sleep(0.3)
        for _ in range(3):
            assert (await ann.next_message()).text == "Picture first"
        await ann.silence(0.1)
        assert len(answers.requests) == 4


async def test_an_answer_waits_for_the_connection_to_come_back():
    async with small() as (server, adapter, answers):
        ann = server.private()
        answers.wait = asyncio.Event()
        await ann.say("/words")
        await answers.heard()
        async with server.outage():
            answers.wait.set()
            digest = asyncio.create_task(adapter.send(at(ann), DIGEST))
            await asyncio.sleep(0.7)
            assert not ann.answers
        texts = {(await ann.next_message()).text.splitlines()[0] for _ in range(2)}
        assert texts == {"Words", "Digest"}
        assert isinstance(await digest, Sent)
        await ann.silence(0.1)
        assert len(answers.requests) == 1


async def test_the_server_may_be_away_at_the_start(monkeypatch, caplog):
    monkeypatch.setattr(telegram_adapter, "SLOW", 0.1)
    async with TelegramServer(token=CANARY) as server:
        ann = server.private()
        await server.go_down()
        async with serving(server, Answers()):
            await until(lambda: "Telegram does not answer yet" in caplog.text)
            await server.go_up()
            await ann.say("/words")
            assert await ann.next_message()


async def test_a_slow_answer_holds_up_its_own_chat_only_and_keeps_the_order():
    async with small() as (server, _adapter, answers):
        ann, ben = server.private(), server.private()
        gate = answers.wait = asyncio.Event()
        await ann.say("/picture")
        await answers.heard()
        answers.wait = None
        await ann.say("/words")
        await ben.say("/words")
        assert await ben.next_message()
        assert not ann.answers
        gate.set()
        assert (await ann.next_message()).text == "Picture first"
        assert (await ann.next_message()).text.startswith("Words")


# a group that asks without end


async def test_a_group_that_asks_without_end_takes_no_place_from_others(monkeypatch, caplog):
    monkeypatch.setattr("bot.telegram_adapter.MOST_WAITING", 3)
    monkeypatch.setattr("bot.telegram_wire.CONFIRM_WITHIN", 0.01)
    async with small() as (server, adapter, answers):

        def waiting():
            return adapter._app.update_processor.current_concurrent_updates

        ann, group = server.private(), server.supergroup()
        for _round in range(2):
            gate = answers.wait = asyncio.Event()
            for number in range(10):
                await group.say(f"/picture {number}")
            await until(lambda: not server.world.updates.waiting)
            await until(lambda: waiting() == 3)
            await asyncio.sleep(0.1)
            assert waiting() == 3
            answers.wait = None
            await ann.say("/words")
            assert await ann.next_message()
            gate.set()
            for number in range(3):
                assert (await group.next_message()).text == f"Picture {number}"
            await group.silence(0.1)
    assert caplog.text.count("asks too much") == 2, "one line each time"


async def test_a_group_that_asks_without_end_may_still_move(monkeypatch):
    monkeypatch.setattr("bot.telegram_adapter.MOST_WAITING", 3)
    monkeypatch.setattr("bot.telegram_wire.CONFIRM_WITHIN", 0.01)
    heard = []

    async def changed(chat, outcome):
        heard.append((chat, outcome))

    async with small(changed=changed) as (server, _adapter, answers):
        group = server.group()
        gate = answers.wait = asyncio.Event()
        for number in range(10):
            await group.say(f"/picture {number}")
        await until(lambda: not server.world.updates.waiting)
        moved = await group.upgrade()
        await until(lambda: not server.world.updates.waiting)
        answers.wait = None
        gate.set()
        await until(lambda: heard)
        assert heard[0] == (f"telegram:{group.id}", Moved(f"telegram:{moved.id}"))


async def test_what_a_group_says_among_itself_takes_no_place_of_a_question(monkeypatch):
    monkeypatch.setattr("bot.telegram_adapter.MOST_WAITING", 3)
    monkeypatch.setattr("bot.telegram_wire.CONFIRM_WITHIN", 0.01)
    async with small() as (server, _adapter, answers):
        group = server.supergroup(bot="administrator")
        gate = answers.wait = asyncio.Event()
        await group.say("/picture")
        await answers.heard()
        for _ in range(10):
            await group.say("hello")
        await group.say("/words")
        await until(lambda: not server.world.updates.waiting)
        gate.set()
        assert (await group.next_message()).text == "Picture first"
        assert (await group.next_message()).text.startswith("Words")


async def test_a_group_that_has_to_wait_does_not_hold_up_the_others(monkeypatch):
    async with small() as (server, _adapter, answers):
        ann, group = server.private(), server.supergroup()
        gate = answers.wait = asyncio.Event()
        await group.say("/picture")
        await answers.heard()
        answers.wait = None
        await ann.say("/words")
        assert await ann.next_message()
        monkeypatch.setattr("bot.telegram_wire.CONFIRM_WITHIN", 30.0)
        for _ in range(5):
            await group.say("/picture")
            await ann.say("/words")
            await ann.next_message()  # or a poll waits for the group
        gate.set()
        for _ in range(6):
            assert await group.next_message()


# tokens


async def test_a_refused_token_ends_the_run_without_being_named():
    async with TelegramServer(token=CANARY) as server:
        address = f"http://127.0.0.1:{server.port}"
        token = SecretStr("110201543:CANARY-but-wrong")
        adapter = TelegramAdapter(token, Answers(), draw, Answers().registry, api_url=address)
        with pytest.raises(TokenRefusedError) as caught:
            await adapter.run()
        error = caught.value
        while error is not None:
            assert "CANARY" not in repr(error)
            error = error.__cause__ or error.__context__
        await adapter.close()


async def test_a_token_that_is_revoked_ends_the_run():
    async with TelegramServer(token=CANARY) as server:
        address = f"http://127.0.0.1:{server.port}"
        adapter = TelegramAdapter(CANARY, Answers(), draw, Answers().registry, api_url=address)
        task = asyncio.create_task(adapter.run())
        ann = server.private()
        await ann.say("/words")
        await ann.next_message()
        server.token = "110201543:another"
        await ann.say("/words")
        with pytest.raises(TokenRefusedError):
            await asyncio.wait_for(task, 15)
        assert isinstance(await adapter.send(at(ann), DIGEST), Retry)


async def test_a_token_that_was_refused_for_a_while_serves_again():
    async with TelegramServer(token=CANARY) as server:
        address = f"http://127.0.0.1:{server.port}"
        adapter = TelegramAdapter(CANARY, Answers(), draw, Answers().registry, api_url=address)
        ann, token = server.private(), server.token
        for _round in range(2):
            server.token = "110201543:another"
            with pytest.raises(TokenRefusedError):
                await asyncio.wait_for(adapter.run(), 15)
            server.token = token
            task = asyncio.create_task(adapter.run())
            await ann.say("/picture")
            assert (await ann.next_message()).photo
            server.token = "110201543:another"
            await ann.say("/words")
            with pytest.raises(TokenRefusedError):
                await asyncio.wait_for(task, 15)
            server.token = token
            task = asyncio.create_task(adapter.run())
            assert (await ann.next_message()).text.startswith("Words")
            await asyncio.sleep(0.2)
            assert not [call for call in server.log if call.status == 409], "polled once at a time"
            await adapter_stopped(task)
        await adapter.close()
        await asyncio.wait_for(adapter.run(), 15)


async def adapter_stopped(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# a stop


async def test_a_stop_finishes_what_is_in_hand_and_leaves_the_rest_to_telegram():
    async with TelegramServer(token=CANARY) as server:
        ann, answers = server.private(), Answers()
        answers.wait = asyncio.Event()
        address = f"http://127.0.0.1:{server.port}"
        adapter = TelegramAdapter(CANARY, answers, draw, answers.registry, api_url=address)
        task = asyncio.create_task(adapter.run())
        await ann.say("/picture")
        await answers.heard()
        assert [update.kind for update in server.world.updates.waiting] == ["message"]
        closing = asyncio.create_task(adapter.close())
        await asyncio.sleep(0.1)
        assert not closing.done()
        answers.wait.set()
        await closing
        await task
        assert ann.last.text == "Picture first"
        assert server.world.updates.waiting == []
        await ann.say("/words")
        async with serving(server, Answers()) as _again:
            await ann.next_message()
            assert (await ann.next_message()).text.startswith("Words")
            await ann.silence(0.1)


async def test_an_update_is_confirmed_once_it_is_answered():
    """So that a process that dies in between gets it again."""
    async with small() as (server, _adapter, answers):
        ann = server.private()
        answers.wait = asyncio.Event()
        await ann.say("/words")
        await answers.heard()
        await asyncio.sleep(0.3)
        assert len(server.world.updates.waiting) == 1
        answers.wait.set()
        await ann.next_message()
        await until(lambda: server.world.updates.waiting == [])


async def test_a_cancelled_run_stops_as_cleanly():
    async with TelegramServer(token=CANARY) as server:
        ann, answers = server.private(), Answers()
        address = f"http://127.0.0.1:{server.port}"
        adapter = TelegramAdapter(CANARY, answers, draw, answers.registry, api_url=address)
        task = asyncio.create_task(adapter.run())
        await ann.say("/words")
        await ann.next_message()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await adapter.close()
        assert server.world.updates.waiting == []


async def test_closing_before_it_has_begun():
    async with TelegramServer(token=CANARY) as server:
        await server.go_down()
        async with serving(server, Answers()):
            await asyncio.sleep(0.05)
        async with serving(server, Answers()):
            pass


# webhooks


async def test_a_webhook_takes_what_telegram_sends_and_nothing_else():
    port, answers = free_port(), Answers()
    hook = Webhook(f"http://127.0.0.1:{port}/hook", port=port, secret=SecretStr(SECRET))
    async with TelegramServer(token=CANARY) as server:
        ann = server.private()
        async with serving(server, answers, webhook=hook), httpx.AsyncClient() as client:
            await ann.say("/words")
            assert await ann.next_message()
            [call] = server.sent("setWebhook")
            assert call.params["secret_token"] == SECRET
            [first] = server.world.updates.confirmed
            name = "X-Telegram-Bot-Api-Secret-Token"
            for headers in ({}, {name: "wrong"}):
                forged = first.json() | {"update_id": 7}
                answer = await client.post(hook.url, json=forged, headers=headers)
                assert answer.status_code == 403
            again = await client.post(hook.url, json=first.json(), headers={name: SECRET})
            assert again.status_code == 200
            await ann.silence(0.1)
            assert len(answers.requests) == 1
        await ann.say("/picture")
        server.world.updates.webhook_retry = 0.01
        async with serving(server, answers):
            assert (await ann.next_message()).text == "Picture first"
        assert SECRET not in repr(hook)


async def test_a_webhook_without_a_secret_gets_one_of_its_own():
    port = free_port()
    hook = Webhook(f"http://127.0.0.1:{port}/hook", port=port)
    async with TelegramServer(token=CANARY) as server:
        async with serving(server, Answers(), webhook=hook):
            call = await server.requested("setWebhook")
        assert len(call.params["secret_token"]) > 30


async def test_a_port_that_is_taken_ends_the_run():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        hook = Webhook(f"http://127.0.0.1:{port}/hook", port=port)
        async with TelegramServer(token=CANARY) as server:
            address = f"http://127.0.0.1:{server.port}"
            small = Answers().registry
            adapter = TelegramAdapter(CANARY, Answers(), draw, small, api_url=address, webhook=hook)
            with pytest.raises(OSError, match="in use"):
                await asyncio.wait_for(adapter.run(), 15)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # tornado leaves the socket open
        gc.collect()


async def test_an_answer_that_surely_did_not_arrive_is_tried_again(monkeypatch):
    monkeypatch.setattr("bot.telegram_wire.PAUSES", (0.01, 0.01))
    async with small() as (server, adapter, answers):
        ann = server.private()
        server.faults.error(502, method="sendMessage", times=2)
        await ann.say("/words")
        assert (await ann.next_message()).text.startswith("Words")
        server.faults.error(502, method="sendPhoto", times=2)
        await ann.say("/picture")
        assert (await ann.next_message()).photo
        assert len(answers.requests) == 2
        server.faults.lose_reply(method="sendMessage")
        await ann.say("/words")
        await ann.next_message()
        await ann.silence(0.1)
        sent = len(server.sent("sendMessage"))
        server.faults.error(502, method="sendMessage", times=1)
        outcome = await adapter.send(at(ann), Reply("Digest"))
        assert isinstance(outcome, Retry), "whoever sends it tries again"
        assert len(server.sent("sendMessage")) == sent + 1
