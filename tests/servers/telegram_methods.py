"""Methods about the bot itself, chats and members, answers to queries, files and updates."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from .telegram_markup import check_markup, read_markup
from .telegram_messages import Messages
from .telegram_people import Member
from .telegram_text import MAX_TEXT, formatted, settle
from .telegram_wire import Json, Params, bad
from .telegram_world import Access, Answer, Query, World

MAX_COMMANDS = 100
MAX_NAME = 32
MAX_DESCRIPTION = 256
TEXTS = {"description": 512, "short_description": 120, "name": 64}
MAX_RESULTS = 50
MAX_DOWNLOAD = 20 * 1024 * 1024
CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
WIDE_SCOPES = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
)


class Described(NamedTuple):
    """A result that comes with a description."""

    result: Any
    description: str


Method = Callable[[Params], Any | Awaitable[Any]]


class Methods:
    """All methods by their names in lower case, as Telegram looks them up."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.table: dict[str, Method] = {
            **Messages(world).table,
            "getme": self.get_me,
            "getupdates": world.updates.get,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": lambda _: world.updates.webhook_info(),
            "setmycommands": self.set_commands,
            "getmycommands": self.get_commands,
            "deletemycommands": self.delete_commands,
            "getchat": self.get_chat,
            "getchatmember": self.get_member,
            "getchatadministrators": self.get_administrators,
            "getchatmembercount": self.get_count,
            "leavechat": self.leave,
            "answercallbackquery": self.answer_tap,
            "answerinlinequery": self.answer_inline,
            "getfile": self.get_file,
        }
        for name in TEXTS:
            suffix = name.replace("_", "")
            self.table[f"setmy{suffix}"] = self._text_setter(name)
            self.table[f"getmy{suffix}"] = self._text_getter(name)

    # the bot

    def get_me(self, _params: Params) -> Json:
        """getMe"""
        return self.world.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.world.privacy,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": False,
        }

    async def set_webhook(self, params: Params) -> Described:
        """setWebhook"""
        return Described(*await self.world.updates.set_webhook(params))

    async def delete_webhook(self, params: Params) -> Described:
        """deleteWebhook"""
        return Described(*await self.world.updates.delete_webhook(params))

    def set_commands(self, params: Params) -> bool:
        """setMyCommands"""
        given = params.json("commands", "can't parse commands JSON object") or []
        if not isinstance(given, list):
            raise bad("expected an Array of BotCommand")
        key = self._scope(params)
        commands = [_command(item) for item in given]
        if len(commands) > MAX_COMMANDS:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        self.world.commands[key] = commands
        return True

    def get_commands(self, params: Params) -> list[Json]:
        """getMyCommands"""
        return self.world.commands.get(self._scope(params), [])

    def delete_commands(self, params: Params) -> bool:
        """deleteMyCommands"""
        self.world.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> tuple[str, str]:
        scope = params.json("scope", "can't parse BotCommandScope JSON object")
        scope = {"type": "default"} if scope is None else scope
        kind = scope.get("type") if isinstance(scope, dict) else None
        if kind not in WIDE_SCOPES | CHAT_SCOPES:
            raise bad("can't parse BotCommandScope: Unsupported type specified")
        key = str(kind)
        if kind in CHAT_SCOPES:
            chat = self.world.chat(str(scope.get("chat_id") or ""), Access.MEMBERS)
            key += f" {chat.id}"
        if kind == "chat_member":
            key += f" {scope.get('user_id')}"
        return key, _language(params)

    def _text_setter(self, name: str) -> Method:
        def setter(params: Params) -> bool:
            if len(params.text(name)) > TEXTS[name]:
                raise bad(f"{name} must not be longer than {TEXTS[name]} characters")
            self.world.texts[name, _language(params)] = params.text(name)
            return True

        return setter

    def _text_getter(self, name: str) -> Method:
        def getter(params: Params) -> Json:
            texts = self.world.texts
            return {name: texts.get((name, _language(params))) or texts.get((name, ""), "")}

        return getter

    # chats

    def get_chat(self, params: Params) -> Json:
        """getChat"""
        return self.world.chat(params.text("chat_id"), Access.READ).full_json()

    def get_member(self, params: Params) -> Json:
        """getChatMember"""
        user_id = params.user_id()
        own = user_id == self.world.bot.id
        chat = self.world.chat(params.text("chat_id"), Access.READ if own else Access.MEMBERS)
        user = self.world.users.get(user_id)
        if user is None:
            raise bad("user not found")
        inside = chat.type == "private" and user in {chat.user, self.world.bot}
        return (Member(user) if inside else chat.member(user)).json(chat.type)

    def get_administrators(self, params: Params) -> list[Json]:
        """getChatAdministrators; other bots are left out"""
        chat = self.world.chat(params.text("chat_id"), Access.MEMBERS)
        if chat.type == "private":
            raise bad("there are no administrators in the private chat")
        members = [member for member in chat.members.values() if member.admin]
        shown = [item for item in members if not item.user.is_bot or item.user is self.world.bot]
        return [member.json(chat.type) for member in shown]

    def get_count(self, params: Params) -> int:
        """getChatMemberCount"""
        chat = self.world.chat(params.text("chat_id"), Access.MEMBERS)
        present = sum(member.present for member in chat.members.values())
        return 2 if chat.type == "private" else present

    def leave(self, params: Params) -> bool:
        """leaveChat"""
        chat = self.world.chat(params.text("chat_id"), Access.READ)
        if chat.type == "private":
            raise bad("chat member status can't be changed in private chats")
        bot = self.world.bot
        if chat.is_group and chat.member(bot).present:
            service = {"left_chat_member": bot.json()}
            self.world.post(chat, bot, service=service, outgoing=True)
        self.world.change_member(chat, bot, Member(bot, "left"))
        return True

    # answers

    def answer_tap(self, params: Params) -> bool:
        """answerCallbackQuery"""
        query = self._query(params, "callback_query_id", inline=False)
        text = params.text("text")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        query.answer = Answer(text, params.flag("show_alert"), params.text("url"))
        self.world.pulse.beat()
        return True

    def answer_inline(self, params: Params) -> bool:
        """answerInlineQuery"""
        results = params.json("results", "can't parse JSON encoded inline query results")
        if results is not None and not isinstance(results, list):
            raise bad("expected an Array of inline query results")
        results = results or []
        if len(results) > MAX_RESULTS:
            raise bad("too many inline query results specified")
        for result in results:
            _check_result(result)
        query = self._query(params, "inline_query_id", inline=True)
        ids = [str(result["id"]) for result in results]
        if len(set(ids)) < len(ids):
            raise bad("RESULT_ID_DUPLICATE")
        if any(not 1 <= len(item.encode()) <= 64 for item in ids):
            raise bad("RESULT_ID_INVALID")
        query.results = results
        self.world.pulse.beat()
        return True

    def _query(self, params: Params, name: str, *, inline: bool) -> Query:
        query = self.world.open_query(params.text(name))
        if (query.message is None) != inline:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        return query

    # files

    def get_file(self, params: Params) -> Json:
        """getFile"""
        if not params.text("file_id"):
            raise bad("file_id not specified")
        media = self.world.files.by_id.get(params.text("file_id"))
        if media is None:
            raise bad("invalid file_id")
        file = next(item for item in media if item.file_id == params.text("file_id"))
        if len(file.data) > MAX_DOWNLOAD:
            raise bad("file is too big")
        shown = ("file_id", "file_unique_id", "file_size")
        return {name: file.json()[name] for name in shown} | {"file_path": file.path}


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad("invalid language code specified")
    return code


