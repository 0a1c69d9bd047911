"""Discord when something goes wrong: limits, broken servers, lost replies, outages, the gateway."""

import asyncio

import discord
import pytest

from bot import discord_adapter
from bot.adapter import Place, Rejected, Retry, Sent, TokenRefusedError
from bot.discord_adapter import DiscordAdapter
from commands.dispatch import Registry
from commands.registry import Command
from commands.reply import BarChart, Button, Chart, Reply
from tests.bot import discord_rig
from tests.bot.discord_rig import CANARY, PATIENCE, house
from tests.servers.discord_server import DiscordServer, NoAnswerError

quick_discord, naps = discord_rig.quick_discord, discord_rig.naps
pytestmark = pytest.mark.usefixtures("quick_discord")

CHART = Chart("t", "s", "f", BarChart((), 60, 50), True, "six rungs")
REGISTRY = Registry((
    Command("plain", "Words", lambda _: Reply("Words.")),
    Command("drawn", "A picture", lambda _: Reply("Picture.", chart=CHART,
                                                  buttons=(Button("Words", "/plain"),))),
))  # fmt: skip
DIGEST = Reply("Digest", "Because.", chart=CHART)
SIGN, EDIT, SENDING = "POST /interactions/*", "PATCH /webhooks/*", "POST /channels/*/messages"
PUBLISHING = "PUT /applications/*"


def den(sample, **options):
    return house(sample, registry=REGISTRY, **options)


def faults_of(server):
    return {
        "429": lambda rule: server.faults.rate_limit(0.05, rule=rule),
        "502": lambda rule: server.faults.fail(502, rule=rule),
        "lost reply": lambda rule: server.faults.lose_reply(rule=rule),
        "reset": lambda rule: server.faults.reset(rule=rule),
        "slow": lambda rule: server.faults.slow(0.2, times=1, rule=rule),
    }


@pytest.mark.parametrize("rule", [SIGN, EDIT])
@pytest.mark.parametrize("fault", ["429", "502", "lost reply", "reset", "slow"])
async def test_an_answer_survives_a_fault_and_comes_once(sample, naps, fault, rule):
    async with den(sample) as place, place.awake() as adapter:
        struck = faults_of(place.server)[fault](rule)
        answer = await place.bob.slash(place.general, "drawn")
        await place.server.until(lambda: not adapter._in_hand)
        assert struck.hits == 1
        assert (answer.text, len(answer.message.attachments)) == ("Picture.", 1)
        message = answer.message
        faults_of(place.server)[fault](SIGN)
        await place.bob.press(place.general, message, "Words")
        await place.server.until(lambda: not adapter._in_hand)
        assert (message.text, message.attachments) == ("Words.", [])
        faults_of(place.server)[fault](SIGN)
        assert (await place.bob.slash(place.general, "plain")).text == "Words."
        assert len(place.general.messages) == 2
        assert [request.command for request in place.requests] == ["drawn", "plain", "plain"]


async def test_what_comes_too_late_is_let_go(sample, caplog):
    async with den(sample) as place:
        real = place.answer
        place.server.world.desk.ack_seconds = 3.0

        async def late(request):
            place.server.clock.advance(3.1)
            return await real(request)

        async with place.awake(answer=late) as adapter:
            for name in ("plain", "drawn"):
                with pytest.raises(NoAnswerError):
                    await place.bob.slash(place.general, name)
            await place.server.until(lambda: caplog.text.count("did not arrive") == 2)
            adapter.answer = real
            await alive(place)
        assert "Traceback" not in caplog.text


async def test_a_token_of_fifteen_minutes_that_has_run_out_is_let_go(sample, caplog):
    async with den(sample) as place:
        real = place.draw

        async def long(chart):
            place.server.clock.advance(901)
            return await real(chart)

        async with place.awake(draw=long):
            asked = place.bob.start_slash(place.general, "drawn")
            await place.server.until(lambda: "did not arrive" in caplog.text)
            assert asked.thinking
            assert (await place.bob.slash(place.general, "plain")).text == "Words."


