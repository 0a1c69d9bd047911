"""What a command may be: checked when it is declared, not when a platform refuses it."""

import pytest

from commands import COMMANDS, REGISTRY
from commands.registry import Command, CommandError, Option
from commands.reply import Reply


class Word:
    def parse(self, text, snapshot):
        return text

    def suggest(self, text, snapshot):
        return [text]


def run(call):
    return Reply("ok")


@pytest.mark.parametrize("name", ["", "Rotation", "with space", "x" * 33, "1st", "über", "a-b"])
def test_a_name_that_some_platform_refuses_is_refused_here(name):
    with pytest.raises(ValueError, match="no command or option name"):
        Command(name, "summary", run)


@pytest.mark.parametrize("summary", ["", "x" * 101])
def test_a_summary_has_1_to_100_characters(summary):
    with pytest.raises(ValueError, match="summary"):
        Command("name", summary, run)


def test_required_options_come_first():
    optional, required = Option("a", Word(), "s"), Option("b", Word(), "s", required=True)
    with pytest.raises(ValueError, match="required option after"):
        Command("name", "summary", run, (optional, required))
    assert Command("name", "summary", run, (required, optional)).usage == "/name B [a]"


def test_only_the_last_option_takes_the_rest():
    with pytest.raises(ValueError, match="last option"):
        Command(
            "name", "summary", run, (Option("a", Word(), "s", rest=True), Option("b", Word(), "s"))
        )


def test_at_most_25_options():
    options = tuple(Option(f"o{n}", Word(), "s") for n in range(26))
    with pytest.raises(ValueError, match="more than 25"):
        Command("name", "summary", run, options)


def test_names_and_aliases_are_unique():
    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))


def test_every_command_shows_an_example_that_exists():
    for command in COMMANDS:
        assert command.examples
        for example in command.examples:
            assert REGISTRY.find(example.split()[0].removeprefix("/")) is command


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("rotatoin", "/rotation"), ("rusell", "/russell"), ("liqidity", "/liquidity"),
     ("altseson", "/crypto"), ("qqqq", "/help")],
)  # fmt: skip
def test_an_unknown_command_gets_the_closest(typed, offered):
    with pytest.raises(CommandError) as caught:
        REGISTRY.find(typed)
    assert offered in [button.command for button in caught.value.buttons]
