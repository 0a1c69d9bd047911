"""The command line in this process: what cannot be done is told in a line, with exit code 2."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import bot.app
from bot.__main__ import main
from bot.files import whole
from storage.database import Database
from tests.servers import telegram

NO_FOLDER = "it cannot be opened (no such file or directory). Check the folder"
NOTE = "Nothing is delivered to a terminal: digests, alerts and events go to chats"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SPILLOVER_STORE", "SPILLOVER_DATA", "TELEGRAM_TOKEN", "DISCORD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def at_once(sample, monkeypatch, tmp_path_factory):
    """The sample, computed once for all, and a store for what a chat sets."""
    store = tmp_path_factory.mktemp("store") / "s.db"
    Database(store).close()
    monkeypatch.setenv("SPILLOVER_STORE", str(store))
    monkeypatch.setattr(bot.app, "current_snapshot", lambda *_: sample)


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def refused(*args):
    done = run(*args)
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    return done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["ask", "/rotation", "--image", "nowhere/x.png"], f"The file nowhere/x.png: {NO_FOLDER}"),
        (["ask", "/rotation", "--image", "."], "File '.' is a directory."),
        (["ask", "/rotation", "--image", "x.jpg"], "A picture is a PNG: name it x.png"),
        (["ask", "/rotation", "--image", "x"], "A picture is a PNG: name it x.png"),
        (["export", "--output", "nowhere/a.csv"], f"The file nowhere/a.csv: {NO_FOLDER}"),
        (["export", "--output", "."], "File '.' is a directory."),
        (["report", "/proc/x"], f"The folder /proc/x: {NO_FOLDER}"),
    ],
)
def test_a_path_that_cannot_be_written_is_told_in_a_line(args, says, at_once, here):
    assert says in refused(*args)
    assert not [*here.iterdir()]


def test_a_locked_folder_is_refused_before_the_report_is_made(at_once, here, monkeypatch):
    monkeypatch.setattr("os.access", lambda _path, mode: mode != os.W_OK)  # root may do all
    assert f"Directory '{here}' is not writable." in refused("report", here)


def test_a_picture_may_be_called_png_in_any_case(at_once, here):
    assert run("ask", "/rotation", "--image", "x.PNG").exit_code == 0
    assert (here / "x.PNG").read_bytes().startswith(b"\x89PNG")


def test_swapped_dates_are_put_right():
    assert refused("replay", "31.12.2025", "2025-09-18") == (
        "The dates are swapped. Write: spillover replay 2025-09-18 2025-12-31\n"
    )


def test_days_without_a_decision_are_told_with_those_that_have_one(at_once):
    said = refused("replay", "1950-01-01", "1950-01-02")
    assert said.startswith("There is no such day: decisions run from 2007-01-03 to ")


@pytest.mark.parametrize("text", ["26.9.2025", "26 Sep 2025", "2025/09/26", "20250926"])
def test_a_date_may_be_written_as_in_a_chat(text, at_once, monkeypatch, sample):
    asked = []
    monkeypatch.setattr(bot.app, "current_snapshot", lambda *a: asked.append(str(a[2])) or sample)
    assert run("ask", "/rotation", "--as-of", text).exit_code == 0
    assert asked == ["2025-09-26"]
    same = run("replay", text, "2025-09-26")
    assert same.output.startswith("2025-09-26 ")
    assert "“someday” is no date." in refused("ask", "/rotation", "--as-of", "someday")


@pytest.mark.parametrize("line", ["/rotation", "/help"])
def test_a_store_with_nothing_in_it_names_what_fills_it(line, here, monkeypatch):
    Database(here / "spillover.db").close()
    said = refused("ask", line)
    for cure in ("`spillover run`", "`spillover import FOLDER`", "`spillover demo`"):
        assert cure in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("line", ["/digest 08:00", "/alert btc above 100k", "/settings events on"])
def test_what_would_be_delivered_to_a_chat_is_not_promised_to_a_terminal(line, at_once):
    done = run("ask", line)
    assert done.exit_code == 0
    assert done.stderr.startswith(NOTE)
    assert NOTE not in done.stdout
    assert NOTE in run("ask", line, "--json").stderr


@pytest.mark.parametrize("line", ["/rotation", "/digest", "/alerts", "/digest 77:00", "/nothing"])
def test_an_answer_that_promises_nothing_has_no_note(line, at_once):
    assert NOTE not in run("ask", line).output


def test_the_file_of_an_answer_is_put_here_over_no_other(at_once, here):
    done = run("ask", "/export csv")
    assert done.exit_code == 0
    (file,) = here.iterdir()
    assert file.name.endswith(".csv.zip")
    assert done.stderr == f"File: {file}\n"
    before = file.read_bytes()
    assert refused("ask", "/export csv") == (
        f"{file.name} is in this folder already. Move it away, then ask again.\n"
    )
    assert file.read_bytes() == before


def test_nothing_is_no_broadcast(here):
    Database(here / "spillover.db").close()
    for text in ("", "  "):
        assert "There is nothing to say: the text is empty." in refused("broadcast", text)


def test_a_broadcast_says_how_many_it_goes_to(monkeypatch):
    monkeypatch.setattr("bot.operate.spread", lambda *_, dry_run: 1 if dry_run else 2)
    assert run("broadcast", "--dry-run", "hi").output == "1 chat would get it.\n"
    said = "Left for 2 chats: the running bot sends it, once a day to each.\n"
    assert run("broadcast", "hi").output == said


def test_a_folder_of_pictures_that_cannot_be_made_is_told_at_the_start(at_once, monkeypatch):
    monkeypatch.setenv("SPILLOVER_PICTURES", "/proc/nope")
    assert f"The folder of pictures /proc/nope: {NO_FOLDER}" in refused("console")


@pytest.mark.parametrize("args", [["doctor", "--offline"], ["run"], ["ask", "/rotation"]])
def test_settings_that_cannot_work_are_told_before_anything_starts(args, monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "Bot abc.def")
    monkeypatch.setenv("METRICS_PORT", "abc")
    said = refused(*args)
    assert "DISCORD_TOKEN: that is no token." in said
    assert "METRICS_PORT: “abc” is no whole number." in said
    assert "abc.def" not in said


def test_a_blank_token_is_none(monkeypatch):
    monkeypatch.setenv("TELEGRAM_TOKEN", "  ")
    assert "mind  Telegram: no token" in run("doctor", "--offline").output
    monkeypatch.setenv("TELEGRAM_TOKEN", telegram.TOKEN)
    assert "ok  Telegram: token set" in run("doctor", "--offline").output


def test_a_misspelt_setting_is_told_with_the_one_that_is_meant():
    Path(".env").write_text("TELEGRAM_TOKN=1\n")
    said = refused("doctor", "--offline")
    assert said == "TELEGRAM_TOKN is no setting; did you mean TELEGRAM_TOKEN?\n"


def test_the_doctor_names_the_file_and_the_store(here):
    said = run("doctor", "--offline").output
    assert f"settings read; no .env in {here}" in said
    assert f"store {here / 'spillover.db'}: not made yet" in said
    Path(".env").write_text("LOG_LEVEL=info\n")
    Path(".env").chmod(0o644)
    assert (
        f"mind  settings read, from {here / '.env'}; others can read it"
        in run("doctor", "--offline").output
    )
    Path(".env").chmod(0o600)
    assert f"ok  settings read, from {here / '.env'}\n" in run("doctor", "--offline").output


def test_an_empty_store_is_whole_but_nothing_to_answer_from(here):
    Database(here / "spillover.db").close()
    assert "whole, but without data yet" in run("doctor", "--offline").output


def test_the_doctor_says_what_may_not_be_written(here, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != here)
    done = run("doctor", "--offline")
    assert f"BAD  store {here / 'spillover.db'}: this user may not write {here}" in done.output
    assert done.exit_code == 2


def test_a_backup_is_put_back_by_a_command(here):
    with Database(here / "spillover.db"):
        assert run("backup", "copy.db").exit_code == 0
        assert "already in use" in refused("restore", "copy.db")
    done = run("restore", "copy.db")
    assert done.exit_code == 0
    assert "before-restore" in done.output


def test_a_broadcast_to_nobody_leaves_nothing(here):
    Database(here / "spillover.db").close()
    assert run("broadcast", "hi").output.startswith("Nobody has a digest")


def test_a_file_that_does_not_fit_leaves_what_was_there(here, monkeypatch):
    def full(self, data):
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    there = here / "there.csv"
    there.write_bytes(b"before")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space"):
            whole(there, b"after" * 100)
    assert [file.name for file in here.iterdir()] == ["there.csv"]
    assert there.read_bytes() == b"before"
    whole(there, b"after")
    assert there.read_bytes() == b"after"
    whole(Path(os.devnull), b"nothing")