@pytest.mark.parametrize("how", ["title", "file"])
async def test_what_is_refused_goes_as_plain_text(sample, monkeypatch, how):
    if how == "title":
        monkeypatch.setattr("bot.render.discord.MOST_TITLE", 10_000)
    long = Reply("x" * 300, "Because.", chart=CHART if how == "file" else None)
    registry = Registry((Command("long", "Too long", lambda _: long),))
    async with house(sample, registry=registry) as place, place.awake() as adapter:
        if how == "file":
            place.server.world.upload_limit = 10
        answer = await place.bob.slash(place.general, "long")
        await place.server.until(lambda: answer.text == "x" * 300 + "\nBecause.")
        assert answer.message.attachments == []
        here = Place(f"discord:{place.general.id}")
        assert isinstance(await adapter.send(here, long), Sent)
        assert place.general.last.text.endswith("Because.")
        await adapter.send(here, Reply("Look", buttons=(Button("Go", "/long"),)))
        message = place.general.last
        await place.bob.press(place.general, message, "Go")
        await place.server.until(lambda: message.text == "x" * 300 + "\nBecause.")
        monkeypatch.setattr("bot.render.discord.MOST_CONTENT", 10_000)
        sent = await adapter.send(here, Reply("y" * 2001))
        assert isinstance(sent, Rejected)
        assert "50035" in sent.reason


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        (lambda f: f.rate_limit(120, rule=SENDING), 120),
        (lambda f: f.ban(), 60),
        (lambda f: f.fail(502, times=9, rule=SENDING), 5),
        (lambda f: f.fail(503, rule=SENDING), 5),
        (lambda f: f.reset(rule=SENDING), 5),
        (lambda f: f.lose_reply(rule=SENDING), 5),
        (lambda f: f.fail(401, rule=SENDING), 60),
        (lambda f: f.fail(403, times=2, rule=SENDING), 60),
        (lambda f: f.rate_limit(0.05, rule=SENDING), None),
        (lambda f: f.fail(500, times=2, rule=SENDING), None),
    ],
)
async def test_a_message_that_is_not_taken_now_is_for_later_and_arrives_once(
    sample, naps, fault, after
):
    async with den(sample) as place, place.awake() as adapter:
        here = Place(f"discord:{place.general.id}")
        fault(place.server.faults)
        sent = await adapter.send(here, DIGEST, nonce="d1")
        if after is None:
            assert isinstance(sent, Sent)
        else:
            assert sent == Retry(after)
            place.server.faults.clear()
            assert isinstance(await adapter.send(here, DIGEST, nonce="d1"), Sent)
        assert [message.text for message in place.general.messages] == ["Digest\nBecause."]


async def test_a_message_that_takes_too_long_is_for_later(sample, monkeypatch):
    monkeypatch.setattr(discord_adapter, "SEND_WITHIN", 0.1)
    async with den(sample) as place, place.awake() as adapter:
        place.server.faults.rate_limit(20, rule=SENDING)
        assert isinstance(await adapter.send(Place(f"discord:{place.general.id}"), DIGEST), Retry)


async def test_a_message_that_somebody_deleted_at_once_was_sent(sample):
    async with den(sample) as place, place.awake() as adapter:
        here = Place(f"discord:{place.general.id}")
        await adapter.send(here, DIGEST, nonce="d1")
        place.general.last.delete()
        assert await adapter.send(here, DIGEST, nonce="d1") == Sent("")


async def test_sending_never_raises(sample, monkeypatch):
    async with den(sample) as place:
        async with place.awake() as adapter:
            here = Place(f"discord:{place.general.id}")
            monkeypatch.setattr(discord_adapter, "post", lambda *_, **__: 1 / 0)
            assert await adapter.send(here, DIGEST) == Rejected("ZeroDivisionError")
            place.server.world.desk.ack_seconds = 0.2
            with pytest.raises(NoAnswerError):
                await place.bob.slash(place.general, "plain")
            monkeypatch.undo()
        assert isinstance(await adapter.send(here, DIGEST), Retry)


