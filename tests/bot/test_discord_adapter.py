"""Discord as people use it: commands, suggestions, buttons, places. Every request and event goes
over real HTTP and a real WebSocket to the stand-in server.
"""

import asyncio

import pytest

from bot.adapter import Gone, Place, Rejected, Retry, Sent
from bot.desk import Desk
from bot.discord_rules import outcome, plainer
from bot.render.text import text
from commands import COMMANDS
from commands.dispatch import Registry, request_of
from commands.registry import Access, Command
from commands.reply import BarChart, Button, Chart, Document, Reply
from storage.database import Database
from tests.bot import discord_rig
from tests.bot.discord_rig import CANARY, PNG, house
from tests.servers.discord_server import NoAnswerError, NotPossibleError

quick_discord = discord_rig.quick_discord
pytestmark = pytest.mark.usefixtures("quick_discord")

CHART = Chart("t", "s", "f", BarChart((), 60, 50), True, "six rungs")
DIALOGUES = {
    "rotation": {"date": "2025-09-26"},
    "russell": {},
    "liquidity": {},
    "crypto": {},
    "altseason": {"date": "yesterday"},
    "chart": {"metric": "mrs", "period": "2y"},
    "explain": {"term": "early warning"},
    "status": {},
    "help": {"command": "chart"},
    "start": {},
}


async def test_every_command_is_published_where_it_can_be_used(sample):
    async with house(sample) as place, place.awake():
        shown = place.server.published_commands
        names = {name for command in COMMANDS for name in (command.name, *command.aliases)}
        assert set(shown) == names
        assert shown["altseason"]["description"] == shown["crypto"]["description"]
        for command in COMMANDS:
            one, reading = shown[command.name], command.access is Access.EVERYBODY
            assert one["contexts"] == ([0, 1, 2] if reading else [0, 1])
            assert one["integration_types"] == [0, 1]
            needed = "32" if command.closed else None
            assert one["default_member_permissions"] == needed
        (metric, period) = shown["chart"]["options"]
        assert (metric["type"], metric["required"], metric["autocomplete"]) == (3, True, True)
        assert not period.get("required")
        (identify,) = place.server.log.events("identify")
        assert identify["intents"] == 1, "guilds alone"


async def test_an_app_for_guilds_alone_is_published_too(sample):
    async with house(sample) as place:
        place.server.world.integration_types = (0,)
        async with place.awake():
            assert place.server.published_commands["status"]["integration_types"] == [0]
            assert (await place.bob.slash(place.general, "status")).text


@pytest.mark.parametrize("name", DIALOGUES)
async def test_a_dialogue_per_command(sample, name):
    options = DIALOGUES[name]
    async with house(sample) as place, place.awake():
        answer = await place.bob.slash(place.general, name, **options)
        wanted = await place.desk.answer(request_of(" ".join([f"/{name}", *options.values()])))
        assert not wanted.failed
        message = answer.message
        (embed,) = message.embeds
        assert embed["title"].replace("\\", "") == wanted.headline
        assert message.text.endswith(text(wanted).splitlines()[-1])
        assert [b.label for b in message.buttons] == [b.label for b in wanted.buttons]
        assert [file.data for file in message.attachments] == [PNG] * bool(wanted.chart)
        assert all(file.shown_inside for file in message.attachments)
        assert place.general.messages == [message]
        assert not message.edited
        assert answer.deferred == bool(wanted.chart)
        assert message.ephemeral_to is None
        (request,) = place.requests
        assert (request.command, dict(request.named)) == (name, options)
        assert request.chat == f"discord:{place.general.id}"
        assert (request.thread, request.user, request.locale) == (None, str(place.bob.id), "en")


async def test_the_real_picture_with_words_for_who_cannot_see_it(sample):
    async with house(sample) as place:
        desk = Desk(sample)
        place.server.world.patience = 30.0
        async with place.awake(answer=desk.answer, draw=desk.draw):
            answer = await place.bob.slash(place.general, "rotation")
        desk.close()
        (file,) = answer.message.attachments
        assert file.data.startswith(b"\x89PNG")
        assert len(file.data) > 20_000
        assert "4 of 6 rungs lit" in file.description
        assert answer.message.embeds[0]["image"]["url"] == file.url


