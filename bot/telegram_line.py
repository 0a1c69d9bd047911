"""The line to Telegram, by python-telegram-bot: requests, their failures as outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import telegram as tg
from telegram import constants, error, ext
from telegram.request import HTTPXRequest

from bot import telegram_wire as wire
from bot.adapter import Gone, Moved, Outcome, Rejected, Retry
from bot.logs import hush
from bot.telegram_talk import chat_name

log = logging.getLogger(__name__)
os.environ.setdefault("PTB_TIMEDELTA", "1")  # else the library warns of its own older types
hush("httpx", "httpcore", "telegram")  # also where no log was set up
logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)  # it is told here
wire.no_search()

T = TypeVar("T")
ADMINS = (constants.ChatMemberStatus.OWNER, constants.ChatMemberStatus.ADMINISTRATOR)
MOST_PLACEHOLDER = 64
A_MINUTE = 20
"""Messages to one group within a minute, as Telegram advises."""


class Line:
    """The line to Telegram for the talk."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @property
    def username(self) -> str:
        return self._bot.username

    async def post(
        self,
        where: wire.Where,
        html: str,
        keys: wire.Keys,
        photo: str | bytes | None = None,
        ask: str = "",
    ) -> wire.Posted:
        """As ``Talk`` wants it. What is sent unasked comes again from whoever sends it."""
        step = partial(self._posted, where, html, keys, photo, ask)
        return await (_insisted(step) if where.asked else step())

    async def _posted(
        self, where: wire.Where, html: str, keys: wire.Keys, photo: str | bytes | None, ask: str
    ) -> wire.Posted:
        with _failures():
            if photo is not None:
                return _posted(
                    await self._bot.send_photo(
                        photo=photo, caption=html, reply_markup=_markup(keys), **where.arguments
                    )
                )
            return await self._bot.raw("sendMessage", _message(where, html, keys, ask))

    async def post_file(self, where: wire.Where, name: str, data: bytes, html: str) -> None:
        step = partial(self._posted_file, where, name, data, html)
        await (_insisted(step) if where.asked else step())

    async def _posted_file(self, where: wire.Where, name: str, data: bytes, html: str) -> None:
        with _failures():
            await self._bot.send_document(
                document=data, filename=name, caption=html or None, **where.arguments
            )

    async def edit(
        self, heard: wire.Heard, html: str, keys: wire.Keys, photo: str | bytes | None = None
    ) -> wire.Posted:
        return await _insisted(partial(self._edited, heard, html, keys, photo))

    async def _edited(
        self, heard: wire.Heard, html: str, keys: wire.Keys, photo: str | bytes | None
    ) -> wire.Posted:
        place: dict[str, Any] = {"chat_id": heard.chat, "message_id": heard.message}
        with _failures():
            if photo is not None:
                media, markup = tg.InputMediaPhoto(photo, caption=html), _markup(keys)
                changed = await self._bot.edit_message_media(media, reply_markup=markup, **place)
                return _posted(changed)
            if heard.photo:
                words = {**place, **_words("caption", html, keys)}
                return await self._bot.raw("editMessageCaption", words)
            return await self._bot.raw("editMessageText", {**place, **_words("text", html, keys)})

    async def show_drawing(self, where: wire.Where) -> None:
        with contextlib.suppress(error.TelegramError):
            await self._bot.send_chat_action(
                where.chat, constants.ChatAction.UPLOAD_PHOTO, message_thread_id=where.thread
            )

    async def toast(self, query: str, text: str) -> None:
        with contextlib.suppress(error.TelegramError):  # nobody may wait for it any more
            await self._bot.answer_callback_query(query, text or None, show_alert=bool(text))

    async def offer(self, query: str, found: list[wire.Found]) -> None:
        article, words = tg.InlineQueryResultArticle, tg.InputTextMessageContent
        results = [
            article(one.id, one.title, words(one.html), _markup(one.keys), description=one.name)
            for one in found
        ]
        await self._bot.answer_inline_query(query, results, cache_time=60, is_personal=True)

    async def is_admin(self, chat: int, user: int) -> bool:
        try:
            return (await self._bot.get_chat_member(chat, user)).status in ADMINS
        except error.BadRequest:  # a group may hide its members, but not its admins
            admins = await self._bot.get_chat_administrators(chat)
            return any(admin.user.id == user for admin in admins)


class Bot(ext.ExtBot[int]):
    """Confirms updates once they are answered, and does not show its token."""

    def __init__(self, hand: wire.Hand, refuse: Callable[[], None], **more: Any) -> None:
        super().__init__(**more)
        with self._unfrozen():
            self._hand, self._refuse = hand, refuse

    def __repr__(self) -> str:
        return "ExtBot[token=…]"

    async def raw(self, method: str, data: dict[str, Any]) -> wire.Posted:
        """A message sent or changed, without making objects of what Telegram says of it: that
        would take longer than everything else that is done for an answer.
        """
        result = await self._post(method, data)
        return wire.Posted(result.get("message_id", 0) if isinstance(result, dict) else 0)

    async def get_updates(self, *args: Any, **options: Any) -> tuple[tg.Update, ...]:
        await self._hand.emptied()
        try:
            updates = await super().get_updates(*args, **options)
        except error.InvalidToken:
            self._refuse()
            raise
        self._hand.take(update.update_id for update in updates)
        return updates


