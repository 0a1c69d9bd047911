"""What the stand-in's gateway does with a client that breaks its rules."""

from __future__ import annotations

import contextlib
import json
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from .discord_link import can_compress
from .discord_server import DiscordServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio

HELLO, HEARTBEAT_ACK = 10, 11
PATIENCE = 15.0


class Raw:
    """A client without any manners."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self.token = token

    async def send(self, op: int, data: Any = None) -> None:
        """Send one payload."""
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def identify(self, **fields: Any) -> None:
        """Send an identify with these fields changed."""
        plain = {"token": self.token, "intents": 513, "properties": {}}
        await self.send(2, {**plain, **fields})

    async def get(self) -> Any:
        """Return the next payload."""
        return await self.socket.receive_json(timeout=PATIENCE)

    async def close_code(self) -> int | None:
        """Read until the server closes, and return its code."""
        async for _ in self.socket:
            pass
        return self.socket.close_code


@contextlib.asynccontextmanager
async def raw(
    server: DiscordServer | None = None, query: str = "v=10&encoding=json"
) -> AsyncIterator[tuple[Raw, DiscordServer]]:
    """Connect a raw client and take the hello."""
    async with (
        server or DiscordServer() as running,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{running.gateway_url}?{query}") as socket,
    ):
        yield Raw(socket, running.token), running


async def closed_after(op: int, data: Any = None, text: str | None = None) -> int | None:
    """Return the code with which the server closes after one payload."""
    async with raw() as (client, _):
        if text is None:
            await client.send(op, data)
        else:
            await client.socket.send_str(text)
        return await client.close_code()


async def test_hello_comes_first_and_heartbeats_are_acknowledged() -> None:
    async with raw() as (client, _):
        assert await client.get() == {"op": HELLO, "d": {"heartbeat_interval": 41250}}
        await client.send(1)
        assert await client.get() == {"op": HEARTBEAT_ACK}
        await client.identify()
        ready = await client.get()
        assert (ready["t"], ready["s"], ready["d"]["v"]) == ("READY", 1, 10)


@pytest.mark.parametrize(
    ("code", "op", "data", "text"),
    [
        (4001, 99, None, None),
        (4002, 0, None, "{"),
        (4002, 0, None, "[]"),
        (4002, 3, "x" * 4096, None),
        (4003, 3, {}, None),
        (4004, 2, {"token": "wrong", "intents": 0}, None),
        (4004, 6, {"token": "wrong", "session_id": "x", "seq": 1}, None),
    ],
)
async def test_wrong_payloads_close_the_connection(
    code: int, op: int, data: Any, text: str | None
) -> None:
    assert await closed_after(op, data, text) == code


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (4010, {"shard": [1, 1]}),
        (4010, {"shard": [0]}),
        (4013, {"intents": 1 << 30}),
        (4013, {"intents": None}),
        (4014, {"intents": 1 << 15}),
    ],
)
async def test_a_wrong_identify_closes_the_connection(code: int, fields: dict[str, Any]) -> None:
    async with raw() as (client, _):
        await client.identify(**fields)
        assert await client.close_code() == code


async def test_other_rules_of_a_connection() -> None:
    async with raw(query="v=5&encoding=json") as (client, _):
        assert await client.close_code() == 4012
    async with raw() as (client, _):
        await client.identify()
        await client.identify()
        assert await client.close_code() == 4005
    async with raw() as (client, _):
        for _number in range(121):
            await client.send(1)
        assert await client.close_code() == 4008
    server = DiscordServer()
    server.gateway.heartbeat_seconds = 0.05
    async with raw(server) as (client, _):
        assert await client.close_code() == 4000


async def test_resuming_has_its_rules() -> None:
    async with raw() as (client, server):
        await client.get()
        token = client.token
        await client.send(6, {"token": token, "session_id": "unknown", "seq": 1})
        assert await client.get() == {"op": 9, "d": False}
        await client.identify()
        session = (await client.get())["d"]["session_id"]
        await server.gateway.drop(4000)
        async with aiohttp.ClientSession() as http:
            async with http.ws_connect(f"{server.gateway_url}?v=10") as socket:
                again = Raw(socket, token)
                await again.send(6, {"token": token, "session_id": session, "seq": 99})
                assert await again.close_code() == 4007
            async with http.ws_connect(f"{server.gateway_url}?v=10") as socket:
                again = Raw(socket, token)
                await again.get()
                await again.send(6, {"token": token, "session_id": session, "seq": 1})
                assert (await again.get())["t"] == "RESUMED"
                await socket.close(code=1000)
            await server.until(lambda: not server.gateway.sessions)


async def test_payloads_are_packed_as_asked_for() -> None:
    server = DiscordServer()
    guild = server.guild("wide")
    for number in range(20):
        guild.text_channel(f"channel-{number}")
    async with raw(server) as (client, _):
        await client.get()
        await client.identify(compress=True)
        assert (await client.get())["t"] == "READY"
        packed = await client.socket.receive_bytes(timeout=PATIENCE)
        assert json.loads(zlib.decompress(packed))["t"] == "GUILD_CREATE"
    async with raw(query="v=10&encoding=json&compress=zlib-stream") as (client, _):
        stream = zlib.decompressobj()
        packed = await client.socket.receive_bytes(timeout=PATIENCE)
        assert packed.endswith(b"\x00\x00\xff\xff")
        assert json.loads(stream.decompress(packed))["op"] == HELLO
        await client.send(1)
        packed = await client.socket.receive_bytes(timeout=PATIENCE)
        assert json.loads(stream.decompress(packed)) == {"op": HEARTBEAT_ACK}


@pytest.mark.skipif(not can_compress("zstd-stream"), reason="no zstd here")
async def test_zstd_is_one_stream_of_flushed_messages() -> None:
    zstandard = pytest.importorskip("zstandard")
    async with raw(query="v=10&encoding=json&compress=zstd-stream") as (client, _):
        stream = zstandard.ZstdDecompressor().decompressobj()
        packed = await client.socket.receive_bytes(timeout=PATIENCE)
        assert json.loads(stream.decompress(packed))["op"] == HELLO
        await client.send(1)
        packed = await client.socket.receive_bytes(timeout=PATIENCE)
        assert json.loads(stream.decompress(packed)) == {"op": HEARTBEAT_ACK}