async def test_an_error_is_for_the_asker_alone_and_its_button_works(sample):
    async with house(sample) as place, place.awake():
        answer = await place.bob.slash(place.general, "chart", metric="mss")
        assert answer.message.ephemeral_to is place.bob.user
        assert not answer.deferred
        assert "“mss” is no metric." in answer.text
        assert place.general.seen_by(place.ann) == []
        again = await place.bob.press(place.general, answer.message, "/chart mrs")
        assert again.message is answer.message
        assert "Mansfield" in again.text
        assert [file.data for file in again.message.attachments] == [PNG]


async def test_the_language_and_what_was_typed_are_facts_of_the_request(sample):
    async with house(sample) as place, place.awake():
        place.bob.user.locale = "pt-BR"
        await place.bob.slash(place.general, "status")
        answer = await place.bob.slash(place.general, "explain", term="**bold** @everyone <@1>")
        assert [request.locale for request in place.requests] == ["pt", "pt"]
        assert r"\*\*bold\*\* \@everyone \<\@1" in answer.text


async def test_a_german_client_is_answered_in_german_throughout(sample):
    async with house(sample) as place, place.awake():
        place.bob.user.locale = "de"
        answer = await place.bob.slash(place.general, "rotation")
        assert "Small-Cap-Führung" in answer.message.embeds[0]["title"]
        assert "BEISPIELDATEN · Stand 30. Jun 2026" in answer.text
        answer = await place.ann.slash(place.general, "rotation")
        assert "SAMPLE DATA · As of 30 Jun 2026" in answer.text


async def test_suggestions_while_typing(sample):
    async with house(sample) as place, place.awake():
        type_in = place.bob.autocomplete
        shown = await type_in(place.general, "chart", option="metric", text="net_")
        assert shown[0] == {"name": "net_liquidity", "value": "net_liquidity"}
        shown = await type_in(place.general, "rotation", option="date", text="2026-06-2")
        assert shown[0]["value"] == "2026-06-29"
        shown = await type_in(
            place.general, "chart", option="period", text="", filled={"metric": "mrs"}
        )
        assert "max" in [choice["value"] for choice in shown]
        assert len(await type_in(place.general, "explain", option="term", text="")) == 25
        assert await type_in(place.general, "explain", option="term", text="?" * 50) == []
        assert place.requests == []


async def test_suggestions_that_fail_or_take_too_long_are_none(sample, monkeypatch):
    from commands.kinds import DateKind

    async with house(sample) as place, place.awake():
        for bad in (lambda *_: 1 / 0, lambda *_: __import__("time").sleep(0.3) or ["late"]):
            monkeypatch.setattr("bot.render.discord_commands.SUGGEST_WITHIN", 0.1)
            monkeypatch.setattr(DateKind, "suggest", bad)
            assert await place.bob.autocomplete(
                place.general, "rotation", option="date", text="2"
            ) == []  # fmt: skip


async def test_a_tap_changes_the_message_and_its_picture(sample):
    async with house(sample) as place, place.awake():
        message = (await place.bob.slash(place.general, "rotation")).message
        first = message.attachments
        answer = await place.ann.press(place.general, message, "Russell 2000")
        assert answer.message is message
        assert message.embeds[0]["title"].startswith("New high")
        assert len(message.attachments) == 1
        assert message.attachments != first
        # An answer without a picture leaves none behind.
        await place.ann.press(place.general, message, "What is a breakout?")
        assert message.embeds[0]["title"] == "Breakout"
        assert message.attachments == []
        assert "image" not in message.embeds[0]
        assert place.general.messages == [message]


async def test_buttons_outlive_the_bot_and_the_day(sample):
    async with house(sample) as place:
        async with place.awake():
            message = (await place.bob.slash(place.general, "rotation")).message
        place.server.clock.advance(86_400)
        async with place.awake():
            answer = await place.ann.press(place.general, message, "Liquidity")
            assert answer.message is message
            assert "Net liquidity" in message.text
        assert place.server.world.registry.overwrites == 1, "published once for one registry"


async def test_a_forged_button_is_read_like_a_typed_line_and_harms_nothing(sample):
    async with house(sample) as place, place.awake() as adapter:
        forged = ("/rotation; rm -rf", "\u202e", "~0123", "/chart " + "x" * 90, "rotation")
        reply = Reply("Look", buttons=tuple(Button(f"b{n}", id) for n, id in enumerate(forged)))
        assert isinstance(await adapter.send(Place(f"discord:{place.general.id}"), reply), Sent)
        message = place.general.last
        for part, custom_id in zip(message.walk(), ("", *forged), strict=False):
            if custom_id:
                part["custom_id"] = custom_id
        for label in ("b0", "b1", "b2", "b3"):
            answer = await place.bob.press(place.general, message, label)
            assert answer.message.ephemeral_to is place.bob.user, label
            assert message.text == "Look"
        await place.bob.press(place.general, message, "b4")
        assert message.embeds[0]["title"].startswith("Small-cap lead")


