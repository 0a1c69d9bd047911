"""The real adapter in this process, before the stand-in Bot API server."""

import asyncio
import contextlib
import functools
import hashlib
import io
import logging

import pytest
from PIL import Image

from bot.adapter import Picture
from bot.telegram_adapter import TelegramAdapter
from commands import REGISTRY
from commands.dispatch import Registry, dispatch
from commands.registry import Access, Command, Option
from commands.reply import BarChart, Button, Chart, Reply
from tests.bot.calls import call_in
from tests.servers.telegram import TelegramServer

CANARY = "110201543:CANARY-of-the-token-9f3a"
SECRET = "CANARY-of-the-secret_4711"


@pytest.fixture(autouse=True)
def no_canary_in_the_log(caplog):
    """Whatever happens, and at the finest level: no token and no secret in any line."""
    caplog.set_level(logging.DEBUG)
    yield
    lines = [caplog.handler.format(item) for stage in ("setup", "call", "teardown")
             for item in caplog.get_records(stage)]  # fmt: skip
    assert not [line for line in lines if "CANARY" in line]


@functools.cache
def png(colour="navy"):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


def chart(title="A picture"):
    return Chart(title, "", "", BarChart((), 60.0, 50.0), sample=True, alt=title)


async def draw(drawn):
    """A small picture of its own for every title, at once."""
    tint = "#" + hashlib.sha256(drawn.title.encode()).hexdigest()[:6]
    return Picture(drawn.title, png(tint))


class Word:
    def parse(self, text, snapshot):
        return text

    def suggest(self, text, snapshot):
        return [text]


def picture_of(call):
    title = call.values.get("title", "first")
    buttons = (Button("Other", "/picture other"), Button("Words", "/words"))
    return Reply(f"Picture {title}", chart=chart(title), buttons=buttons)


def words(call):
    return Reply("Words", "<b>no</b> markup & all", buttons=(Button("Picture", "/picture"),))


def change(call):
    return Reply("It is changed", buttons=(Button("Again", "/change again"),))


WORD = Option("title", Word(), "a word", rest=True)
SMALL = Registry((
    Command("picture", "A picture", picture_of, (WORD,), aliases=("image",)),
    Command("words", "Only words", words),
    Command("change", "Changes something", change, (WORD,), access=Access.ADMINS),
    Command("need", "Needs a word", words, (Option("word", Word(), "a word", required=True),)),
))  # fmt: skip
"""A registry for tests: reading with and without a picture, and something for admins."""


class Answers:
    """Answers from a registry, or one prepared reply; keeps the requests."""

    def __init__(self, registry=SMALL, reply=None):
        self.registry, self.reply = registry, reply
        self.requests = []
        self.wait = None
        """Set to an Event: the next answers wait for it."""
        self._gates = set()
        self._asked = asyncio.Event()

    async def __call__(self, request):
        self.requests.append(request)
        self._asked.set()
        if self.wait is not None:
            self._gates.add(self.wait)
            await self.wait.wait()
        return self.reply or await dispatch(self.registry, request, call_in(request), self._run)

    async def _run(self, command, call):
        return command.run(call)

    def let_go(self):
        """Nothing waits any more: a test that failed is to end."""
        self.wait = None
        for gate in self._gates:
            gate.set()

    async def heard(self, count=1, seconds=15.0):
        """Waits until so many requests have come."""
        async with asyncio.timeout(seconds):
            while len(self.requests) < count:
                self._asked.clear()
                await self._asked.wait()


@contextlib.asynccontextmanager
async def serving(server, answer, draw=draw, registry=None, **options):
    """An adapter that runs and is closed at the end."""
    registry = registry or getattr(answer, "registry", REGISTRY)
    address = f"http://127.0.0.1:{server.port}"
    adapter = TelegramAdapter(server.token, answer, draw, registry, api_url=address, **options)
    task = asyncio.create_task(adapter.run())
    try:
        yield adapter
    finally:
        if isinstance(answer, Answers):
            answer.let_go()
        async with asyncio.timeout(60):
            await adapter.close()
            await task


@contextlib.asynccontextmanager
async def small(answer=None, **options):
    """Server, adapter and answers of the small registry."""
    answer = answer or Answers()
    async with (
        TelegramServer(token=CANARY) as server,
        serving(server, answer, **options) as adapter,
    ):
        yield server, adapter, answer


async def ready(server):
    """Waits until the menus are published: the adapter has begun."""
    await server.world.pulse.until(lambda: len(server.sent("setMyCommands")) >= 3, 15)


async def until(true, seconds=15.0):
    """Waits until something is true."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)
