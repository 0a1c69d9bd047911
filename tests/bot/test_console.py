"""The chat in the terminal goes on, whatever the disk says, and promises no delivery."""

import pytest

from bot.console_adapter import ConsoleAdapter, delivery_note
from commands.reply import Reply

NOTE = "Nothing is delivered to a terminal"


@pytest.fixture
def console(sample, tmp_path):
    def made(pictures):
        store = tmp_path / "own.db"
        return ConsoleAdapter(sample, theme="dark", locale="en", pictures=pictures, store=store)

    return made


def test_a_picture_that_cannot_be_written_is_a_line_and_the_chat_goes_on(console, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    chat = console(tmp_path / "file")
    assert not chat.show("/rotation").failed
    shown = capsys.readouterr().out
    assert f"The file {tmp_path / 'file'}: it cannot be opened (file exists)." in shown
    assert "Picture:" not in shown
    assert not chat.show("/help").failed


def test_a_digest_is_kept_with_a_word_that_it_does_not_come_here(console, capsys, tmp_path):
    chat = console(tmp_path)
    chat.show("/digest 08:00")
    assert NOTE in capsys.readouterr().out
    chat.show("/digest")
    chat.show("/rotation")
    assert NOTE not in capsys.readouterr().out


def test_what_was_refused_has_no_note(sample):
    assert delivery_note("/digest 08:00", Reply("No", failed=True), sample) == ""
    assert delivery_note("/digest 08:00", Reply("Yes"), sample).startswith(NOTE)