async def alive(place):
    """A command is answered."""
    place.server.world.desk.ack_seconds = PATIENCE
    assert (await place.bob.slash(place.general, "plain")).text == "Words."


@pytest.mark.parametrize("refuse", [True, False])
async def test_an_outage_ends_and_the_bot_comes_back(sample, refuse):
    async with den(sample) as place, place.awake() as adapter:
        await alive(place)
        await place.server.outage(refuse=refuse)
        sent = await adapter.send(Place(f"discord:{place.general.id}"), DIGEST)
        assert isinstance(sent, Retry)
        await asyncio.sleep(0.1)
        assert place.server.gateway.connected == []
        await place.server.recover()
        await place.server.bot_is_online()
        await alive(place)
        sent = await adapter.send(Place(f"discord:{place.general.id}"), DIGEST)
        assert isinstance(sent, Sent)
        assert len(place.requests) == 2
        assert place.server.world.registry.overwrites == 1


async def test_pauses_between_connections_stay_short(sample):
    async with den(sample) as place, place.awake():
        assert discord.shard.ExponentialBackoff is discord_adapter._Backoff
        assert 2 ** discord_adapter._Backoff()._max <= 32


async def test_a_bot_that_starts_in_an_outage_comes_on_when_it_ends(sample):
    async with den(sample) as place:
        adapter = place.adapter()
        await place.server.outage()
        task = asyncio.create_task(adapter.run())
        await place.server.until(lambda: len(place.server.log.of("GET /users/@me")) > 3)
        assert not task.done()
        await place.server.recover()
        await place.server.bot_is_online()
        await place.server.until(lambda: place.server.published_commands)
        await alive(place)
        await adapter.close()
        await asyncio.wait_for(task, 15)


async def test_closing_in_an_outage_does_not_wait_for_its_end(sample):
    async with den(sample) as place:
        place.server.gateway.refusing = True
        adapter = place.adapter()
        task = asyncio.create_task(adapter.run())
        await place.server.until(lambda: place.server.log.events("refused"))
        await asyncio.wait_for(adapter.close(), 15)
        await asyncio.wait_for(task, 15)


async def test_cancelling_ends_it_too(sample):
    async with den(sample) as place:
        task = asyncio.create_task(place.adapter().run())
        await place.server.bot_is_online()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 15)
        await place.server.until(lambda: not place.server.gateway.connected)


@pytest.mark.parametrize("code", [None, 4000, 4009, 1000, 1001])
async def test_a_lost_connection_is_resumed_and_no_command_is_lost_or_handled_twice(sample, code):
    async with den(sample) as place, place.awake():
        await alive(place)
        await place.server.gateway.drop(code)
        answers = [place.bob.start_slash(place.general, "plain") for _ in range(3)]
        for answer in answers:
            assert (await place.bob.finish(answer)).text == "Words."
        assert len(place.requests) == len(place.general.messages) == 4
        assert place.server.log.events("resume")
        assert len(place.server.log.events("identify")) == 1


async def test_an_event_that_comes_twice_is_handled_once(sample):
    async with den(sample) as place, place.awake():
        answer = await place.bob.slash(place.general, "plain")
        desk = place.server.world.desk
        place.server.world.announce.interaction(answer, desk._payload(answer))
        await alive(place)
        assert len(place.requests) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        lambda gateway: gateway.reconnect(),
        lambda gateway: gateway.invalidate(),
        lambda gateway: gateway.invalidate(resumable=True),
        lambda gateway: gateway.forget_sessions(),
    ],
)
async def test_the_bot_comes_back_from_what_the_gateway_does(sample, trouble):
    async with den(sample) as place, place.awake():
        before = len(place.server.log.events("connect"))
        trouble(place.server.gateway)
        await place.server.gateway.drop()
        await place.server.until(lambda: len(place.server.log.events("connect")) > before)
        await place.server.bot_is_online()
        await alive(place)
        await alive(place)
        assert len(place.requests) == 2


