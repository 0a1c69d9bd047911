"""A word of the operator: to every subscriber, once, also across a crash."""

import asyncio

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.spool import folder_of, leave, spread
from storage.chats import pause, settle
from storage.digests import subscribe
from tests.bot.posting import office


@pytest.fixture
def here(tmp_path, sample):
    with office(tmp_path / "x.db", sample) as opened:

        def prepare(db):
            subscribe(db, chat="telegram:1", now=opened.clock())
            settle(db, "telegram:2", opened.clock(), events="silent")
            settle(db, "telegram:3", opened.clock())  # wants nothing
            settle(db, "telegram:4", opened.clock(), events="on")
            pause(db, "telegram:4", "blocked")

        opened.write(prepare)
        yield opened


def words(here):
    return sorted((p.place.chat, p.reply.headline) for p in here.platforms[0].posts)


def test_it_reaches_those_who_want_something_once(here):
    leave(here.database.path, "The bot moves house on Monday.", here.clock())
    leave(here.database.path, "The bot moves house on Monday.", here.clock())
    assert spread(here.database, here.clock()) == 2
    assert spread(here.database, here.clock()) == 0
    asyncio.run(here.settle())
    text = "The bot moves house on Monday."
    assert words(here) == [("telegram:1", text), ("telegram:2", text)]
    assert list(folder_of(here.database.path).iterdir()) == []


def test_after_a_crash_in_between_nobody_hears_it_twice(here, monkeypatch):
    leave(here.database.path, "hello", here.clock())
    monkeypatch.setattr("pathlib.Path.unlink", lambda _self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        spread(here.database, here.clock())
    monkeypatch.undo()
    assert spread(here.database, here.clock()) == 0
    asyncio.run(here.settle())
    assert len(words(here)) == 2


def test_what_is_no_word_is_set_aside(here):
    leave(here.database.path, "hello", here.clock())
    (folder_of(here.database.path) / "0.json").write_text("{")
    assert spread(here.database, here.clock()) == 2
    assert [p.name for p in folder_of(here.database.path).iterdir()] == ["0.bad"]


def test_the_operators_commands_while_the_bot_runs(here, monkeypatch):
    monkeypatch.setenv("SPILLOVER_STORE", str(here.database.path))
    run = CliRunner().invoke
    dry = run(main, ["broadcast", "--dry-run", "hi"])
    assert (dry.exit_code, dry.output) == (0, "2 chats would get it.\n")
    assert not folder_of(here.database.path).exists()
    real = run(main, ["broadcast", "hi"])
    assert real.exit_code == 0, real.output
    assert spread(here.database, here.clock()) == 2
    shown = run(main, ["stats"]).output
    assert "chats: 4\nchats paused: 1" in shown
    assert "outbox of telegram: 2 wait" in shown
    assert "telegram:1" not in shown
    assert run(main, ["record", "verify"]).output == "0 calls, each as it was frozen.\n"


def test_a_long_word_arrives_whole_on_both_platforms_with_its_lines(here):
    from bot.render import telegram
    from bot.render.discord import Keys, plain, post
    from commands.news import broadcast

    lines = ["Planned pause on Sunday.", "", "What changes:", "- new store", "y " * 900, "THE END"]
    reply = broadcast({"text": "\n".join(lines)})
    assert reply.headline == "Planned pause on Sunday."
    assert (reply.lines[0], reply.lines[-1]) == ("What changes:", "THE END")
    shown = post(reply, Keys(), unasked=True)
    assert shown.content == "Planned pause on Sunday."
    assert shown.embed["description"].endswith("\n- THE END")
    assert plain(reply).content.endswith("\nTHE END")
    (part,) = telegram.parts(reply)
    assert "\nTHE END" in part.plain


@pytest.mark.parametrize(
    ("text", "why"),
    [("x" * 2001, "Shorten it"), ("*" * 1001, "Shorten it"), (" \n", "nothing to say")],
)
def test_a_word_that_would_not_arrive_whole_is_refused(here, monkeypatch, text, why):
    monkeypatch.setenv("SPILLOVER_STORE", str(here.database.path))
    refused = CliRunner().invoke(main, ["broadcast", text])
    assert refused.exit_code == 2
    assert why in refused.output
    assert not folder_of(here.database.path).exists()
