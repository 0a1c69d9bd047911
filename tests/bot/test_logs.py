"""No secret ever reaches a log line."""

import hashlib
import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import SAID_ELSEWHERE, Redacting, set_up

CANARY = "canary-secret-of-the-operator"
TELEGRAM = "8012345678:AAHq3vV9cDk2mZ0Rr7uXwYbTnLpSgEfJiKo"
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab"


def logged(message, *args, as_json=False, show_chats=False, exception=None):
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Redacting([CANARY], as_json=as_json, show_chats=show_chats))
    logger = logging.getLogger(f"test {id(out)}")
    logger.propagate = False
    logger.addHandler(handler)
    logger.log(logging.ERROR, message, *args, exc_info=exception)
    return out.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("secret", [CANARY, TELEGRAM, DISCORD])
def test_a_secret_is_redacted_in_message_arguments_and_traceback(secret, as_json):
    try:
        raise ValueError(f"https://api.telegram.org/bot{secret}/getMe")
    except ValueError as error:
        line = logged("at bot%s and %s", secret, secret, as_json=as_json, exception=error)
    assert secret not in line
    assert "[redacted]" in line
    assert "ValueError" in line
    if as_json:
        assert json.loads(line)["level"] == "ERROR"


@given(
    st.text(st.characters(codec="ascii", exclude_characters="\n\r"), max_size=20),
    st.text(max_size=20),
)
def test_whatever_stands_around_it(before, after):
    assert CANARY not in logged("%s", before + CANARY + after)


def test_chat_ids_are_hashed_unless_asked():
    assert "-100123" not in logged("sent to telegram:-100123")
    assert "telegram:#" in logged("sent to telegram:-100123")
    assert "telegram:-100123" in logged("sent to telegram:-100123", show_chats=True)
    assert logged("to discord:42")[-22:] == logged("to discord:42")[-22:]
    assert hashlib.sha256(b"42").hexdigest()[:8] not in logged("to discord:42")


def test_ordinary_text_stays():
    assert "12:30 net liquidity 5.77" in logged("12:30 net liquidity 5.77")


TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OkFiQ2RFZg-_x"


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        f"/interactions/123456789012345678/{TOKEN}/callback",
        f"/webhooks/123456789012345678/{TOKEN}/messages/@original",
        f"/webhooks/123456789012345678/{TOKEN}?wait=true",
    ],
)
def test_the_token_of_an_interaction_is_redacted(path, as_json):
    line = logged("POST %s failed", f"https://discord.com/api/v10{path}", as_json=as_json)
    assert TOKEN not in line
    assert "[redacted]" in line


def test_ids_of_places_in_what_libraries_log_are_hashed_too():
    formatter = Redacting([], as_json=False, show_chats=False)
    line = "rate limited. POST https://discord.com/api/v10/channels/1574134561112064000/messages"
    record = logging.LogRecord("discord.http", logging.WARNING, "", 0, line, (), None)
    said = formatter.format(record)
    assert "1574134561112064000" not in said
    assert "/channels/#" in said


def test_each_try_that_fails_is_not_logged_beside_its_end(monkeypatch):
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    loggers = [logging.getLogger(name) for name in SAID_ELSEWHERE]
    levels = [logger.level for logger in loggers]
    try:
        set_up([])
        assert not any(logger.isEnabledFor(logging.WARNING) for logger in loggers)
        assert all(logger.isEnabledFor(logging.ERROR) for logger in loggers)
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
