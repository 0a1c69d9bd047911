"""Every command once on each platform, through the real process and both stand-in servers."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from commands import COMMANDS
from commands.dispatch import request_of
from tests.bot.test_metrics import free_port, scraped
from tests.bot.test_run import DISCORD_TOKEN, running, store
from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer

assert store  # a fixture
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("process"),
]
EXAMPLES = [(command, command.examples[0]) for command in COMMANDS]
NAMES = [command.name for command in COMMANDS]


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platforms(store, port):
    """Both servers, with the process in between; it ends well, and nothing in it went wrong."""
    async with TelegramServer() as telegram, DiscordServer(token=DISCORD_TOKEN) as discord:
        discord.world.desk.ack_seconds = 15.0
        discord.world.patience = 30.0
        async with running(
            store,
            TELEGRAM_TOKEN=telegram.token,
            TELEGRAM_API_URL=telegram.base_url.removesuffix("/bot"),
            TELEGRAM_PACE="0",
            METRICS_PORT=str(port),
            DISCORD_TOKEN=DISCORD_TOKEN,
            DISCORD_API_URL=discord.api_url,
            DISCORD_GATEWAY_URL=discord.gateway_url,
        ) as ended:
            await discord.bot_is_online(seconds=60)
            await discord.until(lambda: discord.published_commands, 30)
            yield telegram, discord
        assert ended["code"] == 0, ended["log"]
        assert "Traceback" not in str(ended["log"])
        assert "incident" not in str(ended["log"])


@pytest.mark.parametrize(("command", "line"), EXAMPLES, ids=NAMES)
async def test_a_dialogue_on_telegram(platforms, command, line):
    telegram, _discord = platforms
    person = telegram.private()
    await person.say(line)
    message = await person.next_message(60)
    assert message.text
    assert "Incident" not in message.text
    assert len(message.text) <= (1024 if message.photo else 4096)
    assert not [call for call in telegram.log if call.status not in (200, None)]
    if any(message.keyboard):
        label = message.buttons[0][0]
        await (await person.tap(message, label)).answered(60)


@pytest.mark.parametrize(("command", "line"), EXAMPLES, ids=NAMES)
async def test_a_dialogue_on_discord(platforms, command, line):
    _telegram, discord = platforms
    person = discord.guild(command.name).member("ann", admin=True)
    channel = person.guild.text_channel("general")
    answer = await person.slash(channel, command.name, **options_of(command, line))
    assert answer.text
    assert "Incident" not in answer.text
    assert not discord.log.crashes
    buttons = [part for part in answer.message.walk() if part["type"] == 2]
    if buttons:
        await person.press(channel, answer.message, buttons[0]["custom_id"])


async def test_its_metrics_count_what_was_answered(platforms, port):
    telegram, _discord = platforms
    person = telegram.private()
    await person.say("/start")
    await person.next_message(60)
    found = await asyncio.to_thread(scraped, port)
    assert float(found['spillover_answers_total{command="start",outcome="answered"}']) >= 1
    assert "spillover_queue" in found


async def test_one_worker_runs_them_all(request):
    """Else the process would be started by each, and all on the same few cores."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("one process runs all tests")
    assert request.node.nodeid.endswith("@process")


def options_of(command, line):
    """The words of a typed line as the options that somebody fills in."""
    words, found = request_of(line).text.split(), {}
    for option in command.options:
        if words:
            found[option.name] = " ".join(words) if option.rest else words[0]
            words = [] if option.rest else words[1:]
    return found