async def test_a_long_command_line_on_a_button_works_until_the_restart(sample):
    line = "/explain " + "breakout " * 20
    async with house(sample) as place:
        reply = Reply("Look", buttons=(Button("Long", line),))
        async with place.awake() as adapter:
            await adapter.send(Place(f"discord:{place.general.id}"), reply)
            message = place.general.last
            answer = await place.bob.press(place.general, message, "Long")
            assert place.requests[-1].text == line.partition(" ")[2].strip()
            assert "nothing that can be explained" in answer.text
        async with place.awake():
            answer = await place.bob.press(place.general, message, "Long")
            assert answer.text == "This button is too old. Please send the command again."
            assert answer.message.ephemeral_to is place.bob.user


async def test_direct_messages_threads_and_forums(sample):
    async with house(sample) as place, place.awake() as adapter:
        thread = place.general.thread("talk")
        forum = place.guild.forum("ideas")
        post = forum.thread("what now?")
        reached = [place.bob.user.dm(), thread, post]
        for channel in reached:
            who = place.bob.user if channel.guild is None else place.bob
            answer = await who.slash(channel, "rotation")
            assert answer.message.channel is channel
            assert place.requests[-1].chat == f"discord:{channel.id}"
            await who.press(channel, answer.message, "Crypto")
            sent = await adapter.send(Place(f"discord:{channel.id}"), Reply("Digest"))
            assert sent == Sent(str(channel.last.id))
        assert await adapter.send(
            Place(f"discord:{place.general.id}", str(thread.id)), Reply("In the thread")
        ) == Sent(str(thread.last.id))
        thread.archive()
        assert isinstance(await adapter.send(Place(f"discord:{thread.id}"), Reply("x")), Sent)
        thread.archive(locked=True)
        for gone in (thread, forum):
            assert isinstance(await adapter.send(Place(f"discord:{gone.id}"), Reply("x")), Gone)
        general = f"discord:{place.general.id}"
        for topic in (str(thread.id), "4711"):
            outcome = await adapter.send(Place(general, topic), Reply("x"))
            assert isinstance(outcome, Gone)
            assert outcome.topic


@pytest.mark.parametrize(
    ("code", "of_topic", "of_chat"),
    [(10003, True, False), (50083, True, True), (160005, True, True), (50001, False, False),
     (50013, False, False), (10004, False, False)],
)  # fmt: skip
def test_what_says_that_only_a_thread_is_gone(code, of_topic, of_chat):
    for topic, alone in ((True, of_topic), (False, of_chat)):
        found = outcome(403, code, "x", topic=topic)
        assert isinstance(found, Gone)
        assert found.topic == alone
    assert not plainer(400, 50083), "plain words do not open a thread"


@pytest.fixture
async def kept(sample, tmp_path):
    """A house with a store."""
    with Database(tmp_path / "x.db") as store:
        desk = Desk(sample, store=store)
        async with house(sample) as place, place.awake(answer=desk.answer):
            yield place
        desk.close()


WINDOWS = [
    ("alerts", "New threshold", {"metric": "Altcoin season index", "side": "above", "level": "70"},
     "Altcoin season index above 70"),
    ("digest", "Another time", {"when": "7 pm", "days": "mon, wed"}, "at 19:00 (UTC), Mon, Wed"),
    ("settings timezone", "Another", {"timezone": "new york"}, r"America/New\_York"),
]  # fmt: skip


@pytest.mark.parametrize(("opener", "label", "values", "said"), WINDOWS)
async def test_a_window_understands_what_its_command_does(kept, opener, label, values, said):
    name, _space, what = opener.partition(" ")
    answer = await kept.ann.slash(kept.general, name, **({"what": what} if what else {}))
    window = await kept.ann.press(kept.general, answer.message, label)
    done = await kept.ann.submit_modal(window, values)
    assert said in done.text


