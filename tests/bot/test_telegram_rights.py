"""Who may do what where on Telegram: the server is asked, and only when it matters."""

import pytest

from tests.bot.telegram_bot import no_canary_in_the_log, small  # noqa: F401

READ, CHANGE = "/words", "/change"
ANSWERED, REFUSED, IGNORED = "answered", "refused", "ignored"
KINDS = ("group", "supergroup", "forum topic", "channel", "direct chat")
PEOPLE = ("member", "admin", "owner", "anonymous admin", "other channel", "other bot", "stranger")


def expected(who, what, where):
    """The table. In a channel only admins can post, so a post is an admin's."""
    if who == "other bot":
        return IGNORED
    if what == READ or where in ("direct chat", "channel"):
        return ANSWERED
    return ANSWERED if who in ("admin", "owner", "anonymous admin") else REFUSED


TABLE = [
    (who, what, where)
    for where in KINDS
    for who in PEOPLE
    for what in (READ, CHANGE)
    if not (where == "direct chat" and who not in ("member", "other bot"))
    and not (where == "channel" and who not in ("owner", "other bot"))
]


async def place(server, where):
    """The room and the topic."""
    if where == "direct chat":
        return server.private(), 0
    if where == "forum topic":
        forum = server.forum(bot="administrator")
        return forum, await forum.open_topic("News")
    kind = {"group": server.group, "supergroup": server.supergroup, "channel": server.channel}
    return kind[where](bot="administrator"), 0


async def speak(server, room, who, text, thread):
    """Somebody of this kind writes; what the room's own driver cannot do comes as it would."""
    topic = {"thread": thread, "in_topic": bool(thread)}
    if who in ("owner", "member") and room.chat.type in ("private", "channel"):
        await room.say(text)
    elif who == "owner":
        await room.say(text, thread=thread)
    elif who in ("member", "admin", "anonymous admin", "stranger"):
        person = server.user(who.title())
        if who != "stranger":
            await room.join(person)
        if "admin" in who:
            await room.promote(person, anonymous=who.startswith("anonymous"))
        await room.say(text, by=person, thread=thread)
    elif who == "other channel":
        name = server.user("Channel")
        name.is_bot = True
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        origin = server.channel("Elsewhere").chat
        message = room.world.post
        note = message(room.chat, None, sender_chat=origin, text=text, entities=entities, **topic)
        payload = note.json() | {"from": name.json()}
        server.world.updates.add("message", payload, ("chat", room.id))
    else:
        robot = server.user("Robot")
        robot.is_bot = True
        note = room.world.post(room.chat, robot, text=text, **topic)
        kind = "channel_post" if room.chat.type == "channel" else "message"
        server.world.updates.add(kind, note.json(), ("chat", room.id))


@pytest.mark.parametrize(("who", "what", "where"), TABLE)
async def test_typed(who, what, where):
    async with small() as (server, _adapter, _answers):
        room, thread = await place(server, where)
        await speak(server, room, who, what, thread)
        if expected(who, what, where) == IGNORED:
            await room.silence(0.1)
            return
        message = await room.next_message()
        refused = message.text == "Only admins of this chat can do that."
        assert refused == (expected(who, what, where) == REFUSED)
        asked = [c for c in server.sent("getChatMember") if c.params["user_id"] != server.bot.id]
        by_server = who in ("member", "admin", "owner", "stranger") and room.chat.is_group
        assert len(asked) == (what == CHANGE and by_server)


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("who", ["member", "admin", "owner", "anonymous admin", "stranger"])
@pytest.mark.parametrize("where", ["group", "supergroup", "channel"])
async def test_tapped(who, where, forged):
    """A tap is a command line of the one who taps, whatever the button said."""
    async with small() as (server, _adapter, _answers):
        room, _thread = await place(server, where)
        person = room.owner if who == "owner" else server.user(who.title())
        if who in ("member", "admin", "anonymous admin"):
            await room.join(person)
        if "admin" in who:
            await room.promote(person, anonymous=who.startswith("anonymous"))
        await room.say(READ if forged else CHANGE)
        message = await room.next_message()
        data = CHANGE if forged else message.button("Again")["callback_data"]
        answer = await (await room.forge_tap(message, data, by=person)).answered()
        if who in ("member", "stranger"):
            assert answer.text == "Only admins of this chat can do that."
            assert not message.edits
        elif where == "channel":
            assert answer.text == "It is changed"
        else:
            assert answer.text == ""


async def test_the_server_is_asked_once_a_minute():
    now = [1000.0]
    async with small(clock=lambda: now[0]) as (server, _adapter, _answers):
        ann, ben = server.user("Ann"), server.user("Ben")
        group = server.supergroup(members=[ann, ben])
        await group.promote(ann)

        async def refused(by):
            await group.say(f"/change@{server.bot.username}", by=by)
            return (await group.next_message()).text.startswith("Only admins")

        assert not await refused(ann)
        assert await refused(ben)
        await group.demote(ann)
        await group.promote(ben)
        assert not await refused(ann)
        assert await refused(ben)
        assert len(server.sent("getChatMember")) == 2
        now[0] += 61
        assert await refused(ann)
        assert not await refused(ben)
        assert len(server.sent("getChatMember")) == 4


async def test_a_group_that_hides_its_members_shows_its_admins():
    async with small() as (server, _adapter, _answers):
        ann = server.user("Ann")
        group = server.supergroup(members=[ann])
        server.faults.error(400, "getChatMember", times=None)
        await group.say("/change")
        assert (await group.next_message()).text == "It is changed"
        await group.say("/change", by=ann)
        assert (await group.next_message()).text.startswith("Only admins")


async def test_nobody_is_an_admin_while_the_server_does_not_say(caplog):
    async with small() as (server, _adapter, _answers):
        group = server.supergroup()
        server.faults.error(500, "getChatMember")
        await group.say("/change")
        assert (await group.next_message()).text.startswith("Something went wrong here.")
        await group.say("/change")
        assert (await group.next_message()).text == "It is changed"
