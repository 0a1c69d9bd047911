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
from bot.adapter import Answer, Changed, Draw, Gone, Moved, Outcome, Place, Retry, TokenRefusedError
from bot.recent import Recent
from bot.render import telegram as look
from bot.telegram_talk import NAME, Talk, chat_name
from commands.dispatch import Registry
from commands.reply import Reply
from commands.words import speak

log = logging.getLogger(__name__)

OUT = (constants.ChatMemberStatus.BANNED, constants.ChatMemberStatus.LEFT)
SLOW = 10.0
"""Seconds after which a start that still waits for Telegram says so."""
MOST_WAITING = 20
"""Updates of one chat that wait for their answers: in a group a minute's worth."""


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
        self._refused = self._closing = False
        hand = wire.Hand()
        clear = token.get_secret_value() if isinstance(token, SecretStr) else token
        base = api_url or "https://api.telegram.org"
        self._bot = telegram_line.bot(clear, hand, self._refuse, base, pace)
        self._talk = Talk(telegram_line.Line(self._bot), answer, draw, registry, clock)
        self._order = _InOrder(hand)

    async def run(self) -> None:
        """Serve until cancelled or closed. TokenRefusedError where the token is not valid; it can
        be run again then.
        """
        if self._closing:
            return
        self._app = self._made()
        self._refused = False
        self._stop.clear()
        self._ended.clear()
        begun = asyncio.create_task(self._begin())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            if not (await asyncio.wait({begun, stopped}, timeout=SLOW, return_when=first))[0]:
                log.warning("Telegram does not answer yet; trying on")
                await asyncio.wait({begun, stopped}, return_when=first)
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
            raise TokenRefusedError(wire.LOGIN_REFUSED)

    async def send(
        self, place: Place, reply: Reply, *, silent: bool = False, nonce: str = ""
    ) -> Outcome:
        """Send without being asked."""
        del nonce  # Telegram knows no such keys
        return await self._talk.send(place, reply, silent=silent)

    async def close(self) -> None:
        """Stop taking updates, finish what is in hand."""
        self._closing = True
        self._stop.set()
        await self._ended.wait()

    def _made(self) -> ext.Application[Any, Any, Any, Any, Any, Any]:
        """A new one for each run: one whose polling has failed does not begin again."""
        builder = ext.Application.builder().bot(self._bot).job_queue(None)
        app = builder.concurrent_updates(self._order).build()
        app.add_handler(ext.TypeHandler(tg.Update, self._on_update))
        app.add_error_handler(_failed)
        return app

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
                outcome = telegram_line.outcome_of(failure)
                await asyncio.sleep(outcome.after if isinstance(outcome, Retry) else wire.PAUSE)

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
        elif message is not None and message.text and _own_words(message):
            heard = _heard(message, message.from_user, message.sender_chat)
            await self._talk.typed(heard, message.text)

    async def _tell(self, chat: int, what: Gone | Moved) -> None:
        if self._changed is not None:
            await self._changed(chat_name(chat), what)


class _InOrder(ext.SimpleUpdateProcessor):
    """Chats side by side, each in its own order, no update twice (webhooks repeat them).

    What waits takes a place of those that all chats share. A group is answered 20 times a minute,
    so one that asks more often would fill them all: what comes to a full chat is dropped.
    """

    def __init__(self, hand: wire.Hand) -> None:
        super().__init__(4096)
        self._hand = hand
        self._seen: Recent[int, bool] = Recent(4096)
        self._turns = wire.Turns()
        self._lines: dict[int, list[int]] = {}
        """By chat the updates that wait for their answers, the one whose turn it is first."""
        self._flooded: set[int] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if isinstance(update, tg.Update):
            number, where = update.update_id, update.effective_chat or update.effective_user
            place = where.id if where else 0
            late = not _of_the_chat(update) and self._full(place)
            if not (_chatter(update) or self._seen.get(number) or late):
                self._seen.put(number, value=True)
                await self._in_turn(place, number, coroutine)
                return
            self._hand.done(number)
        if asyncio.iscoroutine(coroutine):
            coroutine.close()

    def _full(self, place: int) -> bool:
        if len(self._lines.get(place, ())) < MOST_WAITING:
            return False
        if place not in self._flooded:
            self._flooded.add(place)
            log.warning("%s asks too much: some of it is dropped", chat_name(place))
        return True

    async def _in_turn(self, place: int, number: int, coroutine: Awaitable[Any]) -> None:
        line = self._lines.setdefault(place, [])
        line.append(number)
        if not self._hand.holds(line[0]):  # nor does a poll wait for what is behind it
            self._hand.done(number)
        try:
            async with self._turns.of(place):
                await coroutine
        finally:
            line.remove(number)
            if not line:
                del self._lines[place]
                self._flooded.discard(place)
            self._hand.done(number)


async def _failed(_update: object, context: ext.CallbackContext[Any, Any, Any, Any]) -> None:
    failure = context.error
    if isinstance(failure, wire.FailedError | error.TelegramError):
        log.warning("an answer did not arrive: %s", failure)
    else:
        log.error("an update was not answered", exc_info=failure)


def _of_the_chat(update: tg.Update) -> bool:
    """It has moved, or has shown the bot out: that is never too much."""
    message = update.message
    return bool(update.my_chat_member or (message and message.migrate_to_chat_id))


def _chatter(update: tg.Update) -> bool:
    """What a group says among itself, if the bot hears it. It takes no place of a question."""
    message = update.message
    if message is None or not message.text or message.chat.type == constants.ChatType.PRIVATE:
        return False
    return not (message.reply_to_message or message.text.lstrip().startswith("/"))


def _own_words(message: tg.Message) -> bool:
    """Whether somebody says it here in their own words: no bot, and nothing that was passed on.
    Anonymous admins and channels come as a bot with a chat as sender, bots with none.
    """
    bot = message.from_user is not None and message.from_user.is_bot and not message.sender_chat
    passed_on = message.forward_origin or message.is_automatic_forward or message.via_bot
    return not (bot or passed_on)


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
