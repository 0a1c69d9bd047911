"""The queue of updates and the two ways out of it: long polling and a webhook."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from .telegram_wire import ApiError, bad, too_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from .telegram_wire import Json, Params

ALL_TYPES = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "callback_query",
    "my_chat_member",
    "chat_member",
)
BY_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LIFETIME = {"inline_query": 30, "callback_query": 150}
DAY = 86_400
FIRST_ID = 800_000_001
MAX_POLL = 50
WEBHOOK_TIMEOUT = 10.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
BY_WEBHOOK = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
BY_OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
BY_SET_WEBHOOK = "terminated by setWebhook request"


def conflict(description: str) -> ApiError:
    """409"""
    return ApiError(409, f"Conflict: {description}")


@dataclass
class Update:
    """One update that waits for the bot."""

    id: int
    kind: str
    payload: Json
    queue: object
    """Updates of one queue reach a webhook one after the other."""
    expires: float

    def json(self) -> Json:
        """As Update."""
        return {"update_id": self.id, self.kind: self.payload}


class Updates:
    """What waits for the bot. Forgotten only once a higher offset or the webhook confirms it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.next_id = FIRST_ID
        self.waiting: list[Update] = []
        self.confirmed: list[Update] = []
        self.allowed: list[str] = []
        """allowed_updates; empty for the default."""
        self.webhook: Webhook | None = None
        self.short_poll_pause = 0.0
        """How long Telegram holds a short poll that repeats the last offset (3 s in reality)."""
        self.webhook_retry = 1.0
        """Unit of the growing pauses between tries of a webhook."""
        self._poll: asyncio.Future[None] | None = None
        self._last_poll: tuple[int, float] = (0, -DAY)
        self._next_set_webhook = 0.0

    def add(self, kind: str, payload: Json, queue: object) -> None:
        """A new update, unless the bot did not ask for its kind."""
        if kind not in (self.allowed or set(ALL_TYPES) - BY_REQUEST_ONLY):
            return
        expires = self.now() + LIFETIME.get(kind, DAY)
        self.waiting.append(Update(self.next_id, kind, payload, queue, expires))
        self.next_id += 1
        if self._poll and not self._poll.done():
            self._poll.set_result(None)
        if self.webhook:
            self.webhook.wake()

    def drop_expired(self) -> None:
        """Telegram keeps a message for a day, a tap for minutes, an inline query for seconds."""
        self.waiting = [update for update in self.waiting if update.expires > self.now()]

    def confirm(self, update: Update) -> None:
        """Forgets it."""
        self.waiting.remove(update)
        self.confirmed.append(update)

    async def get(self, params: Params) -> list[Json]:
        """getUpdates"""
        if self.webhook:
            raise conflict(BY_WEBHOOK)
        offset = params.integer("offset")
        limit = params.integer("limit", 100, 1, 100)
        timeout: float = params.integer("timeout", 0, 0, MAX_POLL)
        self._allow(params)
        moment = asyncio.get_running_loop().time()
        pause = self.short_poll_pause
        if (offset, True) == (self._last_poll[0], moment < self._last_poll[1] + pause):
            timeout = max(timeout, pause)
        self._last_poll = (offset, moment)
        self._forget_before(offset)
        if not self.waiting and timeout:
            await self._wait(timeout)
        return [update.json() for update in self.waiting[:limit]]

    def _forget_before(self, offset: int) -> None:
        self.drop_expired()
        if offset < 0:
            for update in self.waiting[:offset]:
                self.confirm(update)
        elif offset <= self.next_id:
            for update in [item for item in self.waiting if item.id < offset]:
                self.confirm(update)

    async def _wait(self, seconds: float) -> None:
        self._end_poll(conflict(BY_OTHER_POLL))
        poll = self._poll = asyncio.get_running_loop().create_future()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await poll

    def _end_poll(self, error: ApiError | None = None) -> None:
        if self._poll and not self._poll.done():
            if error:
                self._poll.set_exception(error)
            else:
                self._poll.set_result(None)

    def _allow(self, params: Params) -> None:
        names = params.json("allowed_updates")
        if isinstance(names, list):
            self.allowed = [str(name).lower() for name in names]

    async def set_webhook(self, params: Params) -> tuple[bool, str]:
        """setWebhook; the second value is the description that comes with the answer."""
        url = params.text("url")
        if not url:
            return await self.delete_webhook(params)
        moment = self.now()
        if moment < self._next_set_webhook:
            raise too_many(1)
        secret = params.text("secret_token")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad("secret token contains unallowed characters")
        if urlsplit(url).hostname not in LOOPBACK:
            raise bad("bad webhook: the stand-in calls the loopback interface only")
        self._next_set_webhook = moment + 1
        self._end_poll(conflict(BY_SET_WEBHOOK))
        if self.webhook:
            await self.webhook.close()
        if params.flag("drop_pending_updates"):
            self.waiting.clear()
        self._allow(params)
        self.webhook = Webhook(self, url, secret, params.integer("max_connections", 40, 1, 100))
        self.webhook.wake()
        return True, "Webhook was set"

    async def delete_webhook(self, params: Params) -> tuple[bool, str]:
        """deleteWebhook"""
        if params.flag("drop_pending_updates"):
            self.waiting.clear()
        if not self.webhook:
            return True, "Webhook is already deleted"
        await self.webhook.close()
        self.webhook = None
        return True, "Webhook was deleted"

    def webhook_info(self) -> Json:
        """getWebhookInfo"""
        info: Json = {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.waiting),
        }
        if self.allowed:
            info["allowed_updates"] = self.allowed
        if self.webhook:
            info["max_connections"] = self.webhook.max_connections
            if self.webhook.last_error:
                info["last_error_date"] = int(self.webhook.last_error[0])
                info["last_error_message"] = self.webhook.last_error[1]
        return info

    async def close(self) -> None:
        """Lets go of whoever waits."""
        self._end_poll()
        if self.webhook:
            await self.webhook.close()


