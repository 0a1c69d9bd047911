"""Telegram: takes updates, publishes the registry, posts; by python-telegram-bot."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import telegram as tg
from pydantic import SecretStr
from telegram import constants, error, ext

from bot import telegram_line
from bot import telegram_wire as wire
from bot.adapter import Answer, Changed, Draw, Gone, Moved, Outcome, Place
from bot.render import telegram as look
from bot.telegram_talk import NAME, Talk, chat_id, chat_name
from commands.dispatch import Registry
from commands.reply import Reply
from commands.words import speak

log = logging.getLogger(__name__)

OUT = (constants.ChatMemberStatus.BANNED, constants.ChatMemberStatus.LEFT)


class TelegramAdapter:
    """One bot on Telegram, by long polling or by a ``webhook``."""

    name = NAME

    def __init__(
        self,
        token: SecretStr | str,
        answer: Answer,
        draw: Draw,
        registry: Registry,
        *,
        api_url: str | None = None,
        webhook: wire.Webhook | None = None,
        languages: Sequence[str] = (),
        changed: Changed | None = None,
        pace: float = 29.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry, self._languages = registry, languages
        self._webhook, self._changed = webhook, changed
        self._stop, self._ended = asyncio.Event(), asyncio.Event()
        self._ended.set()
        self._refused = False
        hand: asyncio.Queue[object] = asyncio.Queue()
        clear = token.get_secret_value() if isinstance(token, SecretStr) else token
        base = api_url or "https://api.telegram.org"
        self._bot = telegram_line.bot(clear, hand, self._refuse, base, pace)
        self._talk = Talk(telegram_line.Line(self._bot), answer, draw, registry, clock)
        builder = ext.Application.builder().bot(self._bot).update_queue(hand).job_queue(None)
        self._app = builder.concurrent_updates(_InOrder()).build()
        self._app.add_handler(ext.TypeHandler(tg.Update, self._on_update))
        self._app.add_error_handler(_failed)

    async def run(self) -> None:
        """Serve until cancelled or closed. TokenRefusedError where the token is not valid."""
        self._ended.clear()
        begun = asyncio.create_task(self._begin())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({begun, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if begun.done():
                begun.result()
                await stopped
        finally:
            begun.cancel()
            stopped.cancel()
            await asyncio.wait({begun, stopped})
            await self._finish()
            self._ended.set()
        if self._refused:
            raise wire.TokenRefusedError

    async def send(
        self, place: Place, reply: Reply, *, silent: bool = False, nonce: str = ""
    ) -> Outcome:
        """Send without being asked."""
        del nonce  # Telegram knows no such keys
        return await self._talk.send(place, reply, silent=silent)

    async def pin(self, place: Place, message: str) -> bool:
        """Pin a message of ours, silently; False where that is not allowed."""
        chat, number = chat_id(place.chat), int(message)
        try:
            return await self._bot.pin_chat_message(chat, number, disable_notification=True)
        except error.TelegramError as failure:
            log.warning("a message was not pinned: %s", failure.message)
            return False

    async def close(self) -> None:
        """Stop taking updates, finish what is in hand."""
        self._stop.set()
        await self._ended.wait()

    def _refuse(self) -> None:
        self._refused = True
        self._stop.set()

    async def _begin(self) -> None:
        try:
            await self._insist(self._app.initialize)
            await self._app.start()
            await self._listen()
        except error.InvalidToken:  # its words hold the token
            self._refuse()
            return
        log.info("serving @%s", self._bot.username)
        try:
            await self._insist(self._publish)
        except error.TelegramError as failure:
            log.error("the menus of commands were refused: %s", failure.message)  # noqa: TRY400

    async def _insist(self, step: Callable[[], Awaitable[None]]) -> None:
        """The library is patient while it polls; the steps around that need the same."""
        while True:
            try:
                return await step()
            except (error.NetworkError, error.RetryAfter) as failure:
                if isinstance(failure, error.BadRequest):
                    raise
                log.warning("no connection to Telegram yet: %s", failure.message)
                await asyncio.sleep(wire.PAUSE)

    async def _listen(self) -> None:
        updater, hook = self._app.updater, self._webhook
        if updater is None:
            return
        common: dict[str, Any] = {"allowed_updates": wire.UPDATES, "bootstrap_retries": -1}
        if hook is None:
            report = partial(log.warning, "no updates from Telegram: %s")
            await updater.start_polling(error_callback=report, **common)
        else:
            await updater.start_webhook(**hook.arguments, **common)

    async def _finish(self) -> None:
        updater = self._app.updater
        with contextlib.suppress(error.TelegramError):
            if updater is not None and updater.running:
                await updater.stop()
        if self._app.running:
            await self._app.stop()
        await self._app.shutdown()
        await self._bot.shutdown()

    async def _publish(self) -> None:
        """The menus of commands, where they differ from what Telegram has."""
        every = self._registry.commands
        open_to_all = [command for command in every if not command.closed]
        for scope, commands in (
            (tg.BotCommandScopeAllPrivateChats(), every),
            (tg.BotCommandScopeAllGroupChats(), open_to_all),
            (tg.BotCommandScopeAllChatAdministrators(), every),
        ):
            for code in (None, *self._languages):
                menu = look.menu(commands, code or "en")
                known = await self._bot.get_my_commands(scope, code)
                if [(item.command, item.description) for item in known] != menu:
                    await self._bot.set_my_commands(menu, scope, code)

    async def _on_update(self, update: tg.Update, _context: object) -> None:
        speak(_locale(update.effective_user))
        message = update.message or update.channel_post
        tap, search, standing = update.callback_query, update.inline_query, update.my_chat_member
        if tap is not None:
            heard = _heard(tap.message, tap.from_user) if tap.message else None
            await self._talk.tapped(heard, tap.id, tap.data or "")
        elif search is not None:
            user = search.from_user
            heard = wire.Heard(user.id, constants.ChatType.PRIVATE, user.id, _locale(user))
            await self._talk.searched(heard, search.id, search.query)
        elif standing is not None and standing.new_chat_member.status in OUT:
            await self._tell(standing.chat.id, Gone("the bot was shown out"))
        elif message is not None and message.migrate_to_chat_id:
            await self._tell(message.chat.id, Moved(chat_name(message.migrate_to_chat_id)))
        elif message is not None and message.text and not _by_bot(message):
            heard = _heard(message, message.from_user, message.sender_chat)
            await self._talk.typed(heard, message.text)

    async def _tell(self, chat: int, what: Gone | Moved) -> None:
        if self._changed is not None:
            await self._changed(chat_name(chat), what)


class _InOrder(ext.SimpleUpdateProcessor):
    """Chats side by side, each in its own order, no update twice (webhooks repeat them)."""

    def __init__(self) -> None:
        super().__init__(4096)
        self._seen: wire.Recent[int, bool] = wire.Recent(4096)
        self._turns = wire.Turns()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, tg.Update) or self._seen.get(update.update_id):
            if asyncio.iscoroutine(coroutine):
                coroutine.close()
            return
        self._seen.put(update.update_id, value=True)
        place = update.effective_chat or update.effective_user
        async with self._turns.of(place and place.id):
            await coroutine


async def _failed(_update: object, context: ext.CallbackContext[Any, Any, Any, Any]) -> None:
    failure = context.error
    if isinstance(failure, wire.FailedError | error.TelegramError):
        log.warning("an answer did not arrive: %s", failure)
    else:
        log.error("an update was not answered", exc_info=failure)


def _by_bot(message: tg.Message) -> bool:
    """Anonymous admins and channels come as a bot with a chat as sender, bots with none."""
    bot = message.from_user is not None and message.from_user.is_bot
    return bool(
        message.via_bot or message.is_automatic_forward or (bot and not message.sender_chat)
    )


def _heard(
    message: tg.MaybeInaccessibleMessage, user: tg.User | None, sender: tg.Chat | None = None
) -> wire.Heard:
    there = message if isinstance(message, tg.Message) else None
    return wire.Heard(
        message.chat.id,
        message.chat.type,
        user.id if user else None,
        _locale(user),
        speaks_as=sender.id if sender else None,
        thread=there.message_thread_id if there and there.is_topic_message else None,
        message=there.message_id if there else None,
        photo=bool(there and there.photo),
        answers=there.reply_to_message.message_id if there and there.reply_to_message else None,
    )


def _locale(user: tg.User | None) -> str:
    return ((user and user.language_code) or "en").split("-")[0]
