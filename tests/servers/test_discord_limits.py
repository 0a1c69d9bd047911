"""The limits on messages and commands, proven with the real discord.py."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from .discord_probe import Probe, den
from .discord_refusals import COMMANDS, MESSAGES, NAMED, TEXT, V2, button, found, menu, row, words

pytestmark = pytest.mark.asyncio


async def test_a_message_must_keep_to_the_limits() -> None:
    async with den(sync=False) as place:
        path = f"/channels/{place.general.id}/messages"
        for body, where, code in MESSAGES:
            error = await place.refused("POST", path, body)
            assert (error.status, error.code) == (400, 50035), body
            answer = place.server.log.requests[-1].response
            assert answer["message"] == "Invalid Form Body"
            assert found(answer["errors"], where) == code, (body, answer)
        for body in ({}, {"content": "  "}, {"content": None, "embeds": []}):
            assert (await place.refused("POST", path, body)).code == 50006
        assert place.general.messages == []
        # The library turns the nested errors into words.
        with pytest.raises(discord.HTTPException, match="In content: Must be 2000 or fewer"):
            await place.here.send("x" * 2001)


async def test_a_message_may_use_the_limits_to_the_full() -> None:
    async with den(sync=False) as place:
        path = f"/channels/{place.general.id}/messages"
        names = [f"menu {n}{'x' * 94}" for n in range(4)]
        full = {
            "content": "x" * 2000,
            "nonce": "x" * 25,
            "embeds": [
                {"title": "x" * 256, "description": "x" * 4096, "footer": {"text": "x" * 624}}
            ],
            "components": [
                row(*(button(custom_id=f"{n}{'x' * 99}", label="x" * 80) for n in range(5)))
            ]
            + [row(menu(custom_id=name)) for name in names],
        }
        assert (await place.raw("POST", path, full))["nonce"] == "x" * 25
        tall = [words("x" * 100)] * 39 + [row(button(emoji={"name": "📈"}))]
        error = await place.refused("POST", path, {"flags": V2, "components": tall})
        assert error.code == 50035, "a row and its button are two components"
        await place.raw("POST", path, {"flags": V2, "components": tall[1:]})
        # Measured by others: a 500 where the UTF-8 of text displays passes 10,170 bytes.
        wide = {"flags": V2, "components": [words("音" * 3386)]}
        await place.raw("POST", path, wide)
        wide["components"] = [words("音" * 3387)]
        token = {"Authorization": f"Bot {place.server.token}"}
        async with aiohttp.ClientSession(place.server.api_url + "/", headers=token) as session:
            answer = await session.post(path[1:], json=wide)
        assert answer.status == 500
        assert place.general.last.uses_components_v2


async def test_commands_must_keep_to_the_limits() -> None:
    async with den(sync=False) as place:
        path = f"/applications/{place.probe.application_id}/commands"
        for body, where, code in COMMANDS:
            error = await place.refused("PUT", path, body)
            assert (error.status, error.code) == (400, 50035), body
            answer = place.server.log.requests[-1].response
            assert found(answer["errors"], where) == code, (body, answer)
        many = [{**NAMED, "name": f"c{n}"} for n in range(101)]
        assert (await place.refused("PUT", path, many)).code == 30032
        assert place.server.published_commands == {}


async def test_commands_are_kept_as_published() -> None:
    async with den(sync=False) as place:
        path = f"/applications/{place.probe.application_id}/commands"
        body = [
            {
                **NAMED,
                "name": "größe",
                "name_localizations": {"en-GB": "size"},
                "default_member_permissions": "32",
                "contexts": [0],
                "options": [{**TEXT, "required": True, "min_length": 2}],
            },
            {**NAMED, "name": "เวลา"},
        ]
        first = await place.raw("PUT", path, body)
        assert [one["name"] for one in first] == ["größe", "เวลา"]
        assert first[0]["contexts"] == [0]
        assert first[1]["integration_types"] == [0, 1]
        second = await place.raw("PUT", path, [body[0], {**NAMED, "name": "new"}])
        assert second[0]["id"] == first[0]["id"]
        assert second[0]["version"] == first[0]["version"]
        listed = await place.raw("GET", path)
        assert "name_localizations" not in listed[0]
        (whole, _) = await place.probe.tree.fetch_commands()
        assert whole.name_localizations == {}
        one = f"{path}/{first[0]['id']}"
        assert (await place.raw("PATCH", one, {"description": "y"}))["description"] == "y"
        assert (await place.raw("POST", path, {**NAMED, "name": "third"}))["name"] == "third"
        await place.raw("DELETE", one)
        assert (await place.refused("GET", one)).code == 10063
        assert (await place.refused("GET", "/applications/5/commands")).code == 20012
        assert list(place.server.published_commands) == ["new", "third"]


async def test_the_library_tells_which_command_is_wrong() -> None:
    probe = Probe()

    @probe.tree.command(description="x" * 100)
    async def fine(_: discord.Interaction) -> None:
        """Do nothing."""

    fine.description = "x" * 101
    async with den(probe, sync=False):
        with pytest.raises(discord.app_commands.CommandSyncFailure, match="description"):
            await probe.tree.sync()
