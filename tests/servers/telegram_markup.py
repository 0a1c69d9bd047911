"""Keyboards below a message: what may be in one, and how Telegram refuses the rest."""

from __future__ import annotations

from typing import Any

from .telegram_html import checked_link
from .telegram_wire import ApiError, Json, Params, bad

MAX_DATA = 64
MAX_BUTTONS = 100
ACTIONS = (
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
)
LOOKS = ("style", "icon_custom_emoji_id")
OTHER_KINDS = ("keyboard", "remove_keyboard", "force_reply")


def parse_markup(params: Params) -> Json | None:
    """``reply_markup`` of a request, in the form in which the chat keeps it; None for none."""
    return read_markup(params.json("reply_markup", "can't parse reply keyboard markup JSON object"))


def read_markup(given: Any) -> Json | None:
    """A ReplyMarkup in the form in which the chat keeps it."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad("object expected as reply markup")
    if any(given.get(kind) for kind in OTHER_KINDS):
        return given
    rows = given.get("inline_keyboard") or []
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        message = 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        raise bad(message)
    keyboard = [[_button(item) for item in row] for row in rows]
    keyboard = [row for row in keyboard if row]
    return {"inline_keyboard": keyboard} if keyboard else None


def _button(given: Any) -> Json:
    if not isinstance(given, dict):
        raise _unparsed("InlineKeyboardButton must be an Object")
    if "text" not in given:
        raise _unparsed('Can\'t find field "text"')
    look = {name: given[name] for name in LOOKS if given.get(name)}
    button: Json = {"text": str(given["text"]), **look}
    for action in ("url", "callback_data"):
        if given.get(action):
            return {**button, action: str(given[action])}
    for action in ACTIONS:
        if action in given:
            return {**button, action: given[action]}
    raise _unparsed("Text buttons are unallowed in the inline keyboard")


def _unparsed(reason: str) -> ApiError:
    return bad(f"can't parse inline keyboard button: {reason}")


def check_markup(markup: Json | None, *, inline_only: bool = False, channel: bool = False) -> None:
    """The checks that come once the chat is known."""
    if markup is None:
        return
    if "inline_keyboard" not in markup:
        if inline_only:
            raise bad("inline keyboard expected")
        return
    buttons = [button for row in markup["inline_keyboard"] for button in row]
    for button in buttons:
        _check_button(button, channel=channel)
    if any(len(button.get("callback_data", "").encode()) > MAX_DATA for button in buttons):
        raise bad("BUTTON_DATA_INVALID")
    if len(buttons) > MAX_BUTTONS:
        raise bad("reply markup is too long")


def _check_button(button: Json, *, channel: bool) -> None:
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    url = button.get("url")
    if url is not None:
        checked = url if url.startswith("tg://user?id=") else checked_link(url)
        if not checked:
            raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        button["url"] = checked
    for name in ("switch_inline_query", "switch_inline_query_current_chat"):
        if channel and name in button:
            reason = (
                f"can't use {name} button in a channel chat, because users will not be able "
                "to use the button without knowing bot's username"
            )
            raise bad(reason)
