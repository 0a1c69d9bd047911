"""The real python-telegram-bot, pointed at the stand-in: what the stand-in's own tests use."""

from __future__ import annotations

import contextlib
import io
import os
import socket
from typing import TYPE_CHECKING, Any

from PIL import Image
from telegram import Bot, Update
from telegram.ext import Application
from telegram.request import HTTPXRequest

from .telegram import TelegramServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram.ext import BaseHandler

os.environ.setdefault("PTB_TIMEDELTA", "1")  # else RetryAfter warns when it is made

SECRET = "a-secret_token-1"


def plain_request(**options: Any) -> HTTPXRequest:
    """A client that spares itself the certificates: half the time of a short test."""
    return HTTPXRequest(8, httpx_kwargs={"verify": False}, **options)


@contextlib.asynccontextmanager
async def served_bot() -> AsyncIterator[tuple[TelegramServer, Bot]]:
    """A server and a bot that has logged in but does not listen."""
    async with TelegramServer() as server:
        bot = Bot(
            server.token,
            base_url=server.base_url,
            base_file_url=server.base_file_url,
            request=plain_request(),
            get_updates_request=plain_request(),
        )
        async with bot:
            yield server, bot


def application(server: TelegramServer, *handlers: BaseHandler[Any, Any, Any]) -> Any:
    """An Application for this server."""
    builder = Application.builder().token(server.token).job_queue(None)
    builder = builder.base_url(server.base_url).base_file_url(server.base_file_url)
    builder = builder.request(plain_request()).get_updates_request(plain_request())
    app = builder.build()
    app.add_handlers(handlers)
    return app


@contextlib.asynccontextmanager
async def polling(
    server: TelegramServer, *handlers: BaseHandler[Any, Any, Any]
) -> AsyncIterator[Any]:
    """An Application that polls."""
    app = application(server, *handlers)
    async with app:
        await app.start()
        await app.updater.start_polling(
            allowed_updates=Update.ALL_TYPES, error_callback=lambda _: None
        )
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


@contextlib.asynccontextmanager
async def hooked(
    server: TelegramServer, *handlers: BaseHandler[Any, Any, Any], port: int = 0
) -> AsyncIterator[Any]:
    """An Application with a webhook."""
    app = application(server, *handlers)
    port = port or free_port()
    async with app:
        await app.start()
        await app.updater.start_webhook(
            listen="127.0.0.1",
            port=port,
            url_path="hook",
            webhook_url=f"http://127.0.0.1:{port}/hook",
            secret_token=SECRET,
            allowed_updates=Update.ALL_TYPES,
        )
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


def free_port() -> int:
    """A port of the loopback interface that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def picture(width: int = 640, height: int = 480, colour: str = "navy") -> bytes:
    """A PNG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()
