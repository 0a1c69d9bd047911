"""The gateway of the stand-in Discord server: sessions, shards, events, resuming."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from . import discord_payloads as payloads
from .discord_events import GUILD_PRESENCES, GUILDS, MESSAGE_CONTENT, censored
from .discord_link import Link, Session, can_compress

if TYPE_CHECKING:
    from .discord_traffic import Log
    from .discord_world import Guild, World

Json = dict[str, Any]

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
UNKNOWN_OP, DECODE_ERROR, NOT_AUTHENTICATED, BAD_TOKEN, ALREADY = range(4001, 4006)
BAD_SEQ, RATE_LIMITED, BAD_SHARD, BAD_VERSION = 4007, 4008, 4010, 4012
BAD_INTENTS, DISALLOWED_INTENTS = 4013, 4014
NO_HEARTBEAT = 4000
KNOWN_INTENTS = sum(1 << bit for bit in (*range(17), 20, 21, 24, 25))
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
MAX_EVENT_BYTES = 4096
EVENTS_A_MINUTE = 120
SESSION_SECONDS = 180.0


class Gateway:
    """Takes connections; its attributes are the switches."""

    def __init__(self, world: World, log: Log, token: str) -> None:
        self.world = world
        self.log = log
        self.token: str | None = token
        self.url = ""
        self.heartbeat_seconds = 41.25
        self.grace = 1.5  # in heartbeats; a connection without one for so long is closed
        self.recommended_shards = 1
        self.max_concurrency = 1
        self.identify_spacing = 0.0  # Discord's is 5.0
        self.starts_a_day = 1000
        self.starts_left = 1000
        self.acks = True
        self.refusing = False
        self.sessions: dict[str, Session] = {}
        self._links: set[Link] = set()
        self._identified: dict[int, float] = {}

    @property
    def connected(self) -> list[Session]:
        """The sessions that have a connection."""
        return [one for one in self.sessions.values() if one.link]

    # Events

    def send(self, event: str, data: Json, *, guild_id: int | None, intent: int) -> None:
        """Send an event to every session that is to have it."""
        for session in self.sessions.values():
            if not session.serves(guild_id):
                continue
            if intent and not session.intents & intent:
                continue
            blind = not session.intents & MESSAGE_CONTENT
            hide = blind and event in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
            session.dispatch(event, censored(data, self.world) if hide else data)

    # Switches

    async def drop(self, code: int | None = None) -> None:
        """Cut all connections: with a close code, or without a word."""
        for link in list(self._links):
            if code is None:
                link.cut()
            else:
                await link.close(code)

    def reconnect(self) -> None:
        """Ask all sessions to reconnect (op 7)."""
        self._tell({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Call all sessions invalid (op 9)."""
        self._tell({"op": INVALID_SESSION, "d": resumable})
        if not resumable:
            self.sessions.clear()

    def request_heartbeat(self) -> None:
        """Ask for a heartbeat at once (op 1)."""
        self._tell({"op": HEARTBEAT, "d": None})

    def forget_sessions(self) -> None:
        """Lose all sessions, so that the next resume is refused."""
        self.sessions.clear()

    def _tell(self, payload: Json) -> None:
        for session in self.connected:
            if session.link:
                session.link.put(json.dumps({**payload, "s": None, "t": None}))

    # Connections

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket."""
        if self.refusing:
            self.log.gateway.append(("refused", request.path))
            if request.transport:
                request.transport.abort()
            return web.Response(status=503)
        socket = web.WebSocketResponse(timeout=1.0, compress=False)
        await socket.prepare(request)
        link = Link(socket, request, request.query.get("compress"))
        self._links.add(link)
        watch = asyncio.create_task(self._watch(link))
        try:
            await self._converse(link, request)
        except Exception as error:  # noqa: BLE001 - the test is to fail, not the server
            self.log.crashes.append(error)
        finally:
            watch.cancel()
            self._links.discard(link)
            self._leave(link)
            await link.finish()
        return socket

    async def _converse(self, link: Link, request: web.Request) -> None:
        version, compress = request.query.get("v"), request.query.get("compress")
        self.log.gateway.append(("connect", {"path": request.path, **request.query}))
        if version not in ("9", "10"):
            await link.close(BAD_VERSION)
            return
        if request.query.get("encoding", "json") != "json" or not can_compress(compress):
            await link.close(DECODE_ERROR)
            return
        interval = int(self.heartbeat_seconds * 1000)
        link.put(json.dumps({"op": HELLO, "d": {"heartbeat_interval": interval}}))
        async for message in link.socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            code = self._take(link, message.data)
            if code:
                await link.close(code)
                break

    def _leave(self, link: Link) -> None:
        code = link.socket.close_code
        self.log.gateway.append(("close", code))
        for session in list(self.sessions.values()):
            if session.link is not link:
                continue
            session.link = None
            session.left_at = self.world.clock.now()
            if code in (1000, 1001) and not link.closed_here:
                del self.sessions[session.id]

    async def _watch(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.heartbeat_seconds / 4)
            if loop.time() - link.last_beat > self.heartbeat_seconds * self.grace:
                await link.close(NO_HEARTBEAT)
                return

    # What the bot sends

    def _take(self, link: Link, raw: str | bytes) -> int:
        """Take what the bot sent; return the code to close with, or 0."""
        text = raw.decode() if isinstance(raw, bytes) else raw
        payload = _parsed(text)
        if payload is None:
            return DECODE_ERROR
        if not link.may_send(EVENTS_A_MINUTE):
            return RATE_LIMITED
        op, data = payload["op"], payload.get("d")
        if op == HEARTBEAT:
            return self._heartbeat(link, data)
        if op in (IDENTIFY, RESUME):
            start = self._identify if op == IDENTIFY else self._resume
            return start(link, data) if isinstance(data, dict) else DECODE_ERROR
        return self._command(link, payload)

    def _command(self, link: Link, payload: Json) -> int:
        if payload["op"] not in (PRESENCE, VOICE, REQUEST_MEMBERS):
            return UNKNOWN_OP
        session = self._session_of(link)
        if session is None:
            return NOT_AUTHENTICATED
        self.log.gateway.append(("command", payload))
        if payload["op"] == REQUEST_MEMBERS:
            self._members(session, payload["d"])
        return 0

    def _session_of(self, link: Link) -> Session | None:
        return next((s for s in self.sessions.values() if s.link is link), None)

    def _heartbeat(self, link: Link, seq: object) -> int:
        self.log.gateway.append(("heartbeat", seq))
        link.last_beat = asyncio.get_running_loop().time()
        if self.acks:
            link.put(json.dumps({"op": HEARTBEAT_ACK}))
        return 0

    def _identify(self, link: Link, data: Json) -> int:
        self.log.gateway.append(("identify", data))
        if self._session_of(link):
            return ALREADY
        if self.token is None or data.get("token") != self.token:
            return BAD_TOKEN
        wrong = self._refusal(data)
        if wrong:
            return wrong
        shard, shards = data.get("shard", [0, 1])
        if not self._may_start(shard):
            link.put(json.dumps({"op": INVALID_SESSION, "d": False}))
            return 0
        if self.starts_left <= 0:
            # Discord ends all sessions and resets the token of such an app.
            self.token = None
            return BAD_TOKEN
        self.starts_left -= 1
        link.payload_zlib = bool(data.get("compress"))
        session = Session(secrets.token_hex(16), shard, shards, data["intents"], link)
        self.sessions[session.id] = session
        self._welcome(session)
        return 0

    def _refusal(self, data: Json) -> int:
        shard = data.get("shard", [0, 1])
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            return BAD_SHARD
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return BAD_INTENTS
        if intents & PRIVILEGED & ~self.world.allowed_intents():
            return DISALLOWED_INTENTS
        return 0

    def _may_start(self, shard: int) -> bool:
        now = asyncio.get_running_loop().time()
        key = shard % self.max_concurrency
        if now - self._identified.get(key, -1e9) < self.identify_spacing:
            return False
        self._identified[key] = now
        return True

    def _welcome(self, session: Session) -> None:
        world = self.world
        mine = [g for g in world.guilds.values() if g.bot and session.serves(g.id)]
        app = payloads.application(world)
        ready = {
            "v": 10,
            "user": payloads.me(world),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": f"{self.url}/resume",
            "shard": [session.shard, session.shards],
            "application": {"id": app["id"], "flags": app["flags"]},
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
        }
        session.dispatch("READY", ready)
        for guild in mine:
            if guild.available and session.intents & GUILDS:
                session.dispatch("GUILD_CREATE", self._guild(session, guild))

    def _guild(self, session: Session, guild: Guild) -> Json:
        everybody = bool(session.intents & GUILD_PRESENCES)
        data = payloads.guild_create(guild, everybody=everybody)
        return {**data, "unavailable": False}

    def _resume(self, link: Link, data: Json) -> int:
        self.log.gateway.append(("resume", data))
        if self.token is None or data.get("token") != self.token:
            return BAD_TOKEN
        session = self.sessions.get(str(data.get("session_id")))
        late = session and not session.link and self._gone_long(session)
        if session is None or late:
            self.sessions.pop(str(data.get("session_id")), None)
            link.put(json.dumps({"op": INVALID_SESSION, "d": False}))
            return 0
        seq = data.get("seq")
        if not isinstance(seq, int) or seq > session.seq:
            return BAD_SEQ
        if session.link:
            session.link.cut()
        session.link = link
        for number, _, text in session.sent:
            if number > seq:
                link.put(text)
        session.dispatch("RESUMED", {"_trace": []})
        return 0

    def _gone_long(self, session: Session) -> bool:
        return self.world.clock.now() > session.left_at + SESSION_SECONDS

    def _members(self, session: Session, data: Json) -> None:
        guild = self.world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = {str(key) for key in data.get("user_ids") or []}
        prefix = str(data.get("query") or "").lower()
        found = [
            payloads.member(one)
            for one in guild.members.values()
            if (str(one.id) in wanted if wanted else one.user.name.startswith(prefix))
        ]
        chunk = {
            "guild_id": str(guild.id),
            "members": found,
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": data.get("nonce"),
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    async def stop(self) -> None:
        """End all connections."""
        for link in list(self._links):
            with contextlib.suppress(ConnectionError):
                await link.close(1001)


def _parsed(text: str) -> Json | None:
    if len(text.encode()) > MAX_EVENT_BYTES:
        return None
    try:
        payload = json.loads(text)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) and "op" in payload else None
