"""Who is where and may do what in the stand-in, and what the bot hears of it. Driven by the real
library."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, ChatMigrated, Forbidden
from telegram.ext import CommandHandler

from .telegram import TelegramServer
from .telegram_client import picture, polling, served_bot

if TYPE_CHECKING:
    from telegram import Bot, Update

    from .telegram_driver import Room


BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])


async def heard(bot: Bot) -> list[str]:
    """The texts that the bot has heard and not yet confirmed; confirms them."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    messages = [update.effective_message for update in updates]
    return [message.text for message in messages if isinstance(message, Message) and message.text]


# privacy mode


async def test_in_a_group_the_bot_hears_only_what_is_meant_for_it() -> None:
    async with served_bot() as (server, bot):
        group = server.group()
        me = f"@{server.bot.username}"
        sent = await bot.send_message(group.id, "hello")
        ours = group.messages[-1]
        assert sent.message_id == ours.id
        theirs = await group.say("just chatting")
        await group.say("/rotation")
        await group.say(f"/rotation{me}")
        await group.say("/rotation@another_bot")
        await group.say("that is an answer", reply_to=ours)
        await group.say("that is not", reply_to=theirs)
        await group.say(f"what do you think, {me}?")
        await group.say("see /rotation there")
        assert await heard(bot) == [
            "/rotation",
            f"/rotation{me}",
            "that is an answer",
            f"what do you think, {me}?",
        ]


async def test_a_general_command_goes_to_the_bot_that_spoke_last() -> None:
    async with served_bot() as (server, bot):
        group = server.group()
        await group.other_bot_says("hello")
        await group.say("/rotation")
        assert await heard(bot) == []
        await bot.send_message(group.id, "hello")
        await group.say("/rotation")
        assert await heard(bot) == ["/rotation"]


async def test_an_administrator_and_a_bot_without_privacy_hear_all() -> None:
    async with served_bot() as (server, bot):
        group = server.supergroup()
        await group.say("unheard")
        await group.promote_bot()
        await group.say("/x@another_bot")
        await group.other_bot_says("bots are never heard")
        await group.demote_bot()
        server.world.privacy = False
        await group.say("heard")
        assert await heard(bot) == ["/x@another_bot", "heard"]


async def test_command_handlers_see_commands_for_them() -> None:
    said: list[list[str]] = []
    complete = asyncio.Event()

    async def rotation(_update: Update, context: Any) -> None:
        said.append(context.args)
        if len(said) == 2:
            complete.set()

    handler = CommandHandler("rotation", rotation)
    async with TelegramServer() as server, polling(server, handler):
        ann, group = server.private(), server.group(bot="administrator")
        await ann.say("/rotation 2024-03-14")
        await group.say("/rotation@another_bot no")
        await group.say(f"/rotation@{server.bot.username} yes")
        await asyncio.wait_for(complete.wait(), 10)
    assert said == [["2024-03-14"], ["yes"]]


# rights


async def test_a_muted_bot_is_told_what_it_may_not() -> None:
    async with served_bot() as (server, bot):
        group = server.supergroup()
        await group.restrict_bot("can_send_messages")
        await bot.send_message(group.id, "words are fine")
        with pytest.raises(BadRequest, match="Not enough rights to send photos to the chat"):
            await bot.send_photo(group.id, picture())
        with pytest.raises(BadRequest, match="Not enough rights to send documents to the chat"):
            await bot.send_document(group.id, b"x")
        await group.restrict_bot()
        with pytest.raises(BadRequest) as caught:
            await bot.send_message(group.id, "x")
        assert caught.value.message == "Not enough rights to send text messages to the chat"
        await group.demote_bot()
        await group.allow("can_send_photos")
        with pytest.raises(BadRequest, match="Not enough rights to send text messages"):
            await bot.send_message(group.id, "x")
        await group.promote_bot()
        await bot.send_message(group.id, "administrators may")


async def test_pinning_takes_a_right() -> None:
    async with served_bot() as (server, bot):
        group, ann = server.supergroup(), server.private()
        sent = await bot.send_message(group.id, "x")
        with pytest.raises(BadRequest) as caught:
            await bot.pin_chat_message(group.id, sent.message_id)
        wording = "Not enough rights to manage pinned messages in the chat"
        assert caught.value.message == wording
        await group.promote_bot("can_manage_chat")
        with pytest.raises(BadRequest, match=wording):
            await bot.pin_chat_message(group.id, sent.message_id)
        await group.promote_bot("can_pin_messages")
        await bot.pin_chat_message(group.id, sent.message_id, disable_notification=True)
        assert [message.text for message in group.pinned] == ["x"]
        assert group.history[-1].silent
        service = [update.message for update in await bot.get_updates() if update.message]
        assert service[-1].pinned_message
        assert service[-1].from_user == bot.bot
        await bot.send_message(ann.id, "y")
        await bot.pin_chat_message(ann.id, ann.last.id)
        assert ann.pinned == [ann.last]
        with pytest.raises(BadRequest, match="Message to pin not found"):
            await bot.pin_chat_message(ann.id, 999_999)


