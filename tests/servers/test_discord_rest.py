"""What the stand-in's REST side takes and refuses, proven with the real discord.py."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
import pytest

from .discord_probe import Probe, den
from .discord_refusals import LEGACY, found

if TYPE_CHECKING:
    from .discord_probe import Den

pytestmark = pytest.mark.asyncio


class Card(discord.ui.LayoutView):
    """A message of Components V2."""

    def __init__(self, text: str) -> None:
        super().__init__()
        gallery = discord.ui.MediaGallery[Any]()
        gallery.add_item(media="attachment://chart.png")
        box = discord.ui.Container[Any](discord.ui.TextDisplay(text), gallery)
        box.add_item(discord.ui.File("attachment://data.csv"))
        self.add_item(box)


async def test_components_v2_carry_text_pictures_and_files() -> None:
    async with den(sync=False) as place:
        files = [
            discord.File(io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(16)), "chart.png"),
            discord.File(io.BytesIO(b"a,b"), "data.csv"),
        ]
        sent = await place.here.send(view=Card("# Ladder"), files=files)
        message = place.general.last
        assert (message.uses_components_v2, message.text) == (True, "# Ladder")
        assert [file.data for file in message.attachments][1] == b"a,b"
        assert [part["id"] for part in message.walk()] == [1, 2, 3, 4]
        assert sent.attachments == []
        with pytest.raises(discord.HTTPException) as error:
            await sent.edit(content="plain again")
        assert error.value.code == 50035
        plain = await place.here.send("plain", embed=discord.Embed(title="x"))
        layout = discord.ui.LayoutView()
        layout.add_item(discord.ui.TextDisplay[Any]("cards"))
        with pytest.raises(discord.HTTPException) as error:
            await plain.edit(view=layout)
        answer = place.server.log.requests[-1].response
        assert found(answer["errors"], "content") == LEGACY
        await plain.edit(content=None, embeds=[], view=layout)
        assert place.general.last.text == "cards"


async def test_a_nonce_makes_a_message_once() -> None:
    async with den(sync=False) as place:
        first = await place.here.send("digest", nonce="d1")
        again = await place.here.send("digest again", nonce="d1")
        assert (again.id, again.content) == (first.id, "digest")
        assert [message.text for message in place.general.messages] == ["digest"]
        # It is the author's, whatever the channel.
        other = place.guild.text_channel("other")
        await place.server.until(lambda: place.probe.get_channel(other.id))
        elsewhere = place.probe.get_channel(other.id)
        assert isinstance(elsewhere, discord.TextChannel)
        assert (await elsewhere.send("digest", nonce="d1")).id == first.id
        await first.delete()
        with pytest.raises(discord.NotFound) as error:
            await place.here.send("digest", nonce="d1")
        assert error.value.code == 10008
        place.server.clock.advance(121)
        await place.here.send("digest", nonce="d1")
        assert len(place.general.messages) == 1
        # Without enforce_nonce a nonce is only echoed.
        path = f"/channels/{place.general.id}/messages"
        body = {"content": "x", "nonce": "d2"}
        assert (await place.raw("POST", path, body))["nonce"] == "d2"
        await place.raw("POST", path, body)
        assert len(place.general.messages) == 3


async def test_mentions_ping_as_allowed() -> None:
    async with den(sync=False) as place:
        text = f"{place.ann.user.mention} <@&{place.guild.id}> @everyone"
        await place.here.send(text)
        loud = place.general.last
        assert (loud.pinged, loud.pings_everyone) == ([place.ann.user], True)
        await place.here.send(text, allowed_mentions=discord.AllowedMentions.none(), silent=True)
        quiet = place.general.last
        assert (quiet.pinged, quiet.pings_everyone, quiet.silent) == ([], False, True)
        place.guild.everyone.revoke("mention_everyone")
        await place.here.send(text)
        assert not place.general.last.pings_everyone


async def test_files_are_kept_edited_and_served() -> None:
    async with den(sync=False) as place:
        two = [discord.File(io.BytesIO(b"1"), "a b.csv"), discord.File(io.BytesIO(b"2"), "2.csv")]
        sent = await place.here.send("files", files=two)
        assert [file.filename for file in sent.attachments] == ["a_b.csv", "2.csv"]
        assert await sent.attachments[0].read() == b"1"
        third = discord.File(io.BytesIO(b"3"), "3.csv")
        await sent.edit(attachments=[sent.attachments[1], third])
        assert [file.data for file in place.general.last.attachments] == [b"2", b"3"]
        await sent.edit(content="no change to the files")
        assert len(place.general.last.attachments) == 2
        await sent.edit(attachments=[])
        assert place.general.last.attachments == []
        keep = await place.here.send(file=discord.File(io.BytesIO(b"4"), "4.csv"))
        place.server.clock.advance(25 * 3600)
        with pytest.raises(discord.NotFound):
            await keep.attachments[0].read()
        fresh = await place.here.fetch_message(keep.id)
        assert await fresh.attachments[0].read() == b"4"
        place.server.world.upload_limit = 10
        with pytest.raises(discord.HTTPException) as error:
            await place.here.send(file=discord.File(io.BytesIO(bytes(11)), "big.csv"))
        assert (error.value.status, error.value.code) == (413, 40005)


async def test_messages_are_read_replied_to_and_deleted() -> None:
    async with den(sync=False) as place:
        for number in range(5):
            await place.here.send(str(number))
        texts = [message.content async for message in place.here.history(limit=3)]
        assert texts == ["4", "3", "2"]
        target = await anext(place.here.history(limit=1))
        reply = await target.reply("yes")
        assert place.general.last.reply_to is place.general.messages[-2]
        assert reply.reference is not None
        await target.delete()
        error = await place.refused(
            "POST",
            f"/channels/{place.general.id}/messages",
            {"content": "x", "message_reference": {"message_id": str(target.id)}},
        )
        assert error.code == 50035
        with pytest.raises(discord.NotFound):
            await target.edit(content="gone")
        said = place.ann.say(place.general, "mine")
        theirs = await place.here.fetch_message(said.id)
        with pytest.raises(discord.Forbidden) as refusal:
            await theirs.delete()
        assert refusal.value.code == 50013
        place.general.deny(place.guild.everyone, "read_message_history")
        assert [message async for message in place.here.history()] == []
        await place.here.typing()


async def test_wrong_requests_are_told_so() -> None:
    async with den(sync=False) as place:
        await _check_strays(place)
        place.server.revoke_token()
        with pytest.raises(discord.HTTPException) as error:
            await place.here.send("x")
        assert (error.value.status, error.value.code) == (401, 0)
        assert place.server.log.invalid == 1
        late = Probe()
        with pytest.raises(discord.LoginFailure):
            await late.login(place.server.token)
        await late.close()


async def _check_strays(place: Den) -> None:
    for method, path, status, code in (
        ("GET", "/nowhere", 404, 0),
        ("PUT", "/users/@me", 405, 0),
        ("GET", "/channels/abc", 400, 50035),
        ("GET", "/guilds/1", 404, 10004),
        ("GET", "/users/1", 404, 10013),
        ("POST", "/interactions/1/x/callback", 404, 10062),
        ("POST", "/webhooks/1/x", 404, 10015),
    ):
        error = await place.refused(method, path)
        assert (error.status, error.code) == (status, code), path
