"""Methods that send, change, pin and delete messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .telegram_markup import check_markup, parse_markup
from .telegram_text import (
    MAX_CAPTION,
    MAX_TEXT,
    Formatted,
    formatted,
    from_params,
    settle,
)
from .telegram_wire import bad
from .telegram_world import Access

if TYPE_CHECKING:
    from .telegram_model import Chat, Message
    from .telegram_wire import Json, Params
    from .telegram_world import World

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
ACTIONS = frozenset(
    {
        *("cancel", "typing", "upload_photo", "upload_document", "choose_sticker"),
        *("record_video", "upload_video", "record_video_note", "upload_video_note"),
        *("record_voice", "upload_voice", "record_audio", "upload_audio"),
        *("find_location", "pick_up_location"),
    }
)
MEDIA = {
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
}


@dataclass
class Place:
    """Where a message goes and what hangs on it."""

    chat: Chat
    reply_to: Message | None
    thread: int
    markup: Json | None


class Messages:
    """sendMessage and its kin."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.table = {
            "sendmessage": self.send_text,
            "sendphoto": lambda params: self.send_media(params, "photo"),
            "senddocument": lambda params: self.send_media(params, "document"),
            "sendchataction": self.send_action,
            "editmessagetext": self.edit_text,
            "editmessagecaption": self.edit_caption,
            "editmessagemedia": self.edit_media,
            "editmessagereplymarkup": self.edit_markup,
            "deletemessage": self.delete,
            "pinchatmessage": self.pin,
            "unpinchatmessage": self.unpin,
        }

    # sending

    def send_text(self, params: Params) -> Json:
        """sendMessage"""
        if not params.text("text"):
            raise bad("message text is empty")
        raw = from_params(params, "text", "entities")
        place = self.place(params)
        self.world.check_sending(place.chat, "can_send_messages", "text messages")
        content = settle(raw)
        if content.too_long(MAX_TEXT):
            raise bad("message is too long")
        return self.post(params, place, content, link_preview=_link_preview(params))

    def send_media(self, params: Params, kind: str) -> Json:
        """sendPhoto, sendDocument"""
        if not params.text(kind) and kind not in params.files:
            raise bad(f"there is no {kind} in the request")
        raw = from_params(params, "caption", "caption_entities")
        place = self.place(params)
        self.world.check_sending(place.chat, *MEDIA[kind])
        content = settle(raw, may_be_empty=True)
        if content.too_long(MAX_CAPTION):
            raise bad("message caption is too long")
        media = self.world.files.take(params, kind, params.text(kind), kind)
        return self.post(params, place, content, media=media)

    def send_action(self, params: Params) -> bool:
        """sendChatAction"""
        action = params.text("action").lower()
        if action not in ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self.world.chat(params.text("chat_id"), Access.WRITE)
        self.world.check_sending(chat, "can_send_messages", "text messages")
        chat.actions.append({"action": action, "thread": params.integer("message_thread_id")})
        self.world.pulse.beat()
        return True

    def place(self, params: Params) -> Place:
        """Chat, topic, replied message and keyboard, in the order of Telegram's checks."""
        reply = params.json("reply_parameters", "can't parse reply parameters JSON object")
        markup = parse_markup(params)
        chat = self.world.chat(params.text("chat_id"), Access.WRITE)
        replied = self._replied(chat, reply or {})
        thread = max(0, params.integer("message_thread_id"))
        if thread:
            self.world.check_thread(chat, thread)
        elif replied and replied.in_topic:
            thread = replied.thread
        return Place(chat, replied, thread, markup)

    def _replied(self, chat: Chat, reply: Json) -> Message | None:
        number = int(reply.get("message_id") or 0)
        if number <= 0:
            return None
        message = chat.messages.get(number)
        if message is None or message.deleted:
            if reply.get("allow_sending_without_reply"):
                return None
            raise bad("message to be replied not found")
        return message

    def post(self, params: Params, place: Place, content: Formatted, **fields: Any) -> Json:
        """The last checks, then the message stands."""
        chat = place.chat
        self.world.check_topic(chat, place.thread)
        check_markup(place.markup, channel=chat.type == "channel")
        channel = chat if chat.type == "channel" else None
        message = self.world.post(
            chat,
            None if channel else self.world.bot,
            sender_chat=channel,
            text=content.text,
            entities=content.entities,
            markup=place.markup,
            reply_to=place.reply_to,
            thread=place.thread,
            in_topic=bool(place.thread),
            silent=params.flag("disable_notification"),
            protected=params.flag("protect_content"),
            outgoing=True,
            **fields,
        )
        return message.json()

    # changing

    def edit_text(self, params: Params) -> Json:
        """editMessageText"""
        if not params.text("text"):
            raise bad("message text is empty")
        raw = from_params(params, "text", "entities")
        message, markup = self._to_edit(params)
        if message.media:
            raise bad("there is no text in the message to edit")
        content = settle(raw)
        if content.too_long(MAX_TEXT):
            raise bad("MESSAGE_TOO_LONG")
        preview = _link_preview(params)
        return self._change(message, params, markup, content, link_preview=preview)

    def edit_caption(self, params: Params) -> Json:
        """editMessageCaption"""
        raw = from_params(params, "caption", "caption_entities")
        message, markup = self._to_edit(params)
        if not message.media:
            raise bad("there is no caption in the message to edit")
        return self._change(message, params, markup, self._caption(raw))

    def edit_media(self, params: Params) -> Json:
        """editMessageMedia"""
        if not params.text("media"):
            raise bad("there is no media in the request")
        media = params.json("media", "can't parse input media JSON object")
        if not isinstance(media, dict) or media.get("type") not in MEDIA:
            raise bad("can't parse InputMedia: the stand-in knows photo and document only")
        words, mode = str(media.get("caption") or ""), str(media.get("parse_mode") or "")
        raw = formatted(words, mode, media.get("caption_entities"))
        message, markup = self._to_edit(params)
        kind, given = media["type"], str(media.get("media") or "")
        if not given:
            raise bad("can't parse InputMedia: media not found")
        files = self.world.files.take(params, kind, given, "")
        return self._change(message, params, markup, self._caption(raw), media=files)

    def edit_markup(self, params: Params) -> Json:
        """editMessageReplyMarkup"""
        message, markup = self._to_edit(params)
        return self._change(message, params, markup, None)

    def _caption(self, raw: Formatted) -> Formatted:
        content = settle(raw, may_be_empty=True)
        if content.too_long(MAX_CAPTION):
            raise bad("MEDIA_CAPTION_TOO_LONG")
        return content

    def _to_edit(self, params: Params) -> tuple[Message, Json | None]:
        markup = parse_markup(params)
        if not params.text("chat_id") and not params.integer("message_id"):
            given = params.text("inline_message_id")
            raise bad("MESSAGE_ID_INVALID" if given else "message identifier is not specified")
        chat = self.world.chat(params.text("chat_id"), Access.EDIT)
        message = self.message(chat, params, "message to edit")
        if not message.outgoing or message.service:
            raise bad("message can't be edited")
        check_markup(markup, inline_only=True, channel=chat.type == "channel")
        return message, markup

    def message(self, chat: Chat, params: Params, what: str) -> Message:
        """The message that ``message_id`` names."""
        message = chat.messages.get(params.integer("message_id"))
        if message is None or message.deleted:
            raise bad(f"{what} not found")
        return message

    def _change(
        self,
        message: Message,
        params: Params,
        markup: Json | None,
        content: Formatted | None,
        **fields: Any,
    ) -> Json:
        """Without ``reply_markup`` an edit takes the keyboard away."""
        new: dict[str, Any] = {"markup": markup, **fields}
        if content:
            new |= {"text": content.text, "entities": content.entities}
        if message.same_as(new):
            raise bad(NOT_MODIFIED)
        for name, value in new.items():
            setattr(message, name, value)
        message.edit_date = int(self.world.now())
        message.edits.append(params.method)
        self.world.pulse.beat()
        return message.json()

    # the rest

    def delete(self, params: Params) -> bool:
        """deleteMessage"""
        chat = self.world.chat(params.text("chat_id"), Access.WRITE)
        message = self.message(chat, params, "message to delete")
        member = chat.member(self.world.bot)
        rights = member.status == "creator" or "can_delete_messages" in member.may
        if not message.outgoing and chat.type != "private" and not rights:
            raise bad("message can't be deleted")
        message.deleted = True
        self.world.pulse.beat()
        return True

    def pin(self, params: Params) -> bool:
        """pinChatMessage"""
        chat, message = self._to_pin(params, "message to pin")
        chat.pinned = [number for number in chat.pinned if number != message.id] + [message.id]
        silent = params.flag("disable_notification")
        service = {"pinned_message": message.json(deep=False)}
        channel = chat if chat.type == "channel" else None
        sender = None if channel else self.world.bot
        fields: dict[str, Any] = {"thread": message.thread, "in_topic": message.in_topic}
        self.world.post(
            chat,
            sender,
            sender_chat=channel,
            service=service,
            silent=silent,
            outgoing=True,
            **fields,
        )
        return True

    def unpin(self, params: Params) -> bool:
        """unpinChatMessage; the last pin without ``message_id``"""
        if not params.text("message_id"):
            chat = self.world.chat(params.text("chat_id"), Access.WRITE)
            if not chat.pinned:
                raise bad("message to unpin not found")
            params.raw["message_id"] = str(chat.pinned[-1])
        chat, message = self._to_pin(params, "message to unpin")
        chat.pinned = [number for number in chat.pinned if number != message.id]
        return True

    def _to_pin(self, params: Params, what: str) -> tuple[Chat, Message]:
        chat = self.world.chat(params.text("chat_id"), Access.WRITE)
        message = self.message(chat, params, what)
        right = "can_edit_messages" if chat.type == "channel" else "can_pin_messages"
        member = chat.member(self.world.bot)
        allowed = member.may if member.admin else chat.permissions
        if chat.type != "private" and member.status != "creator" and right not in allowed:
            raise bad("not enough rights to manage pinned messages in the chat")
        return chat, message


def _link_preview(params: Params) -> Json | None:
    options = params.json("link_preview_options", "can't parse link preview options JSON object")
    if options is None and params.flag("disable_web_page_preview"):
        return {"is_disabled": True}
    return options or None