async def test_who_is_who_in_a_group() -> None:
    async with served_bot() as (server, bot):
        ann, ben, eve = server.user("Ann"), server.user("Ben"), server.user("Eve")
        group = server.supergroup(owner=ann, members=[ben])
        await group.promote(ben, "can_manage_chat", anonymous=True)
        statuses = {
            user: (await bot.get_chat_member(group.id, user.id)).status
            for user in (ann, ben, eve, server.bot)
        }
        assert list(statuses.values()) == ["creator", "administrator", "left", "member"]
        administrators = await bot.get_chat_administrators(group.id)
        assert [item.user.id for item in administrators] == [ann.id, ben.id]
        assert getattr(administrators[1], "is_anonymous")  # noqa: B009
        with pytest.raises(BadRequest, match="User not found"):
            await bot.get_chat_member(group.id, 1)
        with pytest.raises(BadRequest, match="no administrators in the private chat"):
            await bot.get_chat_administrators(server.private().id)
        await group.restrict_bot("can_send_messages")
        own = await bot.get_chat_member(group.id, bot.id)
        assert own.status == ChatMemberStatus.RESTRICTED
        assert await bot.get_chat_member_count(group.id) == 3


async def test_chats_describe_themselves() -> None:
    async with served_bot() as (server, bot):
        forum = server.forum("Traders", username="traders_forum")
        chat = await bot.get_chat("@traders_forum")
        assert (chat.id, chat.is_forum, chat.type) == (forum.id, True, "supergroup")
        assert chat.permissions
        assert not chat.permissions.can_pin_messages
        ann = server.private(name="Ann", username="ann")
        private = await bot.get_chat(ann.id)
        assert (private.first_name, private.username, private.type) == ("Ann", "ann", "private")
        for unknown in (12345, "@nobody_here", "-100"):
            with pytest.raises(BadRequest, match="Chat not found"):
                await bot.get_chat(unknown)


async def test_an_anonymous_administrator_writes_as_the_group() -> None:
    async with served_bot() as (server, bot):
        ann = server.user("Ann")
        group = server.supergroup(members=[ann])
        await group.promote(ann, anonymous=True)
        await group.say("/settings", by=ann)
        message = (await bot.get_updates())[-1].message
        assert message
        assert message.from_user
        assert message.sender_chat
        assert (message.from_user.id, message.from_user.is_bot) == (1087968824, True)
        assert message.sender_chat.id == group.id
        await bot.send_message(group.id, "x", reply_markup=BUTTONS)
        await group.tap(group.last, "More", by=ann)
        tapped = (await bot.get_updates())[-1].callback_query
        assert tapped
        assert tapped.from_user.id == ann.id


# gone


async def test_a_person_who_blocks_the_bot() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        await ann.block()
        with pytest.raises(Forbidden) as caught:
            await bot.send_message(ann.id, "x")
        assert caught.value.message == "Forbidden: bot was blocked by the user"
        await ann.unblock()
        await bot.send_message(ann.id, "welcome back")
        changes = [update.my_chat_member for update in await bot.get_updates()]
        states = [
            (item.old_chat_member.status, item.new_chat_member.status) for item in changes if item
        ]
        assert states == [("member", "kicked"), ("kicked", "member")]


async def test_people_who_are_gone_or_never_came() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        await ann.deactivate()
        with pytest.raises(Forbidden, match="Forbidden: user is deactivated"):
            await bot.send_message(ann.id, "x")
        stranger = server.user("Stranger")
        with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
            await bot.send_message(stranger.id, "x")
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(4711, "x")


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_a_bot_that_is_thrown_out(kind: str) -> None:
    async with served_bot() as (server, bot):
        room: Room = getattr(server, kind)()
        await bot.send_message(room.id, "x")
        await room.kick_bot()
        with pytest.raises(Forbidden) as caught:
            await bot.send_message(room.id, "x")
        assert caught.value.message == f"Forbidden: bot was kicked from the {kind} chat"
        updates = await bot.get_updates()
        member = updates[-1].my_chat_member
        assert member
        assert member.new_chat_member.status == ("left" if kind == "group" else "kicked")
        gone = [update.message for update in updates if update.message]
        assert [bool(message.left_chat_member) for message in gone] == [True] * (kind != "channel")
        await room.add_bot()
        await bot.send_message(room.id, "back")


async def test_a_bot_that_leaves() -> None:
    async with served_bot() as (server, bot):
        group, shut = server.supergroup(), server.supergroup(bot="left")
        await bot.leave_chat(group.id)
        member = (await bot.get_updates())[-1].my_chat_member
        assert member
        assert member.new_chat_member.status == "left"
        assert member.from_user == bot.bot
        for room in (group, shut):
            with pytest.raises(Forbidden) as caught:
                await bot.send_message(room.id, "x")
            wording = "Forbidden: bot is not a member of the supergroup chat"
            assert caught.value.message == wording


