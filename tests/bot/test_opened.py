"""What changes a chat is for its admins, until they open it to all; settings stay theirs. With the
real commands and a store, on both platforms.
"""

import pytest

from bot.desk import Desk
from storage.database import Database
from tests.bot import discord_rig
from tests.bot.discord_rig import house
from tests.bot.telegram_bot import CANARY, no_canary_in_the_log, serving  # noqa: F401
from tests.servers.telegram import TelegramServer

quick_discord = discord_rig.quick_discord
ONLY_ADMINS = "Only admins of this chat can do that."


@pytest.fixture
def desk(sample, tmp_path):
    with Database(tmp_path / "store.db") as store:
        desk = Desk(sample, store=store)
        yield desk
        desk.close()


async def test_an_admin_opens_a_group_on_telegram(desk):
    async with TelegramServer(token=CANARY) as server, serving(server, desk.answer):
        group = server.supergroup()
        member = server.user("Member")
        await group.join(member)

        async def said(text, by=None):
            await group.say(text, by=by)
            return (await group.next_message(10)).text

        assert await said("/watch add ETH", member) == ONLY_ADMINS
        assert ONLY_ADMINS not in await said("/watch list", member)
        assert await said("/settings who everybody", member) == ONLY_ADMINS
        assert ONLY_ADMINS not in await said("/settings who everybody")
        assert "ETH" in await said("/watch add ETH", member)
        assert await said("/settings who admins", member) == ONLY_ADMINS
        assert ONLY_ADMINS not in await said("/settings who admins")
        assert await said("/watch add BTC", member) == ONLY_ADMINS


@pytest.mark.usefixtures("quick_discord")
async def test_an_admin_opens_a_channel_on_discord(desk, sample):
    async with house(sample) as place, place.awake(answer=desk.answer):

        async def said(who, name, **options):
            return (await who.slash(place.general, name, **options)).text

        eth = {"action": "add", "asset": "ETH"}
        opened = {"what": "who", "value": "everybody"}
        assert await said(place.bob, "watch", **eth) == ONLY_ADMINS
        assert ONLY_ADMINS not in await said(place.bob, "watch", action="list")
        assert ONLY_ADMINS not in await said(place.ann, "settings", **opened)
        assert "ETH" in await said(place.bob, "watch", **eth)
        thread = place.general.thread("weekly")
        answer = await place.bob.slash(thread, "watch", **eth)
        assert answer.text == ONLY_ADMINS, "a thread has settings of its own"