def outcome_of(failure: error.TelegramError) -> Outcome:
    """How sending has ended."""
    match failure:
        case error.ChatMigrated():
            return Moved(chat_name(failure.new_chat_id))
        case error.RetryAfter():
            wait = failure.retry_after
            return Retry(wait.total_seconds() if isinstance(wait, dt.timedelta) else wait)
        case error.Forbidden():
            return Gone(failure.message)
        case error.BadRequest():
            return wire.refused(failure.message)
        case error.NetworkError() | error.InvalidToken() | error.Conflict():
            return Retry(wire.PAUSE)
        case _:
            return Rejected(failure.message)


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except error.TelegramError as failure:
        outcome, cause = outcome_of(failure), failure.__cause__
        raise wire.FailedError(outcome, failure.message, cause) from failure


async def _insisted(step: Callable[[], Awaitable[T]]) -> T:
    """What somebody waits for is tried again where it is sure that it did not arrive, after the
    wait that Telegram asks for, if that is not too long.
    """
    for pause in (*wire.PAUSES, None):
        try:
            return await step()
        except wire.FailedError as failure:
            if pause is None or failure.unsure or not isinstance(failure.outcome, Retry):
                raise
            flood = isinstance(failure.__cause__, error.RetryAfter)
            wait = max(pause, failure.outcome.after) if flood else pause
            if wait > wire.LONGEST_PAUSE:
                raise
            log.warning("an answer is tried again: %s", failure.description)
            await asyncio.sleep(wait)
    raise AssertionError


def bot(
    token: str,
    hand: wire.Hand,
    refuse: Callable[[], None],
    base: str,
    pace: float,
) -> Bot:
    """The bot behind the line: at most ``pace`` messages a second, evenly; 0 for no limit."""
    limiter = ext.AIORateLimiter(
        overall_max_rate=1 if pace else 0,
        overall_time_period=1 / pace if pace else 0,
        group_max_rate=A_MINUTE if pace else 0,
        max_retries=0,  # the library would hold up all chats while one of them has to wait
    )
    return Bot(
        hand,
        refuse,
        token=token,
        rate_limiter=limiter,
        defaults=ext.Defaults(
            parse_mode=constants.ParseMode.HTML,
            link_preview_options=tg.LinkPreviewOptions(is_disabled=True),
            allow_sending_without_reply=True,
        ),
        **_connections(base.rstrip("/")),
    )


def _connections(base: str) -> dict[str, Any]:
    def client(size: int, retries: int) -> HTTPXRequest:
        return HTTPXRequest(size, httpx_kwargs=wire.client_options(base, retries))

    return {
        "base_url": f"{base}/bot",
        "base_file_url": f"{base}/file/bot",
        "request": client(wire.CONNECTIONS, wire.CONNECT_RETRIES),
        "get_updates_request": client(1, 0),
    }


def _posted(message: tg.Message | bool) -> wire.Posted:
    photo = message.photo if isinstance(message, tg.Message) else None
    return wire.Posted(getattr(message, "id", 0), photo[-1].file_id if photo else None)


def _message(where: wire.Where, html: str, keys: wire.Keys, ask: str) -> dict[str, Any]:
    """A message for ``raw``."""
    data = {
        "chat_id": where.chat,
        "message_thread_id": where.thread,
        "disable_notification": where.silent or None,
        **_words("text", html, keys),
    }
    if where.answers is not None:
        there = {"message_id": where.answers, "allow_sending_without_reply": True}
        data["reply_parameters"] = there
    if ask and not keys:
        placeholder = ask[:MOST_PLACEHOLDER]
        data["reply_markup"] = {"force_reply": True, "input_field_placeholder": placeholder}
    return {name: value for name, value in data.items() if value is not None}


def _words(name: str, html: str, keys: wire.Keys) -> dict[str, Any]:
    """HTML and the buttons below it, for ``raw``. Without buttons those that were there go."""
    data: dict[str, Any] = {name: html, "parse_mode": constants.ParseMode.HTML.value}
    if name == "text":
        data["link_preview_options"] = {"is_disabled": True}
    if keys:
        rows = [[key.json for key in row] for row in keys]
        data["reply_markup"] = {"inline_keyboard": rows}
    return data


def _markup(keys: wire.Keys) -> tg.InlineKeyboardMarkup | None:
    if not keys:
        return None

    def button(key: wire.Key) -> tg.InlineKeyboardButton:
        return tg.InlineKeyboardButton(key.label, key.url or None, key.data or None)

    return tg.InlineKeyboardMarkup([[button(key) for key in row] for row in keys])
