"""What cannot work is refused before anything starts, in words that say what can."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError
from tests.servers import discord_server, telegram

SECRET = "987654321:" + "B" * 35
ADDRESS = "that is no address. It begins with "


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No .env and no variable of this machine."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)


def refusal():
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TELEGRAM_TOKEN", "12 3:abc", "that is no token. @BotFather gives one: digits, a colon"),
        ("TELEGRAM_TOKEN", "bot" + telegram.TOKEN, "that is no token. @BotFather gives one"),
        ("TELEGRAM_TOKEN", telegram.TOKEN[:-1] + "я", "that is no token. @BotFather gives one"),
        ("DISCORD_TOKEN", "Bot abc.def", "that is no token. The Developer Portal gives one"),
        ("DISCORD_TOKEN", f"Bot {discord_server.TOKEN}", "dots between them, and no “Bot” before"),
        ("OPERATOR_CHAT", "12345", "write telegram:ID or discord:ID, such as telegram:-100"),
        ("OPERATOR_CHAT", "telegramm:1", "write telegram:ID or discord:ID"),
        ("OPERATOR_CHAT", "discord:-1", "write telegram:ID or discord:ID"),
        ("SPILLOVER_LANGUAGE", "fr", "“fr” is no language of the bot. It speaks: en, de."),
        ("TELEGRAM_API_URL", "nonsense", f"{ADDRESS}https:// or http://, such as http://127."),
        ("TELEGRAM_API_URL", "http://", ADDRESS),
        ("DISCORD_API_URL", "ws://127.0.0.1:9", ADDRESS),
        ("DISCORD_GATEWAY_URL", "http://127.0.0.1:9", f"{ADDRESS}wss:// or ws://"),
        ("TELEGRAM_WEBHOOK_URL", "http://foo", "Telegram calls https:// addresses alone"),
        ("TELEGRAM_WEBHOOK_URL", "foo", ADDRESS),
        ("TELEGRAM_WEBHOOK_SECRET", "a b", "Telegram takes 1 to 256 letters, digits, _ and -."),
        ("SPILLOVER_DATA", "/nope", "there is no folder /nope."),
        ("SPILLOVER_DATA", telegram.TOKEN, "there is no folder with that name."),
        ("TELEGRAM_API_URL", "http:127.0.0.1:8081", "that is no address."),
        ("TELEGRAM_API_URL", "HTTPS://bot.example.org", "that is no address."),
        ("SPILLOVER_STORE", "/tmp", "/tmp is a folder. Name a file in it: /tmp/spillover.db"),
        ("METRICS_PORT", "abc", "“abc” is no whole number."),
        ("METRICS_PORT", "0", "“0” is too small; the least is 1."),
        ("METRICS_PORT", "99999", "“99999” is too large; the most is 65535."),
        ("TELEGRAM_PACE", "quick", "“quick” is no number."),
        ("SPILLOVER_REFRESH", "maybe", "“maybe” is neither true nor false."),
        ("SPILLOVER_THEME", "blue", "“blue” does not fit; it is dark or light."),
        ("LOG_LEVEL", "loud", "“LOUD” does not fit; it is DEBUG, INFO, WARNING or ERROR."),
    ],
)
def test_what_cannot_work_is_refused_by_name_with_a_form_that_works(name, value, says, monkeypatch):
    monkeypatch.setenv(name, value)
    said = refusal()
    assert said.startswith(f"{name}: ")
    assert says in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_TOKEN", f" {telegram.TOKEN} "),
        ("DISCORD_TOKEN", discord_server.TOKEN),
        ("OPERATOR_CHAT", "telegram:-1001234567890"),
        ("OPERATOR_CHAT", "discord:123456789012345678"),
        ("SPILLOVER_LANGUAGE", "de-AT"),
        ("TELEGRAM_API_URL", "http://telegram-bot-api:8081"),
        ("DISCORD_API_URL", "http://127.0.0.1:9/api/v10"),
        ("DISCORD_GATEWAY_URL", "ws://127.0.0.1:9"),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org:8443/telegram"),
        ("SPILLOVER_DATA", "."),
        ("SPILLOVER_DATA", "~"),
        ("SPILLOVER_STORE", "not/made/yet.db"),
        ("SPILLOVER_STORE", "~/not-made-yet.db"),
        ("TELEGRAM_TOKEN", f"{telegram.TOKEN}/test"),
        ("LOG_LEVEL", "debug"),
        ("LOG_FORMAT", "JSON"),
    ],
)
def test_what_works_is_taken(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    assert Settings.load()


def test_values_are_kept_as_they_are_written_but_for_case_and_edges(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", " debug")
    monkeypatch.setenv("TELEGRAM_TOKEN", f" {telegram.TOKEN} ")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9")
    settings = Settings.load()
    assert settings.log_level == "DEBUG"
    assert settings.telegram_token.get_secret_value() == telegram.TOKEN
    assert settings.telegram_api_url == "http://127.0.0.1:9"


def test_a_blank_value_is_none(monkeypatch):
    for name in ("TELEGRAM_TOKEN", "DISCORD_TOKEN", "SPILLOVER_DATA", "METRICS_PORT"):
        monkeypatch.setenv(name, "  ")
    settings = Settings.load()
    assert settings.telegram_token is settings.discord_token is None
    assert settings.data is settings.metrics_port is None


def test_a_webhook_by_http_is_for_a_server_of_ones_own(monkeypatch):
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", "http://10.0.0.2:8443/telegram")
    assert "https:// addresses alone" in refusal()
    monkeypatch.setenv("TELEGRAM_API_URL", "http://10.0.0.3:8081")
    assert Settings.load()


def test_every_fault_has_a_line(monkeypatch):
    monkeypatch.setenv("METRICS_PORT", "abc")
    monkeypatch.setenv("OPERATOR_CHAT", "me")
    assert [line.split(":")[0] for line in refusal().splitlines()] == [
        "METRICS_PORT", "OPERATOR_CHAT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("TELEGRAM_TOKN=1", "TELEGRAM_TOKN is no setting; did you mean TELEGRAM_TOKEN?"),
        ("COLOUR=1", "COLOUR is no setting; .env.example lists them all."),
        (f"{SECRET}=1", "A line in .env is no setting. Write NAME=value; .env.example"),
    ],
)
def test_a_name_that_is_none_is_told_with_the_one_that_is_meant(line, says):
    Path(".env").write_text(line)
    assert says in refusal()


def test_no_secret_is_in_a_refusal(monkeypatch):
    """Wherever it was put: on a wrong line, on none, twice on its own."""
    for field in Settings.model_fields.values():
        if field.validation_alias not in ("SPILLOVER_DATA", "SPILLOVER_STORE"):
            monkeypatch.setenv(str(field.validation_alias), f"{SECRET} {SECRET}")
    Path(".env").write_text(f"{SECRET}={SECRET}\nX={SECRET}\n")
    said = refusal()
    assert said.count("\n") > 15
    assert SECRET.casefold() not in said.casefold()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_that_is_not_utf_8_is_told_in_a_line(encoding):
    Path(".env").write_bytes("LOG_LEVEL=DEBUG # laut für alle".encode(encoding))
    assert refusal() == ".env is not text in UTF-8: save it as UTF-8."


def test_the_mark_that_notepad_writes_is_no_part_of_a_name():
    Path(".env").write_text("LOG_LEVEL=debug\n", encoding="utf-8-sig")
    assert Settings.load().log_level == "DEBUG"


def test_a_file_that_cannot_be_read_is_told_in_a_line(monkeypatch):
    def locked(*_args, **_more):
        raise PermissionError(13, "Permission denied", ".env")

    monkeypatch.setattr("pydantic_settings.sources.providers.dotenv.dotenv_values", locked)
    Path(".env").write_text("LOG_LEVEL=debug\n")
    assert refusal() == ".env cannot be read (Permission denied)."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('SPILLOVER_STORE="mine.db\n', 1),
        (f"# tokens\n\n{SECRET}\n", 3),
        (f"LOG_LEVEL=debug\nDISCORD_TOKEN: {SECRET}\n", 2),
        ("LOG_LEVEL=debug\n\nLOG_CHATS\n", 3),
    ],
)
def test_a_line_that_would_be_passed_over_is_told_by_its_number(text, line):
    Path(".env").write_text(text)
    said = refusal()
    assert said.startswith(f"Line {line} of .env says nothing.")
    assert SECRET not in said


def test_lines_as_people_write_them():
    Path(".env").write_text(
        "# mine\r\nexport LOG_LEVEL = 'debug' # loud\r\n\r\nTELEGRAM_TOKEN=\r\n", newline=""
    )
    assert Settings.load().log_level == "DEBUG"