@pytest.mark.parametrize("code", [4010, 4011])
async def test_close_codes_about_shards_begin_anew(sample, code):
    async with den(sample) as place, place.awake():
        place.server.gateway.recommended_shards = 2
        place.server.gateway.max_concurrency = 2
        await place.server.gateway.drop(code)
        await place.server.bot_is_online(shards=2, seconds=15)
        await alive(place)


@pytest.mark.parametrize("code", [4004, 4013, 4014])
async def test_what_a_person_has_to_mend_is_raised(sample, code):
    async with den(sample) as place:
        task = asyncio.create_task(place.adapter().run())
        await place.server.bot_is_online()
        await place.server.gateway.drop(code)
        with pytest.raises((discord.ConnectionClosed, discord.PrivilegedIntentsRequired)) as error:
            await asyncio.wait_for(task, 15)
        assert CANARY not in str(error.value) + repr(error.value)


async def test_a_refused_token_is_raised_and_shown_nowhere(sample):
    async with den(sample) as place:
        place.server.revoke_token()
        with pytest.raises(TokenRefusedError, match="Reset Token") as error:
            await asyncio.wait_for(place.adapter().run(), 15)
        assert CANARY not in str(error.value) + repr(error.getrepr(showlocals=False))


@pytest.mark.parametrize("fault", [
    lambda faults: faults.fail(503, rule=PUBLISHING),
    lambda faults: faults.reset(rule=PUBLISHING),
    lambda faults: faults.rate_limit(120, rule=PUBLISHING),
])  # fmt: skip
async def test_commands_are_published_in_the_end(sample, fault):
    async with den(sample) as place:
        fault(place.server.faults)
        async with place.awake():
            await place.server.until(lambda: set(place.server.published_commands))
            await place.server.until(lambda: place.state)
            assert len(place.server.log.of(PUBLISHING)) == 2


async def test_commands_are_published_again_only_when_they_change(sample):
    async with den(sample) as place:
        for _ in range(2):
            async with place.awake():
                pass
        assert place.server.world.registry.overwrites == 1
        place.registry = Registry((*REGISTRY.commands, Command("new", "New", lambda _: Reply("N"))))
        async with place.awake():
            await place.server.until(lambda: "new" in place.server.published_commands)
        assert place.server.world.registry.overwrites == 2


async def test_refused_commands_do_not_stop_the_bot(sample, monkeypatch, caplog):
    bad = [{"type": 1, "name": "Not Possible", "description": "x"}]
    async with den(sample) as place:
        async with place.awake():
            pass
        monkeypatch.setattr(discord_adapter, "published", lambda *_: bad)
        async with place.awake():
            await place.server.until(lambda: "the commands are refused" in caplog.text)
            await alive(place)


async def test_several_shards(sample):
    async with den(sample) as place:
        place.server.gateway.recommended_shards = 2
        place.server.gateway.max_concurrency = 2
        places = [place.server.guild(f"guild {n}") for n in range(4)]
        adapter = place.adapter()
        task = asyncio.create_task(adapter.run())
        await place.server.bot_is_online(shards=2, seconds=15)
        await place.server.until(lambda: place.server.published_commands)
        for guild in places:
            channel, person = guild.text_channel("general"), guild.member("p")
            assert (await person.slash(channel, "plain")).text == "Words."
        await adapter.close()
        await asyncio.wait_for(task, 15)


async def test_the_gateway_of_the_settings_comes_first(sample):
    async with den(sample) as place, DiscordServer(CANARY) as proxy:
        real = place.server.gateway.url
        place.server.gateway.url = proxy.gateway_url
        adapter: DiscordAdapter = place.adapter()
        adapter.gateway_url = real
        task = asyncio.create_task(adapter.run())
        await place.server.bot_is_online()
        await adapter.close()
        await asyncio.wait_for(task, 15)
        assert proxy.gateway.connected == []