async def test_coming_and_going_of_the_bot_is_told() -> None:
    async with served_bot() as (server, bot):
        group = server.supergroup(bot="left")
        await group.add_bot()
        await group.promote_bot()
        await group.demote_bot()
        updates = await bot.get_updates()
        changes = [update.my_chat_member for update in updates if update.my_chat_member]
        states = [item.new_chat_member.status for item in changes]
        assert states == ["member", "administrator", "member"]
        joined = [update.message for update in updates if update.message]
        assert joined[0].new_chat_members == (bot.bot,)


async def test_others_are_told_to_administrators_who_ask() -> None:
    async with served_bot() as (server, bot):
        await bot.get_updates(allowed_updates=["chat_member"])
        ann, group = server.user(), server.supergroup()
        await group.join(ann)
        await group.promote_bot()
        await group.promote(ann)
        changes = [update.chat_member for update in await bot.get_updates()]
        assert [item.new_chat_member.status for item in changes if item] == ["administrator"]


async def test_a_group_becomes_a_supergroup() -> None:
    async with served_bot() as (server, bot):
        group = server.group("Traders")
        before = await bot.send_message(group.id, "x")
        new = await group.upgrade()
        with pytest.raises(ChatMigrated) as caught:
            await bot.send_message(group.id, "x")
        assert caught.value.new_chat_id == new.id
        with pytest.raises(ChatMigrated):
            await bot.get_chat_administrators(group.id)
        assert (await bot.get_chat(group.id)).title == "Traders"
        await bot.send_message(new.id, "moved")
        updates = await bot.get_updates()
        member, old, moved = updates[0].my_chat_member, updates[1].message, updates[2].message
        assert member
        assert old
        assert moved
        assert (member.chat.id, member.new_chat_member.status) == (new.id, "member")
        assert (old.chat.id, old.migrate_to_chat_id) == (group.id, new.id)
        assert (moved.chat.id, moved.migrate_from_chat_id) == (new.id, group.id)
        assert before.message_id
        assert server.sent("sendMessage")[1].description == (
            "Bad Request: group chat was upgraded to a supergroup chat"
        )


# topics


async def test_messages_go_into_topics() -> None:
    async with served_bot() as (server, bot):
        forum = server.forum()
        news = await forum.open_topic("News")
        question = await forum.say("/rotation", thread=news)
        update = (await bot.get_updates())[-1].message
        assert update
        assert (update.message_thread_id, update.is_topic_message) == (news, True)
        assert update.reply_to_message
        assert update.reply_to_message.forum_topic_created
        await update.reply_text("in the topic")
        assert (forum.last.thread, forum.last.in_topic) == (news, True)
        await bot.send_message(forum.id, "also", reply_parameters=ReplyParameters(question.id))
        assert forum.last.thread == news
        sent = await bot.send_message(forum.id, "in General")
        assert (sent.message_thread_id, sent.is_topic_message) == (None, None)


async def test_topics_that_are_closed_or_missing() -> None:
    async with served_bot() as (server, bot):
        forum, plain = server.forum(), server.supergroup()
        news = await forum.open_topic("News")
        for chat, missing in ((forum, 999), (forum, 1), (plain, 7)):
            with pytest.raises(BadRequest, match="Message thread not found"):
                await bot.send_message(chat.id, "x", message_thread_id=missing)
        await forum.close_topic(news)
        await forum.close_topic()
        for thread in (news, None):
            with pytest.raises(BadRequest, match="Topic_closed"):
                await bot.send_message(forum.id, "x", message_thread_id=thread)
        theirs = await forum.say("still here?", thread=news)
        with pytest.raises(BadRequest, match="Topic_closed"):
            await bot.send_message(forum.id, "x", reply_parameters=ReplyParameters(theirs.id))
        await forum.promote_bot("can_manage_topics")
        await bot.send_message(forum.id, "x", message_thread_id=news)
        await forum.demote_bot()
        await forum.reopen_topic(news)
        await bot.send_message(forum.id, "y", message_thread_id=news)
        await forum.delete_topic(news)
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(forum.id, "x", message_thread_id=news)


async def test_a_thread_of_replies_is_no_topic() -> None:
    async with served_bot() as (server, bot):
        group = server.supergroup()
        await bot.send_message(group.id, "x")
        await group.say("an answer", reply_to=group.last)
        update = (await bot.get_updates())[-1].message
        assert update
        assert update.message_thread_id == group.last.id
        assert update.is_topic_message is None
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(group.id, "x", message_thread_id=update.message_thread_id)
        await update.reply_text("the library leaves such a thread out")


# channels


async def test_channels() -> None:
    async with served_bot() as (server, bot):
        news = server.channel(username="news_channel")
        await news.say("/rotation")
        post = (await bot.get_updates())[-1].channel_post
        assert post
        assert post.from_user is None
        sent = await bot.send_message("@news_channel", "digest")
        assert (sent.sender_chat and sent.sender_chat.id, sent.from_user) == (news.id, None)
        await news.promote_bot("can_edit_messages")
        with pytest.raises(BadRequest, match="Need administrator rights in the channel chat"):
            await bot.send_message(news.id, "x")
