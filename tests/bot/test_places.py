"""What is known about a place when somebody asks, and what is told when it ends."""

import pytest

from bot.adapter import Gone, Place, Sent
from commands.dispatch import Registry
from commands.registry import Command
from commands.reply import Reply
from tests.bot import discord_rig
from tests.bot.discord_rig import house
from tests.bot.telegram_bot import (
    Answers,
    chart,
    no_canary_in_the_log,  # noqa: F401 - for every test here
    small,
)

quick_discord = discord_rig.quick_discord
WORDS = Registry((Command("words", "Only words", lambda _call: Reply("Words")),))


def facts(request):
    return request.chat, request.thread, request.user, request.private, request.locale


async def test_the_facts_of_a_request_on_telegram():
    async with small(Answers(WORDS)) as (server, _adapter, answers):
        ann, forum, group = server.private(language="de"), server.forum(), server.supergroup()
        topic = await forum.open_topic("Macro")
        channel = server.channel(bot="administrator")
        boss = group.owner
        await group.promote(boss, "can_manage_chat", anonymous=True)
        asked = [
            (ann, {}, (f"telegram:{ann.id}", None, str(ann.owner.id), True, "de")),
            (forum, {"thread": topic}, (f"telegram:{forum.id}", str(topic), str(forum.owner.id),
                                        False, forum.owner.language_code or "en")),
            (group, {}, (f"telegram:{group.id}", None, str(group.id), False, "en")),
            (channel, {}, (f"telegram:{channel.id}", None, str(channel.id), False, "en")),
        ]  # fmt: skip
        for room, options, expected in asked:
            await room.say("/words", **options)
            await room.next_message()
            assert facts(answers.requests[-1]) == expected
            assert await answers.requests[-1].is_admin()


@pytest.mark.usefixtures("quick_discord")
async def test_the_facts_of_a_request_on_discord():
    async with house(None, registry=WORDS) as place, place.awake():
        bob, dm = place.bob, place.bob.user.dm()
        thread = place.general.thread("weekly")
        both = place.server.private_channel(bob.user, place.ann.user)
        bob.user.install_app()
        for channel, who, private in (
            (place.general, bob, False), (thread, bob, False), (dm, bob.user, True),
            (both, bob.user, False),
        ):  # fmt: skip
            await who.slash(channel, "words")
            chat = f"discord:{channel.id}"
            assert facts(place.requests[-1]) == (chat, None, str(bob.id), private, "en")


@pytest.mark.usefixtures("quick_discord")
async def test_channels_that_end_are_told_on_discord_but_no_outage():
    told = []

    async def changed(chat, what):
        told.append(chat)
        assert isinstance(what, Gone)

    async with house(None, registry=WORDS) as place, place.awake(changed=changed):
        other = place.server.guild("Second")
        lobby, voice = other.text_channel("lobby"), other.voice_channel("talk")
        deleted = place.guild.text_channel("old")
        thread = place.general.thread("weekly")
        place.guild.go_down()
        place.guild.come_back()
        deleted.delete()
        thread.delete()
        other.remove_bot()
        expected = {f"discord:{channel.id}" for channel in (deleted, thread, lobby, voice)}
        await place.server.until(lambda: expected <= set(told))
        assert f"discord:{place.general.id}" not in told


async def test_without_the_right_to_send_pictures_the_words_arrive_on_telegram():
    async with small() as (server, adapter, _answers):
        group = server.supergroup()
        await group.restrict_bot("can_send_messages")
        sent = await adapter.send(Place(f"telegram:{group.id}"), Reply("Digest", chart=chart()))
        message = await group.next_message()
        assert sent == Sent(str(message.id))
        assert (message.text, message.photo) == ("Digest", None)


async def test_messages_leave_at_an_even_pace():
    """20 a second: ten messages take almost half a second, and none of them comes in a burst."""
    async with small(pace=20.0) as (server, adapter, _answers):
        rooms = [server.private() for _ in range(10)]
        for room in rooms:
            await adapter.send(Place(f"telegram:{room.id}"), Reply("Digest"))
        times = [call.at for call in server.sent("sendMessage")]
        assert times[-1] - times[0] > 0.4


async def test_the_pace_can_be_switched_off():
    async with small(pace=0) as (server, adapter, _answers):
        group = server.supergroup()
        for _number in range(25):  # more than Telegram advises for a minute
            assert isinstance(await adapter.send(Place(f"telegram:{group.id}"), Reply("x")), Sent)
