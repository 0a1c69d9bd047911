"""Taps, inline queries, commands and descriptions in the stand-in. Driven by the real library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeChatAdministrators,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    MaybeInaccessibleMessage,
)
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, InlineQueryHandler

from .telegram import TelegramServer
from .telegram_client import polling, served_bot

if TYPE_CHECKING:
    from telegram import Update


BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])


# taps and inline queries


async def test_taps_are_answered_once_and_in_time() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        await bot.send_message(ann.id, "x", reply_markup=BUTTONS)
        query = await ann.tap(ann.last, "More")
        tap = (await bot.get_updates())[-1].callback_query
        assert tap
        assert isinstance(tap.message, MaybeInaccessibleMessage)
        assert (tap.data, tap.message.message_id) == ("more", ann.last.id)
        await tap.answer("Here", show_alert=True)
        answer = await query.answered()
        assert (answer.text, answer.alert) == ("Here", True)
        too_old = "Query is too old and response timeout expired or query id is invalid"
        with pytest.raises(BadRequest, match=too_old):
            await tap.answer()
        late = await ann.tap(ann.last, "More")
        server.advance(60)
        with pytest.raises(BadRequest, match=too_old):
            await bot.answer_callback_query(late.id)
        wordy = await ann.tap(ann.last, "More")
        with pytest.raises(BadRequest, match="Message_too_long"):
            await bot.answer_callback_query(wordy.id, "x" * 201)


async def test_a_tap_may_be_forged_and_its_message_gone() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        await bot.send_message(ann.id, "x", reply_markup=BUTTONS)
        with pytest.raises(AssertionError, match="no button 'Less'"):
            await ann.tap(ann.last, "Less")
        await ann.forge_tap(ann.last, "delete everything")
        message = ann.last
        await ann.delete(message)
        await ann.forge_tap(message, "more")
        forged, orphan = (update.callback_query for update in await bot.get_updates())
        assert forged
        assert orphan
        assert orphan.message
        assert forged.data == "delete everything"
        assert not orphan.message.is_accessible


async def test_a_tap_by_a_handler() -> None:
    async def more(update: Update, _context: Any) -> None:
        assert update.callback_query
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("more of it")

    async with TelegramServer() as server, polling(server, CallbackQueryHandler(more)) as app:
        ann = server.private()
        await app.bot.send_message(ann.id, "x", reply_markup=BUTTONS)
        query = await ann.tap(ann.last, "More")
        assert (await query.answered()).text == ""
        assert (await ann.next_edit(ann.last)).text == "more of it"


async def test_inline_queries() -> None:
    async def find(update: Update, _context: Any) -> None:
        assert update.inline_query
        text = InputTextMessageContent("<b>x</b>", parse_mode="HTML")
        count = int(update.inline_query.query)
        ids = range(count)
        await update.inline_query.answer(
            [InlineQueryResultArticle(str(number), "Title", text) for number in ids]
        )

    async with TelegramServer() as server, polling(server, InlineQueryHandler(find)):
        ann = server.private()
        query = await ann.inline("50")
        assert len(await query.found()) == 50
        await ann.inline("51")
        call = await server.requested("answerInlineQuery", count=2)
        assert call.description == "Bad Request: too many inline query results specified"


# commands and descriptions


async def test_commands_by_scope_and_language() -> None:
    async with served_bot() as (server, bot):
        ann = server.user("Ann", language="de")
        group = server.supergroup(owner=ann, members=[server.user("Ben")])
        short, german = [BotCommand("help", "Help")], [BotCommand("help", "Hilfe")]
        await bot.set_my_commands(short)
        await bot.set_my_commands(german, language_code="de")
        assert (await bot.get_my_commands(language_code="de"))[0].description == "Hilfe"
        assert await bot.get_my_commands(BotCommandScopeAllGroupChats()) == ()
        assert [item["description"] for item in group.menu()] == ["Hilfe"]
        admins = BotCommandScopeChatAdministrators(group.id)
        await bot.set_my_commands([BotCommand("settings", "Settings")], admins)
        assert [item["command"] for item in group.menu()] == ["settings"]
        assert [item["command"] for item in group.menu(by=server.user("Ben"))] == ["help"]
        await bot.delete_my_commands(admins)
        assert [item["command"] for item in group.menu(language="")] == ["help"]
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.set_my_commands(short, BotCommandScopeChat(4711))


@pytest.mark.parametrize(
    ("name", "description", "complaint"),
    [
        ("Help", "x", "Bot_command_invalid"),
        ("get-help", "x", "Bot_command_invalid"),
        ("x" * 33, "x", "Command length must not exceed 32"),
        ("", "x", "Command must be non-empty"),
        ("help", "", "Command description must be non-empty"),
        ("help", "x" * 257, "Command description length must not exceed 256"),
    ],
)
async def test_commands_are_refused(name: str, description: str, complaint: str) -> None:
    async with served_bot() as (_server, bot):
        with pytest.raises(BadRequest) as caught:
            await bot.set_my_commands([(name, description)])
        assert caught.value.message == complaint


async def test_a_hundred_commands_are_enough() -> None:
    async with served_bot() as (_server, bot):
        commands = [(f"c{number}", "x") for number in range(101)]
        await bot.set_my_commands(commands[:100])
        with pytest.raises(BadRequest, match="Bot_commands_too_much"):
            await bot.set_my_commands(commands)
        with pytest.raises(BadRequest, match="Invalid language code specified"):
            await bot.set_my_commands(commands[:1], language_code="de-AT")


async def test_descriptions() -> None:
    async with served_bot() as (server, bot):
        await bot.set_my_description("What it does")
        await bot.set_my_description("Was er tut", "de")
        await bot.set_my_short_description("Short")
        assert (await bot.get_my_description("de")).description == "Was er tut"
        assert (await bot.get_my_description("fr")).description == "What it does"
        assert server.world.texts["short_description", ""] == "Short"
        with pytest.raises(BadRequest):
            await bot.set_my_description("x" * 513)
        with pytest.raises(BadRequest):
            await bot.set_my_short_description("x" * 121)
