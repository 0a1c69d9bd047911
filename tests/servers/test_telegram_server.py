"""The stand-in's wire: tokens, polling, webhooks, faults, limits. Driven by the real library."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram import Bot, Update, WebhookInfo
from telegram.error import (
    BadRequest,
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import AIORateLimiter, Application, MessageHandler, TypeHandler, filters
from telegram.request import HTTPXRequest

from .telegram import TelegramServer
from .telegram_client import SECRET, free_port, hooked, polling, served_bot
from .telegram_faults import FloodLimits

if TYPE_CHECKING:
    from collections.abc import Callable


async def echo(update: Update, _context: Any) -> None:
    """Answers with the same words."""
    assert update.effective_message
    await update.effective_message.reply_text(f"heard {update.effective_message.text}")


ECHO: MessageHandler[Any, Any] = MessageHandler(filters.TEXT, echo)


# tokens and paths


async def test_a_wrong_token_is_refused() -> None:
    async with TelegramServer() as server:
        bot = Bot("110201543:wrong", base_url=server.base_url)
        with pytest.raises(InvalidToken):
            async with bot:
                pass
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{server.base_url}110201543:wrong/getMe")
        expected = {"ok": False, "error_code": 401, "description": "Unauthorized"}
        assert (answer.status_code, answer.json()) == (401, expected)


async def test_unknown_methods_and_paths_are_not_found() -> None:
    async with served_bot() as (server, _bot), httpx.AsyncClient() as client:
        unknown = await client.post(f"{server.base_url}{server.token}/makeCoffee")
        elsewhere = await client.get(f"http://127.0.0.1:{server.port}/metrics")
    assert unknown.status_code == elsewhere.status_code == 404
    assert unknown.json()["description"] == "Not Found: method not found"
    assert elsewhere.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_the_bot_knows_itself() -> None:
    async with served_bot() as (server, bot):
        assert bot.username == server.bot.username
        assert bot.can_read_all_group_messages is False


async def test_methods_have_no_case_and_arguments_come_in_any_way() -> None:
    async with served_bot() as (server, _bot), httpx.AsyncClient() as client:
        ann = server.private()
        url = f"{server.base_url}{server.token}/SENDMESSAGE"
        given: dict[str, str | int] = {"chat_id": ann.id, "text": "7"}
        await client.get(url, params=given)
        await client.post(url, data=given)
        await client.post(url, json=given)
        await client.post(url, data=given, files={"unused": b"x"})
        assert [message.text for message in ann.messages] == ["7"] * 4
        assert len(server.sent("sendMessage", chat_id=ann.id, text="7")) == 4


# long polling


async def long_poll(server: TelegramServer, bot: Bot) -> asyncio.Task[tuple[Update, ...]]:
    """A poll that has arrived and waits."""
    before = len(server.sent("getUpdates"))
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await server.world.pulse.until(lambda: len(server.sent("getUpdates")) > before, 10)
    await asyncio.sleep(0.02)
    return poll


async def test_a_conversation_by_polling() -> None:
    async with TelegramServer() as server, polling(server, ECHO):
        ann = server.private(name="Ann", user_id=77)
        await ann.say("hello")
        reply = await ann.next_message()
        assert reply.text == "heard hello"
        assert ann.messages == [ann.messages[0], reply]
        assert server.sent("sendMessage", chat_id=77)
        await ann.silence(0.05)


async def test_updates_are_forgotten_only_when_confirmed() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        for word in ("a", "b", "c"):
            await ann.say(word)
        first = await bot.get_updates()
        again = await bot.get_updates(limit=1)
        assert [item.message.text for item in first if item.message] == ["a", "b", "c"]
        assert again[0].update_id == first[0].update_id
        rest = await bot.get_updates(offset=first[1].update_id)
        assert [item.message.text for item in rest if item.message] == ["b", "c"]
        last = await bot.get_updates(offset=-1)
        assert [item.message.text for item in last if item.message] == ["c"]
        assert await bot.get_updates(offset=last[0].update_id + 1) == ()
        assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_long_poll_waits_and_wakes() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        poll = await long_poll(server, bot)
        assert not poll.done()
        await ann.say("wake up")
        updates = await asyncio.wait_for(poll, 10)
        assert len(updates) == 1


async def test_the_second_poller_ends_the_first() -> None:
    async with served_bot() as (server, bot), Bot(server.token, server.base_url) as other:
        first = await long_poll(server, bot)
        second = await long_poll(server, other)
        with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure"):
            await asyncio.wait_for(first, 10)
        assert not second.done()
        await server.private().say("wake up")
        assert len(await second) == 1


async def test_polling_and_a_webhook_exclude_each_other() -> None:
    async with served_bot() as (server, bot):
        poll = await long_poll(server, bot)
        await bot.set_webhook("http://127.0.0.1:9/hook")
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await poll
        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        assert await bot.get_updates() == ()


async def test_only_the_kinds_asked_for_arrive() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        assert await bot.get_updates(allowed_updates=["callback_query"]) == ()
        await ann.say("nobody listens")
        assert await bot.get_updates(allowed_updates=[]) == ()
        await ann.say("now somebody does")
        assert len(await bot.get_updates()) == 1


async def test_old_updates_expire() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        message = await bot.send_message(ann.id, "x")
        await ann.say("kept for a day")
        await ann.inline("kept for 30 seconds")
        await ann.forge_tap(ann.last, "kept for 150 seconds")
        server.advance(100)
        kinds = [update for update in await bot.get_updates() if not update.inline_query]
        assert len(kinds) == len(await bot.get_updates()) == 2
        server.advance(86_400)
        assert await bot.get_updates() == ()
        assert message


# webhooks


async def settled(bot: Bot, true: Callable[[WebhookInfo], object]) -> WebhookInfo:
    """What is known of the webhook once something is true of it."""
    async with asyncio.timeout(10):
        while not true(info := await bot.get_webhook_info()):
            await asyncio.sleep(0.01)
    return info


async def test_a_conversation_by_webhook() -> None:
    async with TelegramServer() as server, hooked(server, ECHO):
        ann = server.private()
        await ann.say("hello")
        assert (await ann.next_message()).text == "heard hello"
        call = server.sent("setWebhook")[-1]
        assert call.params["secret_token"] == SECRET


async def test_the_webhook_gets_the_secret_and_is_tried_again() -> None:
    port, tries, taken = free_port(), [], asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        await reader.readexactly(length)
        tries.append(head)
        status = "200 OK" if len(tries) > 2 else "500 Internal Server Error"
        if len(tries) > 2:
            taken.set()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    async with served_bot() as (server, bot):
        server.world.updates.webhook_retry = 0.01
        ann = server.private()
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token=SECRET)
        await ann.say("is anybody there?")
        info = await settled(bot, lambda info: info.last_error_message)
        assert (info.pending_update_count, info.last_error_message) == (1, "Connection refused")
        async with await asyncio.start_server(answer, "127.0.0.1", port):
            await asyncio.wait_for(taken.wait(), 10)
            info = await settled(bot, lambda info: not info.pending_update_count)
        assert info.pending_update_count == 0
        assert info.last_error_message == (
            "Wrong response from the webhook: 500 Internal Server Error"
        )
        assert all(f"x-telegram-bot-api-secret-token: {SECRET}".lower() in head for head in tries)


async def test_nothing_is_lost_while_the_webhook_is_away() -> None:
    async with TelegramServer() as server:
        server.world.updates.webhook_retry = 0.01
        port = free_port()
        ann = server.private()
        async with hooked(server, ECHO, port=port):
            await ann.say("one")
            assert (await ann.next_message()).text == "heard one"
        await ann.say("two")
        await asyncio.sleep(0.05)
        server.advance(2)  # setWebhook is taken once a second
        async with hooked(server, ECHO, port=port):
            assert (await ann.next_message()).text == "heard two"


async def test_bad_webhooks_are_refused() -> None:
    async with served_bot() as (_server, bot):
        with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
            await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="no spaces")
        with pytest.raises(BadRequest, match="Bad webhook"):
            await bot.set_webhook("https://example.com/hook")


# faults


async def test_429_carries_the_time_to_wait() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        server.faults.flood(7, "sendMessage")
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(ann.id, "x")
        assert caught.value.retry_after == dt.timedelta(seconds=7)
        await bot.send_message(ann.id, "y")
        assert [message.text for message in ann.messages] == ["y"]


async def test_server_errors_do_not_carry_anything_out() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        server.faults.error(500, "sendMessage")
        with pytest.raises(NetworkError, match="Internal Server Error"):
            await bot.send_message(ann.id, "x")
        server.faults.error(502)
        with pytest.raises(NetworkError, match=r"Bad Gateway \(502\)"):
            await bot.send_message(ann.id, "x")
        server.faults.reset("sendMessage")
        with pytest.raises(NetworkError, match="httpx"):
            await bot.send_message(ann.id, "x")
        assert ann.messages == []
        assert [call.status for call in server.sent("sendMessage")] == [500, 502, None]


async def test_a_lost_reply_leaves_the_message_standing() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        server.faults.lose_reply("sendMessage")
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(ann.id, "did it arrive?")
        assert not isinstance(caught.value, BadRequest)
        assert [message.text for message in ann.messages] == ["did it arrive?"]
        call = server.sent("sendMessage")[-1]
        assert (call.ok, call.delivered) == (True, False)


async def test_a_late_answer_is_a_timeout_and_the_message_stands() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        server.faults.slow(0.5, "sendMessage")
        with pytest.raises(TimedOut):
            await bot.send_message(ann.id, "x", read_timeout=0.1)
        await ann.next_message()
        assert len(ann.messages) == 1


async def test_an_outage_refuses_connections_and_keeps_the_port() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        before = server.port
        async with server.outage():
            with pytest.raises(NetworkError, match="ConnectError"):
                await bot.send_message(ann.id, "x")
        await bot.send_message(ann.id, "back")
        assert (server.port, ann.last.text) == (before, "back")


async def test_polling_loses_nothing_across_an_outage() -> None:
    async with TelegramServer() as server, polling(server, ECHO):
        ann = server.private()
        await ann.say("before")
        assert (await ann.next_message()).text == "heard before"
        async with server.outage():
            await ann.say("during")
            await asyncio.sleep(0.1)
        await ann.say("after")
        heard = [(await ann.next_message()).text for _ in range(2)]
        assert heard == ["heard during", "heard after"]
        await ann.silence(0.05)


async def test_faults_can_strike_one_chat_and_be_lifted() -> None:
    async with served_bot() as (server, bot):
        ann, ben = server.private(name="Ann"), server.private(name="Ben")
        fault = server.faults.flood(1, times=None, chat_id=ann.id)
        await bot.send_message(ben.id, "x")
        for _ in range(2):
            with pytest.raises(RetryAfter):
                await bot.send_message(ann.id, "x")
        server.faults.lift(fault)
        await bot.send_message(ann.id, "x")
        assert fault.hits == 2


# limits


async def test_flood_limits_strike_who_goes_too_fast() -> None:
    async with served_bot() as (server, bot):
        server.flood_limits = FloodLimits(overall=(5, 20), group=(2, 60), chat=(10, 1))
        group = server.group()
        for _ in range(2):
            await bot.send_message(group.id, "x")
        with pytest.raises(RetryAfter, match="Retry in 0:01:00"):
            await bot.send_message(group.id, "x")
        people = [server.private() for _ in range(4)]
        for person in people[:3]:
            await bot.send_message(person.id, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(people[3].id, "x")
        assert server.flood_limits.rejected == 2
        server.advance(20)
        await bot.send_message(people[3].id, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(group.id, "x")
        server.advance(40)
        await bot.send_message(group.id, "x")


async def test_flood_limits_let_a_paced_client_through() -> None:
    """AIORateLimiter is a leaky bucket: it lets a whole period's worth through at once and then
    leaks, so up to twice the rate in the first period. One at a time there is no such burst."""
    async with TelegramServer() as server:
        server.flood_limits = FloodLimits(overall=(10, 0.2), chat=(2, 0.2))
        limiter = AIORateLimiter(overall_max_rate=1, overall_time_period=0.03, max_retries=0)
        builder = Application.builder().token(server.token).base_url(server.base_url)
        app = builder.rate_limiter(limiter).job_queue(None).build()
        people = [server.private() for _ in range(20)]
        async with app:
            start = time.monotonic()
            await asyncio.gather(*(app.bot.send_message(person.id, "x") for person in people))
            assert time.monotonic() - start > 0.2
        assert server.flood_limits.rejected == 0


async def test_the_log_knows_everything() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        with pytest.raises(BadRequest):
            await bot.send_message(ann.id, "<p>", parse_mode="HTML")
        call = await server.requested("sendMessage")
        assert call.status == 400
        assert "Unsupported start tag" in call.description
        assert call.params == {"chat_id": ann.id, "text": "<p>", "parse_mode": "HTML"}
        assert [item.method for item in server.log] == ["getMe", "sendMessage"]


async def test_every_update_parses() -> None:
    """A handler for all kinds sees one of each."""
    seen: list[Update] = []
    complete = asyncio.Event()

    async def note(update: Update, _context: Any) -> None:
        seen.append(update)
        if len(seen) == 7:
            complete.set()

    async with TelegramServer() as server, polling(server, TypeHandler(Update, note)) as app:
        ann = server.private()
        message = await ann.say("hello")
        await ann.edit(message, "hello again")
        await app.bot.send_message(ann.id, "x")
        await ann.forge_tap(ann.last, "data")
        await ann.inline("query")
        await ann.block()
        news = server.channel()
        post = await news.say("post")
        await news.edit(post, "better post")
        await asyncio.wait_for(complete.wait(), 10)
    kinds = [next(name for name in Update.ALL_TYPES if getattr(item, name)) for item in seen]
    assert kinds == [
        "message",
        "edited_message",
        "callback_query",
        "inline_query",
        "my_chat_member",
        "channel_post",
        "edited_channel_post",
    ]


async def test_read_timeouts_of_a_slow_poll_do_not_lose_updates() -> None:
    async with TelegramServer() as server:
        request = HTTPXRequest(read_timeout=0.2)
        bot = Bot(server.token, base_url=server.base_url, get_updates_request=request)
        async with bot:
            ann = server.private()
            await ann.say("x")
            server.faults.slow(1, "getUpdates")
            with pytest.raises(TimedOut):
                await bot.get_updates(read_timeout=0.1)
            assert len(await bot.get_updates(read_timeout=5)) == 1