def _command(item: Any) -> Json:
    if not isinstance(item, dict):
        raise bad("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if name not in item:
            raise bad(f"can't parse BotCommand: Can't find field \"{name}\"")
    command = str(item["command"]).strip().removeprefix("/")
    description = str(item["description"]).strip()
    if not command:
        raise bad("command must be non-empty")
    if len(command) > MAX_NAME:
        raise bad(f"command length must not exceed {MAX_NAME}")
    if not description:
        raise bad("command description must be non-empty")
    if len(description) > MAX_DESCRIPTION:
        raise bad(f"command description length must not exceed {MAX_DESCRIPTION}")
    if not re.fullmatch("[a-z0-9_]+", command):
        raise bad("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def _check_result(result: Any) -> None:
    problem = "can't parse inline query result: "
    if not isinstance(result, dict):
        raise bad(problem + "Inline query result must be an object")
    needed = ["type", "id", "title"] if result.get("type") == "article" else ["type", "id"]
    for name in needed:
        if name not in result:
            raise bad(f'{problem}Can\'t find field "{name}"')
    content = result.get("input_message_content") or {}
    if result["type"] == "article" and not content.get("message_text"):
        raise bad(problem + "Message text is empty")
    if content.get("message_text"):
        mode = str(content.get("parse_mode") or "")
        text = settle(formatted(content["message_text"], mode, content.get("entities")))
        if text.too_long(MAX_TEXT):
            raise bad("MESSAGE_TOO_LONG")
    if result.get("reply_markup"):
        check_markup(read_markup(result["reply_markup"]), inline_only=True)