async def test_what_is_offered_for_a_bad_value_keeps_the_good_ones(kept):
    values = {"metric": "Altcoin season index", "side": "abov", "level": "70"}
    bad = await kept.ann.slash(kept.general, "alert", **values)
    offered = bad.message.buttons[0].label
    done = await kept.ann.press(kept.general, bad.message, offered)
    assert "Altcoin season index above 70" in done.text


@pytest.mark.parametrize("private", [False, True])
async def test_no_file_is_uploaded_against_the_three_seconds(sample, private):
    file = Document("days.csv", b"date,value\n", "Days")
    again = (Button("Again", "/file"),)
    reply = Reply("Here it is", document=file, buttons=again, private=private)
    registry = Registry((Command("file", "A file", lambda _: reply),))
    async with house(sample, registry=registry) as place, place.awake():
        answer = await place.bob.slash(place.general, "file")
        await place.server.until(lambda: answer.message.attachments)
        assert answer.deferred
        assert answer.text.startswith("Here it is")
        assert answer.message.ephemeral_to is (place.bob.user if private else None)
        tapped = await place.bob.press(place.general, answer.message, "Again")
        await place.server.until(lambda: tapped.message.attachments)
        assert tapped.deferred
        assert len(tapped.message.attachments) == 1


async def test_a_person_takes_the_app_along(sample):
    async with house(sample) as place, place.awake() as adapter:
        lobby = place.server.guild("Elsewhere", bot=False).text_channel("lobby")
        cat = lobby.guild.member("cat")
        with pytest.raises(NotPossibleError):
            await cat.slash(lobby, "rotation")
        cat.user.install_app()
        answer = await cat.slash(lobby, "rotation")
        assert answer.message.ephemeral_to is None
        await cat.press(lobby, answer.message, "Crypto")
        assert "index" in answer.text
        both = place.server.private_channel(cat.user, place.bob.user)
        assert (await cat.slash(both, "status")).text
        # The bot itself is in neither place.
        for channel in (lobby, both):
            sent = await adapter.send(Place(f"discord:{channel.id}"), Reply("Digest"))
            assert isinstance(sent, Gone)
            assert "50001" in sent.reason
        lobby.guild.everyone.revoke("use_external_apps")
        assert (await cat.slash(lobby, "rotation")).message.ephemeral_to is cat.user


async def test_a_channel_that_the_bot_cannot_see_still_gets_answers(sample):
    async with house(sample) as place, place.awake() as adapter:
        here = Place(f"discord:{place.general.id}")
        role = place.guild.role("guests")
        place.general.allow(role, "view_channel")
        place.bob.give(role)
        place.general.deny(place.guild.everyone, "view_channel")
        assert (await place.bob.slash(place.general, "rotation")).text
        assert isinstance(await adapter.send(here, Reply("x")), Gone)


async def test_what_is_sent_unasked(sample):
    async with house(sample) as place, place.awake() as adapter:
        here = Place(f"discord:{place.general.id}")
        reply = Reply(
            "A breakout", "Because.", footer="Fri close", chart=CHART, sample=True,
            buttons=(Button("More", "/rotation"),),
        )  # fmt: skip
        sent = await adapter.send(
            here, reply, silent=True, nonce="digest 2025-09-26 of a long name"
        )
        message = place.general.last
        assert sent == Sent(str(message.id))
        assert message.silent
        assert message.content == "A breakout", "what a push notification shows"
        assert message.embeds[0]["description"] == "Because."
        assert message.embeds[0]["footer"]["text"] == "SAMPLE DATA · Fri close"
        assert [file.data for file in message.attachments] == [PNG]
        # The same nonce soon after arrives once; in another chat it is another message.
        for nonce, count in (
            ("digest 2025-09-26 of a long name", 1),
            ("other", 2),
            ("", 3),
            ("", 4),
        ):
            assert isinstance(await adapter.send(here, reply, nonce=nonce), Sent)
            assert len(place.general.messages) == count
        dm = place.bob.user.dm()
        await adapter.send(Place(f"discord:{dm.id}"), reply, nonce="other")
        assert len(dm.messages) == 1
        # A tap turns it into an answer like any other.
        await place.bob.press(place.general, message, "More")
        assert message.content == ""
        assert message.embeds[0]["title"].startswith("Small-cap lead")


