"""A stand-in of the Telegram Bot API on the loopback interface.

async with TelegramServer() as server:
    ann = server.private(name="Ann")
    ...                                   # start the bot with server.token, server.base_url
    await ann.say("/rotation")
    reply = await ann.next_message()
    assert reply.html.startswith("<b>")
    query = await ann.tap(reply, "Russell")
    assert (await query.answered()).text == ""
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import socket
import struct
import time
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from .telegram_driver import SUPERGROUP_OFFSET, Room
from .telegram_faults import CutConnectionError, Faults, FloodLimits, RawAnswerError
from .telegram_methods import Described, Methods
from .telegram_model import Chat
from .telegram_moderation import ADMIN_MAY
from .telegram_people import Member, User
from .telegram_wire import ApiError, Call, Json, Params
from .telegram_world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
MAX_REQUEST = 51 * 1024 * 1024


class TelegramServer:
    """Use it with ``async with``. All state is there from the start, so that chats can be made
    before the bot comes up."""

    def __init__(self, *, token: str = TOKEN, username: str = "spillover_test_bot") -> None:
        bot = User(int(token.partition(":")[0]), "Spillover", username=username, is_bot=True)
        self.token = token
        self.world = World(token, bot)
        self.faults = Faults()
        self.flood_limits: FloodLimits | None = None
        """Set it to switch Telegram's own limits on."""
        self.log: list[Call] = []
        self._methods = Methods(self.world)
        self._runner = web.AppRunner(self._app(), shutdown_timeout=0.1, access_log=None)
        self._site: web.SockSite | None = None
        self._holder = socket.socket()
        self.port = 0

    # life

    async def __aenter__(self) -> Self:
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", self.port))
        self.port = self._holder.getsockname()[1]
        await self._runner.setup()
        await self.go_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.faults.clear()
        await self.world.updates.close()
        await self.go_down()
        await self._runner.cleanup()
        self._holder.close()

    @property
    def base_url(self) -> str:
        """For ApplicationBuilder.base_url."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """For ApplicationBuilder.base_file_url."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    async def go_up(self) -> None:
        """Takes connections (again)."""
        if self._site is None:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            self._site = web.SockSite(self._runner, listener)
            await self._site.start()

    async def go_down(self) -> None:
        """Cuts all connections and refuses new ones. The port stays ours."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        server = self._runner.server
        for connection in list(server.connections) if server else []:
            _cut(connection.transport)
        await asyncio.sleep(0)

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Down inside the block, up after it."""
        await self.go_down()
        try:
            yield
        finally:
            await self.go_up()

    def advance(self, seconds: float) -> None:
        """The world's clock jumps: taps get too old, updates expire, flood limits are over."""
        self.world.shift += seconds

    # people and chats

    @property
    def bot(self) -> User:
        """The bot's own account."""
        return self.world.bot

    def user(
        self, name: str = "Ann", user_id: int | None = None, username: str = "", language: str = ""
    ) -> User:
        """A person."""
        number = user_id or next(self.world.ids)
        user = User(number, name, username=username, language_code=language)
        self.world.users[number] = user
        return user

    def private(
        self,
        user_id: int | None = None,
        name: str = "Ann",
        *,
        user: User | None = None,
        username: str = "",
        language: str = "en",
        started: bool = True,
    ) -> Room:
        """The private chat of a person; ``started=False`` if they never wrote to the bot."""
        person = user or self.user(name, user_id, username, language)
        chat = Chat(person.id, "private", user=person, started=started)
        self.world.chats[chat.id] = chat
        return Room(self.world, chat, person)

    def group(self, title: str = "Group", **options: Any) -> Room:
        """A basic group. Options: owner, members (users), bot ('member', 'administrator', 'left'
        …), rights (of the bot as an administrator), chat_id, username."""
        return self._room("group", title, **options)

    def supergroup(self, title: str = "Supergroup", **options: Any) -> Room:
        """A supergroup; options as for `group`."""
        return self._room("supergroup", title, **options)

    def forum(self, title: str = "Forum", **options: Any) -> Room:
        """A supergroup with topics; `Room.open_topic` makes some. Options as for `group`."""
        room = self._room("supergroup", title, **options)
        room.chat.is_forum = True
        return room

    def channel(self, title: str = "Channel", **options: Any) -> Room:
        """A channel; the bot is an administrator. Options as for `group`."""
        return self._room("channel", title, **{"bot": "administrator", **options})

    def _room(
        self,
        kind: str,
        title: str,
        *,
        owner: User | None = None,
        members: Iterable[User] = (),
        bot: str = "member",
        rights: Iterable[str] = ADMIN_MAY,
        chat_id: int | None = None,
        username: str = "",
    ) -> Room:
        number = next(self.world.ids)
        chat_id = chat_id or -(number if kind == "group" else SUPERGROUP_OFFSET + number)
        chat = Chat(chat_id, kind, title, username)
        owner = owner or self.user("Owner")
        chat.members[owner.id] = Member(owner, "creator")
        chat.members |= {user.id: Member(user) for user in members}
        if bot != "left":
            may = frozenset(rights) if bot == "administrator" else frozenset()
            chat.members[self.bot.id] = Member(self.bot, bot, may)
        self.world.chats[chat.id] = chat
        return Room(self.world, chat, owner)

    # what the bot did

    def sent(self, method: str | None = None, **params: Any) -> list[Call]:
        """Requests so far, of one method and with these arguments (numbers as numbers)."""
        wanted = method.lower() if method else None
        return [
            call
            for call in self.log
            if (wanted is None or call.method.lower() == wanted)
            and all(call.params.get(name) == value for name, value in params.items())
        ]

    async def requested(
        self,
        method: str,
        timeout: float = 15.0,  # noqa: ASYNC109
        count: int = 1,
        **params: Any,
    ) -> Call:
        """Waits until a method has been called (and answered) ``count`` times; the last call."""

        def done() -> list[Call]:
            calls = [call for call in self.sent(method, **params) if call.status is not None]
            return calls if len(calls) >= count else []

        try:
            calls: list[Call] = await self.world.pulse.until(done, timeout)
        except TimeoutError:
            raise AssertionError(f"{method} was not called {count} times") from None
        return calls[-1]

    # HTTP

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST)
        app.router.add_route("*", "/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_route("*", "/{rest:.*}", self._not_found)
        return app

    async def _not_found(self, _request: web.Request) -> web.Response:
        return _refusal(ApiError(404, "Not Found"))

    async def _download(self, request: web.Request) -> web.Response:
        file = self.world.files.by_path.get(request.match_info["path"])
        if request.match_info["token"] != self.token or file is None:
            return _refusal(ApiError(404, "Not Found"))
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _handle(self, request: web.Request) -> web.Response:
        try:
            params = await Params.read(request)
        except web.HTTPRequestEntityTooLarge:
            return _refusal(ApiError(413, "Request Entity Too Large"))
        params.method = request.match_info["method"]
        call = Call(params.method, params.for_log(), params.files, time.monotonic())
        self.log.append(call)
        self.world.pulse.beat()
        try:
            return await self._answer(request.match_info["token"], params, call)
        except CutConnectionError:
            call.delivered = False
            _cut(request.transport)
            return web.Response()
        except RawAnswerError as raw:
            call.status = raw.status
            return web.Response(status=raw.status, text=raw.body, content_type="text/html")
        except ApiError as error:
            call.status, call.description = error.code, error.description
            return _refusal(error)
        finally:
            self.world.pulse.beat()

    async def _answer(self, token: str, params: Params, call: Call) -> web.Response:
        if token != self.token:
            raise ApiError(401, "Unauthorized") if ":" in token else ApiError(404, "Not Found")
        name = params.method.lower()
        await self.faults.before(name, params)
        method = self._methods.table.get(name)
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        if self.flood_limits:
            self.flood_limits.check(name, params, self.world.now())
        result = method(params)
        if inspect.isawaitable(result):
            result = await result
        body: Json = {"ok": True, "result": result}
        if isinstance(result, Described):
            body = {"ok": True, **result._asdict()}
        call.status, call.result = 200, body["result"]
        await self.faults.after(name, params)
        return web.json_response(body)


def _refusal(error: ApiError) -> web.Response:
    seconds = error.parameters.get("retry_after")
    headers = {"Retry-After": str(seconds)} if seconds else {}
    return web.json_response(error.body(), status=error.code, headers=headers)


def _cut(transport: asyncio.BaseTransport | None) -> None:
    """Ends a connection with a reset instead of a polite end."""
    if isinstance(transport, asyncio.Transport):
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