class Webhook:
    """Posts updates: those of one chat in order, chats side by side, each until it is taken."""

    def __init__(self, updates: Updates, url: str, secret: str, max_connections: int) -> None:
        self.updates = updates
        self.url = url
        self.secret = secret
        self.max_connections = max_connections
        self.last_error: tuple[float, str] | None = None
        self._busy: dict[object, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(max_connections)
        self._session = aiohttp.ClientSession()

    def wake(self) -> None:
        """Starts a worker for every queue that has something and no worker."""
        for update in self.updates.waiting:
            if update.queue not in self._busy:
                self._busy[update.queue] = asyncio.create_task(self._work(update.queue))

    async def _work(self, queue: object) -> None:
        try:
            while update := self._first(queue):
                await self._push(update)
        finally:
            self._busy.pop(queue, None)

    def _first(self, queue: object) -> Update | None:
        return next((item for item in self.updates.waiting if item.queue == queue), None)

    async def _push(self, update: Update) -> None:
        fails = 0
        while update in self.updates.waiting:
            error = await self._post(update)
            if not error:
                self.updates.confirm(update)
                return
            self.last_error = (self.updates.now(), error)
            await asyncio.sleep(self.updates.webhook_retry * 2**fails if fails else 0)
            fails += 1
            self.updates.drop_expired()

    async def _post(self, update: Update) -> str:
        """An empty string, or what went wrong."""
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        options: dict[str, Any] = {
            "data": json.dumps(update.json()).encode(),
            "headers": headers,
            "timeout": aiohttp.ClientTimeout(total=WEBHOOK_TIMEOUT),
            "allow_redirects": False,
        }
        try:
            async with self._room, self._session.post(self.url, **options) as answer:
                if 200 <= answer.status < 300:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientConnectorError:
            return "Connection refused"
        except aiohttp.ClientError:
            return "Webhook connection closed"

    async def close(self) -> None:
        """Stops all workers; what they had not delivered stays."""
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()
