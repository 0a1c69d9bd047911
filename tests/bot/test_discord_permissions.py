"""Who may do what where on Discord: with a command for admins that exists in this test alone."""

import pytest

from bot.adapter import Gone, Place, Sent
from commands.dispatch import Registry
from commands.registry import Access, Command
from commands.reply import BarChart, Button, Chart, Reply
from tests.bot import discord_rig
from tests.bot.discord_rig import house
from tests.servers.discord_server import NotPossibleError

quick_discord = discord_rig.quick_discord
pytestmark = pytest.mark.usefixtures("quick_discord")

REFUSED = "Only admins of this chat can do that."
CHART = Chart("t", "s", "f", BarChart((), 60, 50), True, "six rungs")
REGISTRY = Registry((
    Command("read", "Read it", lambda _: Reply("Read.")),
    Command("mend", "Mend it", lambda _: Reply("Mended."), access=Access.ADMINS),
))  # fmt: skip
PEOPLE = ("member", "manager", "admin", "owner", "channel manager")


def stage(place):
    """People and places by name."""
    guild = place.guild
    people = {
        "member": place.bob,
        "manager": guild.member("mia", "manage_guild"),
        "admin": place.ann,
        "owner": next(m for m in guild.members.values() if m.user is guild.owner),
        "channel manager": guild.member("kim", "manage_channels", "manage_messages"),
    }
    thread = place.general.thread("talk")
    elsewhere = place.server.guild("Elsewhere", bot=False)
    foreign = elsewhere.text_channel("lobby")
    guest = elsewhere.member("boss", admin=True)
    guest.user.install_app()
    return people, {"channel": place.general, "thread": thread, "foreign": foreign}, guest


@pytest.mark.parametrize("where", ["channel", "thread"])
@pytest.mark.parametrize("who", PEOPLE)
async def test_in_a_guild(sample, who, where):
    async with house(sample, registry=REGISTRY) as place, place.awake():
        people, places, _guest = stage(place)
        person, channel = people[who], places[where]
        may = who in ("manager", "admin", "owner")
        assert (await person.slash(channel, "read")).text == "Read."
        if not may:  # Discord does not even offer it …
            with pytest.raises(NotPossibleError):
                await person.slash(channel, "mend")
        # … unless the guild's own settings let everybody see it. Then the bot itself refuses.
        place.server.published_commands["mend"]["default_member_permissions"] = None
        answer = await person.slash(channel, "mend")
        assert answer.text == ("Mended." if may else REFUSED)
        assert (answer.message.ephemeral_to is None) == may


@pytest.mark.parametrize("who", PEOPLE)
async def test_by_a_button_that_anybody_sees(sample, who):
    async with house(sample, registry=REGISTRY) as place, place.awake() as adapter:
        people, places, _guest = stage(place)
        reply = Reply("Settings", chart=CHART, buttons=(Button("Mend", "/mend"),))
        await adapter.send(Place(f"discord:{places['channel'].id}"), reply)
        message = places["channel"].last
        answer = await people[who].press(places["channel"], message, "Mend")
        if who in ("manager", "admin", "owner"):
            assert answer.message is message
            assert message.text == "Mended."
            assert message.attachments == []
        else:
            assert answer.text == REFUSED
            assert answer.message.ephemeral_to is people[who].user
            assert message.text == "Settings", "others still see it"
            assert len(message.attachments) == 1


async def test_a_right_held_in_one_channel_alone_counts_there(sample):
    async with house(sample, registry=REGISTRY) as place, place.awake():
        side = place.guild.text_channel("side")
        side.allow(place.bob, "manage_guild")
        place.server.published_commands["mend"]["default_member_permissions"] = None
        assert (await place.bob.slash(side, "mend")).text == "Mended."
        assert (await place.bob.slash(place.general, "mend")).text == REFUSED


async def test_in_a_direct_conversation_everyone_is_their_own_admin(sample):
    async with house(sample, registry=REGISTRY) as place, place.awake():
        answer = await place.bob.user.slash(place.bob.user.dm(), "mend")
        assert answer.text == "Mended."


async def test_an_app_brought_along_has_no_admins(sample):
    async with house(sample, registry=REGISTRY) as place, place.awake():
        _people, places, guest = stage(place)
        assert (await guest.slash(places["foreign"], "read")).text == "Read."
        answer = await guest.slash(places["foreign"], "mend")
        assert answer.text == REFUSED
        assert answer.message.ephemeral_to is guest.user
        both = place.server.private_channel(guest.user, place.bob.user)
        with pytest.raises(NotPossibleError):
            await guest.user.slash(both, "mend")
        place.server.published_commands["mend"]["contexts"] = [0, 1, 2]
        assert (await guest.user.slash(both, "mend")).text == REFUSED
        # Alone with the bot it is their own chat.
        assert (await guest.user.slash(guest.user.dm(), "mend")).text == "Mended."


async def test_what_is_published_for_admins(sample):
    async with house(sample, registry=REGISTRY) as place, place.awake():
        mend, read = (place.server.published_commands[name] for name in ("mend", "read"))
        assert mend["default_member_permissions"] == str(1 << 5)
        assert mend["contexts"] == [0, 1]
        assert read["default_member_permissions"] is None


DIGEST = Reply("Digest", "Because.", chart=CHART, buttons=(Button("Read", "/read"),))


@pytest.mark.parametrize(
    ("denied", "arrives", "files"),
    [
        ((), True, 1),
        (("attach_files",), True, 0),
        (("embed_links",), True, 0),
        (("attach_files", "embed_links"), True, 0),
        (("send_messages",), False, 0),
        (("view_channel",), False, 0),
    ],
)
async def test_what_the_bot_may_not_do(sample, denied, arrives, files):
    async with house(sample, registry=REGISTRY) as place, place.awake() as adapter:
        place.general.deny(place.guild.bot, *denied)
        sent = await adapter.send(Place(f"discord:{place.general.id}"), DIGEST)
        if arrives:
            assert isinstance(sent, Sent)
            assert place.general.last.text == "Digest\nBecause."
            assert len(place.general.last.attachments) == files
        else:
            assert isinstance(sent, Gone)
            assert place.general.messages == []
        # Answers do not need these rights.
        assert (await place.bob.slash(place.general, "read")).text == "Read."


async def test_a_chat_that_is_gone(sample):
    async with house(sample, registry=REGISTRY) as place, place.awake() as adapter:
        dm = place.bob.user.dm()
        place.bob.user.close_dms()
        deleted = place.guild.text_channel("old")
        deleted.delete()
        other = place.server.guild("Second")
        left = other.text_channel("general")
        other.remove_bot()
        for channel, code in ((dm, 50007), (deleted, 10003), (left, 50001)):
            sent = await adapter.send(Place(f"discord:{channel.id}"), DIGEST)
            assert isinstance(sent, Gone)
            assert str(code) in sent.reason
        assert isinstance(
            await adapter.send(Place("discord:123456789012345678"), DIGEST), Gone
        )  # fmt: skip
