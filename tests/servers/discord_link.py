"""A session of the gateway, and the connection that it has at the moment."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import web

Json = dict[str, Any]

DISPATCH = 0
ZLIB, ZSTD = "zlib-stream", "zstd-stream"
PAYLOAD_ZLIB_FROM = 1024


def _zstd() -> Any:
    """Return the module that the library would use for zstd, if there is one."""
    for name in ("zstandard", "compression.zstd"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return None


def can_compress(kind: str | None) -> bool:
    """Return whether a transport compression can be served here."""
    return kind in (None, ZLIB) or (kind == ZSTD and _zstd() is not None)


class _Zstd:
    """A zstd stream in which every message is flushed, but no frame ends."""

    def __init__(self) -> None:
        module = _zstd()
        if module.__name__ == "zstandard":
            self._stream = module.ZstdCompressor().compressobj()
            self._flush = module.COMPRESSOBJ_FLUSH_BLOCK
        else:
            self._stream = module.ZstdCompressor()
            self._flush = module.ZstdCompressor.FLUSH_BLOCK

    def pack(self, data: bytes) -> bytes:
        packed: bytes = self._stream.compress(data) + self._stream.flush(self._flush)
        return packed


class _Zlib:
    """A zlib stream in which every message ends with a sync flush."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)


def _packer(compress: str | None) -> _Zlib | _Zstd | None:
    if compress == ZLIB:
        return _Zlib()
    return _Zstd() if compress == ZSTD and _zstd() else None


class Link:
    """A websocket with its queue, so that events go out in order."""

    def __init__(
        self, socket: web.WebSocketResponse, request: web.Request, compress: str | None
    ) -> None:
        self.socket = socket
        self.closed_here = False
        self.payload_zlib = False
        self.last_beat = asyncio.get_running_loop().time()
        self._request = request
        self._packer = _packer(compress)
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._taken: deque[float] = deque()
        self._pump = asyncio.create_task(self._run())

    def put(self, text: str) -> None:
        """Send a payload after those before it."""
        self._queue.put_nowait(text)

    def may_send(self, a_minute: int) -> bool:
        """Count something that the bot sent; return whether it is within the limit."""
        now = asyncio.get_running_loop().time()
        self._taken.append(now)
        while self._taken and self._taken[0] < now - 60:
            self._taken.popleft()
        return len(self._taken) <= a_minute

    async def close(self, code: int) -> None:
        """Send what is queued, then close with a code."""
        self.closed_here = True
        await self._drain()
        await self.socket.close(code=code)

    def cut(self) -> None:
        """Let the connection die without a close frame."""
        self.closed_here = True
        if self._request.transport:
            self._request.transport.abort()

    async def finish(self) -> None:
        """End the task that sends."""
        self._pump.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._pump

    async def _drain(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.join(), 1.0)

    async def _run(self) -> None:
        while True:
            text = await self._queue.get()
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self._write(text)
            self._queue.task_done()

    async def _write(self, text: str) -> None:
        data = text.encode()
        if self._packer:
            await self.socket.send_bytes(self._packer.pack(data))
        elif self.payload_zlib and len(data) > PAYLOAD_ZLIB_FROM:
            await self.socket.send_bytes(zlib.compress(data))
        else:
            await self.socket.send_str(text)


@dataclass(eq=False)
class Session:
    """One session of the bot; it outlives its connection for a while."""

    id: str
    shard: int
    shards: int
    intents: int
    link: Link | None
    seq: int = 0
    sent: list[tuple[int, str, str]] = field(default_factory=list)
    left_at: float = 0.0

    def dispatch(self, event: str, data: Json) -> None:
        """Send an event, or keep it until the session resumes."""
        self.seq += 1
        frame = {"op": DISPATCH, "d": data, "s": self.seq, "t": event}
        text = json.dumps(frame)
        self.sent.append((self.seq, event, text))
        if self.link:
            self.link.put(text)

    def serves(self, guild_id: int | None) -> bool:
        """Return whether events of a guild (None: direct) go to this shard."""
        if guild_id is None:
            return self.shard == 0
        return (guild_id >> 22) % self.shards == self.shard
