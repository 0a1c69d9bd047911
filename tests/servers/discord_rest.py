"""The REST side of the stand-in Discord server: how a request is taken and answered."""

from __future__ import annotations

import asyncio
import functools
import json
import mimetypes
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import discord_errors as errors
from .discord_drafts import Upload
from .discord_errors import ApiError, Form
from .discord_traffic import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .discord_traffic import Fault, Faults, Limits, Log
    from .discord_world import World

Json = dict[str, Any]

MAX_BODY = 64 * 1024 * 1024


@dataclass
class Call:
    """A request as a handler gets it."""

    args: dict[str, str]
    query: dict[str, str]
    body: Any = None
    uploads: list[Upload] = field(default_factory=list)

    def id(self, name: str) -> int:
        """Return an id of the path."""
        return errors.snowflake(self.args[name], Form(name))

    @property
    def table(self) -> Json:
        """The body, which must be a JSON object."""
        form = Form()
        data = form.table({} if self.body is None else self.body)
        form.check()
        return data

    def flag(self, name: str) -> bool:
        """Return a boolean of the query."""
        return self.query.get(name, "") in ("1", "true", "True")


@dataclass
class Reply:
    """What a handler answers; None as data is 204."""

    data: Any = None
    status: int = 200


@dataclass(frozen=True)
class Route:
    """One route: its method, path and handler."""

    method: str
    template: str
    handler: Callable[[Call], Awaitable[Reply]]
    major: tuple[str, ...] = ()
    needs_token: bool = True


class Rest:
    """Serves the routes: faults, rate limits, token, body, handler, log."""

    def __init__(self, world: World, log: Log, limits: Limits, faults: Faults, token: str) -> None:
        self.world = world
        self.log = log
        self.limits = limits
        self.faults = faults
        self.token: str | None = token

    def add_to(self, app: web.Application, routes: list[Route]) -> None:
        """Serve routes under ``/api/v9`` and ``/api/v10``."""
        app.middlewares.append(self._strays)
        for route in routes:
            path = "/api/{version}" + route.template
            serve = functools.partial(self._serve, route)
            app.router.add_route(route.method, path, serve)

    @web.middleware
    async def _strays(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            entry = self._note(request)
            entry.status = error.status
            text = f"{error.status}: {error.reason}"
            return _json(error.status, {"message": text, "code": 0}, {})

    def _note(self, request: web.Request) -> Request:
        parts = request.path.split("/", 3)
        path = "/" + parts[3] if request.path.startswith("/api/") else request.path
        entry = Request(request.method, path, dict(request.query), self.world.clock.now())
        self.log.requests.append(entry)
        return entry

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        entry = self._note(request)
        fault = self.faults.take(entry.method, entry.path)
        if fault:
            entry.fault = fault.kind
            broken = await self._strike(fault, request, entry)
            if broken:
                return broken
        headers: dict[str, str] = {}
        try:
            headers = self._admit(route, request, entry)
            reply = await self._handle(route, request, entry)
        except ApiError as error:
            reply = Reply(error.body(), error.status)
            headers |= _retry(error)
        except Exception as error:  # noqa: BLE001 - the test is to fail, not the server
            self.log.crashes.append(error)
            reply = Reply({"message": repr(error), "code": 0}, 500)
        response = _json(reply.status, reply.data, headers)
        entry.status, entry.response = response.status, reply.data
        if fault and fault.kind == "lost reply":
            _cut(request, reset=False)
        return response

    async def _strike(
        self, fault: Fault, request: web.Request, entry: Request
    ) -> web.StreamResponse | None:
        entry.status = fault.status
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "reset":
            _cut(request, reset=True)
            return web.Response()
        elif fault.kind == "429":
            error = _limited(fault.seconds, everywhere=fault.everywhere)
            return _json(429, error.body(), _retry(error))
        elif fault.kind == "ban":
            body = "<html><body>error code: 1015</body></html>"
            return web.Response(status=429, text=body, content_type="text/html")
        elif fault.kind == "status":
            text = f"{fault.status}: broken on purpose"
            return _json(fault.status, {"message": text, "code": 0}, {})
        return None

    def _admit(self, route: Route, request: web.Request, entry: Request) -> dict[str, str]:
        if request.match_info["version"] not in ("v9", "v10"):
            raise ApiError(400, 50041, "Invalid API version")
        if route.needs_token:
            if request.headers.get("Authorization") != f"Bot {self.token}":
                raise errors.unauthorized()
            wait = self.limits.spend_global()
            if wait:
                raise _limited(wait, everywhere=True)
        major = ":".join(request.match_info.get(name, "") for name in route.major)
        headers, wait = self.limits.spend(entry.method, route.template, entry.path, major)
        if wait:
            raise _limited(wait, everywhere=False, headers=headers)
        return headers

    async def _handle(self, route: Route, request: web.Request, entry: Request) -> Reply:
        body, uploads = await _read(request)
        entry.json, entry.files = body, uploads
        call = Call(dict(request.match_info), dict(request.query), body, uploads)
        return await route.handler(call)


class _LimitedError(ApiError):
    def __init__(self, wait: float, headers: dict[str, str], *, everywhere: bool) -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.wait = wait
        self.headers = headers
        self.everywhere = everywhere

    def body(self) -> Json:
        return {
            "message": self.message,
            "retry_after": round(self.wait, 3),
            "global": self.everywhere,
        }


def _limited(
    wait: float, *, everywhere: bool, headers: dict[str, str] | None = None
) -> _LimitedError:
    return _LimitedError(wait, headers or {}, everywhere=everywhere)


def _retry(error: ApiError) -> dict[str, str]:
    if not isinstance(error, _LimitedError):
        return {}
    headers = {**error.headers, "Via": "1.1 google"}
    headers["Retry-After"] = str(int(error.wait) + 1)
    headers["X-RateLimit-Scope"] = "global" if error.everywhere else "user"
    if error.everywhere:
        headers["X-RateLimit-Global"] = "true"
    return headers


def _json(status: int, data: Any, headers: dict[str, str]) -> web.Response:
    if data is None:
        return web.Response(status=204, headers=headers)
    return web.Response(
        status=status,
        body=json.dumps(data).encode(),
        headers=headers,
        content_type="application/json",
    )


def _cut(request: web.Request, *, reset: bool) -> None:
    transport = request.transport
    if transport is None:
        return
    if reset:
        linger = struct.pack("ii", 1, 0)
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def _read(request: web.Request) -> tuple[Any, list[Upload]]:
    if not request.can_read_body:
        return None, []
    kind = request.content_type
    if kind == "application/json":
        return _loads(await request.text()), []
    if kind == "multipart/form-data":
        return await _multipart(request)
    form = Form()
    form.fail(
        "CONTENT_TYPE_INVALID",
        'Expected "Content-Type" header to be one of "application/json", '
        '"application/x-www-form-urlencoded", "multipart/form-data".',
    )
    form.check()
    return None, []


async def _multipart(request: web.Request) -> tuple[Any, list[Upload]]:
    fields = await request.post()
    uploads = []
    for name, value in fields.items():
        if not isinstance(value, web.FileField):
            continue
        index = name.removeprefix("files[").removesuffix("]")
        if not index.isdigit():
            continue
        guessed = _content_type(value.filename)
        uploads.append(Upload(int(index), value.filename, value.file.read(), guessed))
    payload = fields.get("payload_json")
    if payload is not None:
        return _loads(str(payload)), uploads
    plain = {key: text for key, text in fields.items() if isinstance(text, str)}
    return plain, uploads


def _content_type(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _loads(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None