async def test_nobody_is_pinged_by_what_somebody_wrote(sample):
    async with house(sample) as place, place.awake() as adapter:
        place.guild.bot.give(place.guild.role("loud", "mention_everyone"))
        words = f"@everyone @here {place.bob.user.mention}"
        await adapter.send(Place(f"discord:{place.general.id}"), Reply(words, words))
        (message,) = place.general.messages
        assert (message.pings_everyone, message.pinged) == (False, [])


async def test_nothing_is_remembered_of_answers(sample):
    async with house(sample) as place, place.awake() as adapter:
        for name in ("status", "rotation"):
            message = (await place.bob.slash(place.general, name)).message
        await place.bob.press(place.general, message, "Crypto")
        await adapter.send(Place(f"discord:{place.general.id}"), Reply("x"))
        await place.bob.slash(place.general, "chart", metric="mss")
        assert not [task for task in asyncio.all_tasks() if "View" in repr(task.get_coro())]
        client = adapter._client
        assert list(client.persistent_views) == []
        assert list(client.cached_messages) == []
        assert [len(guild.members) for guild in client.guilds] == [1], "the bot alone"


async def test_nothing_is_sent_before_the_bot_is_on_or_to_what_is_no_channel(sample):
    async with house(sample) as place:
        adapter = place.adapter()
        assert isinstance(await adapter.send(Place("discord:1"), Reply("x")), Retry)
        for chat in ("telegram:-5", "discord:", "discord:general", "console"):
            assert isinstance(await adapter.send(Place(chat), Reply("x")), Rejected), chat
        await adapter.close()
        await asyncio.wait_for(adapter.run(), 15)
        assert CANARY not in repr(adapter)


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("tapped", [True, False])
async def test_an_answer_that_takes_long_is_deferred_first(sample, monkeypatch, private, tapped):
    monkeypatch.setattr("bot.discord_adapter.QUICK", 0.02)
    # As Discord does since 2021 (discord-api-docs #2739): what is deleted is not filled in.
    waits = property(lambda self: bool(self.original and self.original.loading)
                     and not self.original.deleted)  # fmt: skip
    monkeypatch.setattr("tests.servers.discord_interactions.Interaction.thinking", waits)

    def private_picture(call):
        return Reply("Slow", chart=CHART, private=private)

    registry = Registry((Command("slow", "Slow", private_picture),))
    async with house(sample, registry=registry, wait=0.1) as place, place.awake() as adapter:
        if tapped:
            reply = Reply("Look", buttons=(Button("Go", "/slow"),))
            await adapter.send(Place(f"discord:{place.general.id}"), reply)
            first = place.general.last
            answer = await place.bob.press(place.general, first, "Go")
            await place.server.until(lambda: not adapter._in_hand)
            shown = answer.followups[0] if private else first
            assert (first.text == "Look") == private
        else:
            answer = place.bob.start_slash(place.general, "slow")
            await place.server.until(lambda: [m.text for m in place.general.messages] == ["Slow"])
            shown = place.general.last
            assert len(place.general.messages) == 1, "no 'thinking…' is left"
        assert answer.deferred
        assert shown.text == "Slow"
        assert [file.data for file in shown.attachments] == [PNG]
        assert shown.ephemeral_to is (place.bob.user if private else None)


async def test_a_picture_that_cannot_be_drawn_does_not_take_the_words_along(sample):
    async def broken(chart):
        raise RuntimeError("no easel")

    async with house(sample) as place, place.awake(draw=broken):
        answer = await place.bob.slash(place.general, "rotation")
        assert "Small-cap lead" in answer.text
        assert answer.message.attachments == []
        message = answer.message
        await place.bob.press(place.general, message, "Crypto")
        assert "index" in message.text


async def test_closing_finishes_what_is_in_hand_and_takes_nothing_more(sample):
    async with house(sample, wait=0.2) as place:
        async with place.awake() as adapter:
            asked = place.bob.start_slash(place.general, "status")
            await place.server.until(lambda: place.requests)
            closing = asyncio.create_task(adapter.close())
            await asyncio.sleep(0)
            late = place.bob.start_slash(place.general, "status")
            assert (await place.bob.finish(asked)).text
            await asyncio.wait_for(closing, 15)
            place.server.clock.advance(place.server.world.desk.ack_seconds + 1)
            with pytest.raises(NoAnswerError):
                await place.bob.finish(late)
        assert len(place.requests) == 1
        assert place.server.log.events("close")[-1] == 1000
        assert place.server.gateway.connected == []
