"""What the stand-in takes, refuses and shows of messages. Driven by the real library."""

from __future__ import annotations

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.error import BadRequest, NetworkError

from .telegram_client import picture, served_bot

NOT_MODIFIED = "Message is not modified: specified new message content and reply markup are exactly"

TOO_BIG = "File of size 10485764 bytes is too big for a photo; the maximum size is 10485760 bytes"


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """One row; each button's data is its label."""
    row = [InlineKeyboardButton(label, callback_data=label) for label in labels]
    return InlineKeyboardMarkup([row])


# texts


async def test_a_text_with_everything() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        question = await ann.say("/rotation")
        sent = await bot.send_message(
            ann.id,
            "<b>Lead</b>, day 12. <i>ETH/BTC</i> &lt; 1",
            parse_mode="HTML",
            disable_notification=True,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_parameters=ReplyParameters(question.id),
            reply_markup=keyboard("Russell", "Crypto"),
        )
        seen = await ann.next_message()
        assert seen.text == sent.text == "Lead, day 12. ETH/BTC < 1"
        assert seen.html == sent.text_html == "<b>Lead</b>, day 12. <i>ETH/BTC</i> &lt; 1"
        assert seen.silent
        assert seen.reply_to is question
        assert seen.buttons == [["Russell", "Crypto"]]
        assert sent.reply_to_message
        assert sent.reply_to_message.message_id == question.id
        assert sent.reply_markup == keyboard("Russell", "Crypto")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Message text is empty"),
        (" \n ", "Message must be non-empty"),
        ("x" * 4097, "Message is too long"),
        ("x" * 40_000, "Text is too long"),
        ("<b>x", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("a < b", 'Can\'t parse entities: unsupported start tag "" at byte offset 2'),
    ],
)
async def test_texts_are_refused(text: str, complaint: str) -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        with pytest.raises(BadRequest) as caught:
            await bot.send_message(ann.id, text, parse_mode="HTML")
        assert caught.value.message == complaint
        assert ann.messages == []


async def test_the_length_counts_after_parsing() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        await bot.send_message(ann.id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
        await bot.send_message(ann.id, "&lt;" * 4096, parse_mode="HTML")
        assert [len(message.text) for message in ann.messages] == [4096, 4096]


async def test_entities_may_be_given_as_such() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        bold = MessageEntity(MessageEntity.BOLD, 0, 4)
        sent = await bot.send_message(ann.id, "Lead /help", entities=[bold])
        assert ann.last.html == "<b>Lead</b> /help"
        assert [entity.type for entity in sent.entities] == ["bold", "bot_command"]


async def test_a_lost_question_can_be_ignored() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        with pytest.raises(BadRequest, match="Message to be replied not found"):
            await bot.send_message(ann.id, "x", reply_parameters=ReplyParameters(999))
        gone = ReplyParameters(999, allow_sending_without_reply=True)
        await bot.send_message(ann.id, "x", reply_parameters=gone)
        assert ann.last.reply_to is None


# buttons


@pytest.mark.parametrize(
    ("button", "complaint"),
    [
        ({"text": "x", "callback_data": "x" * 65}, "Button_data_invalid"),
        ({"text": "x", "callback_data": "ü" * 33}, "Button_data_invalid"),
        (
            {"text": "x", "callback_data": ""},
            "Can't parse inline keyboard button: text buttons are unallowed in the inline keyboard",
        ),
        ({"text": " ", "callback_data": "x"}, "Inline keyboard button text must be non-empty"),
        (
            {"text": "x", "url": "http://localhost"},
            "Inline keyboard button url 'http://localhost' is invalid: wrong http url",
        ),
    ],
)
async def test_buttons_are_refused(button: dict[str, str], complaint: str) -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        markup = {"inline_keyboard": [[button]]}
        with pytest.raises(BadRequest) as caught:
            await bot.send_message(ann.id, "x", api_kwargs={"reply_markup": markup})
        assert caught.value.message == complaint


async def test_sixty_four_bytes_of_data_are_fine() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        button = InlineKeyboardButton("x", callback_data="ü" * 32)
        await bot.send_message(ann.id, "x", reply_markup=InlineKeyboardMarkup([[button]]))
        query = await ann.tap(ann.last, "x")
        assert query.data == "ü" * 32


async def test_a_reply_keyboard_is_kept_but_no_button_of_the_message() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        sent = await bot.send_message(ann.id, "x", reply_markup=ReplyKeyboardMarkup([["a"]]))
        assert sent.reply_markup is None
        assert ann.last.buttons == []
        with pytest.raises(BadRequest, match="Inline keyboard expected"):
            await bot.edit_message_reply_markup(
                ann.id,
                sent.message_id,
                reply_markup=ReplyKeyboardMarkup([["a"]]),  # type: ignore[arg-type]
            )


# pictures and documents


async def test_a_picture_goes_up_and_comes_back_by_its_id() -> None:
    async with served_bot() as (server, bot):
        ann, ben = server.private(), server.private()
        png = picture(1440, 1080)
        sent = await bot.send_photo(ann.id, png, caption="<b>Ladder</b>", parse_mode="HTML")
        assert ann.last.photo == png
        assert ann.last.html == "<b>Ladder</b>"
        assert [size.width for size in sent.photo] == [90, 320, 800, 1280, 1440]
        again = await bot.send_photo(ben.id, sent.photo[-1].file_id)
        assert ben.last.photo == png
        assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
        assert (await bot.send_photo(ben.id, png)).photo == again.photo
        file = await bot.get_file(sent.photo[-1].file_id)
        assert bytes(await file.download_as_bytearray()) == png
        assert not server.sent("sendPhoto")[1].files


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (
            b"\x89PNG" + b"x" * (10 * 1024 * 1024),
            TOO_BIG,
        ),
        (b"no picture at all", "Image_process_failed"),
        (picture(2100, 100), "Photo_invalid_dimensions"),
        (picture(9000, 1001), "Photo_invalid_dimensions"),
    ],
)
async def test_pictures_are_refused(data: bytes, complaint: str) -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        with pytest.raises(BadRequest) as caught:
            await bot.send_photo(ann.id, data)
        assert caught.value.message == complaint


async def test_wrong_file_ids_are_refused() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
            await bot.send_photo(ann.id, "AgACAgIAAxkDnever")
        document = await bot.send_document(ann.id, b"a,b\n1,2\n", filename="timeline.csv")
        assert document.document
        with pytest.raises(BadRequest, match="Can't use file of type document as photo"):
            await bot.send_photo(ann.id, document.document.file_id)
        with pytest.raises(BadRequest, match="Invalid file_id"):
            await bot.get_file("never")


async def test_a_document_keeps_name_and_bytes() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        file = InputFile(b"a,b\n1,2\n", filename="timeline.csv")
        sent = await bot.send_document(ann.id, file, caption="The timeline")
        assert (ann.last.filename, ann.last.document) == ("timeline.csv", b"a,b\n1,2\n")
        assert sent.document
        assert sent.document.mime_type == "text/csv"


async def test_captions_have_their_own_limit() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        longest = "<b>" + "x" * 1024 + "</b>"
        await bot.send_photo(ann.id, picture(), caption=longest, parse_mode="HTML")
        with pytest.raises(BadRequest, match="Message caption is too long"):
            await bot.send_photo(ann.id, picture(), caption="x" * 1025)
        with pytest.raises(BadRequest, match="Media_caption_too_long"):
            await bot.edit_message_caption(ann.id, ann.last.id, caption="x" * 1025)


async def test_uploads_beyond_fifty_megabytes_do_not_even_arrive() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        with pytest.raises(NetworkError, match="Request Entity Too Large"):
            await bot.send_document(ann.id, b"x" * (52 * 1024 * 1024), write_timeout=10)
        assert ann.messages == []


# edits


async def test_a_text_changes_and_loses_its_buttons_unless_told() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        sent = await bot.send_message(ann.id, "one", reply_markup=keyboard("a"))
        await bot.edit_message_text("two", ann.id, sent.message_id, reply_markup=keyboard("a"))
        assert (ann.last.text, ann.last.buttons) == ("two", [["a"]])
        edited = await bot.edit_message_text("three", ann.id, sent.message_id)
        assert (ann.last.text, ann.last.buttons) == ("three", [])
        assert isinstance(edited, Message)
        assert edited.edit_date
        assert await ann.next_edit(ann.last) is ann.last
        assert ann.last.edits == ["editMessageText", "editMessageText"]


async def test_an_edit_that_changes_nothing_is_refused() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        sent = await bot.send_message(ann.id, "x", reply_markup=keyboard("a"))
        with pytest.raises(BadRequest, match=NOT_MODIFIED):
            await bot.edit_message_text("x", ann.id, sent.message_id, reply_markup=keyboard("a"))
        with pytest.raises(BadRequest, match=NOT_MODIFIED):
            await bot.edit_message_reply_markup(ann.id, sent.message_id, reply_markup=keyboard("a"))
        await bot.edit_message_reply_markup(ann.id, sent.message_id, reply_markup=keyboard("b"))
        assert ann.last.buttons == [["b"]]
        await bot.edit_message_text("x", ann.id, sent.message_id)
        assert ann.last.buttons == []


async def test_edits_of_the_wrong_kind_are_refused() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        text = await bot.send_message(ann.id, "x")
        photo = await bot.send_photo(ann.id, picture())
        theirs = await ann.say("mine")
        with pytest.raises(BadRequest, match="There is no text in the message to edit"):
            await bot.edit_message_text("y", ann.id, photo.message_id)
        with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
            await bot.edit_message_caption(ann.id, text.message_id, caption="y")
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("y", ann.id, 999_999)
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("y", ann.id, theirs.id)
        with pytest.raises(BadRequest, match="Message_too_long"):
            await bot.edit_message_text("y" * 4097, ann.id, text.message_id)
        await ann.delete(ann.messages[0])
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("y", ann.id, text.message_id)


async def test_a_picture_is_replaced_by_upload_and_by_id() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        red, blue = picture(colour="red"), picture(colour="blue")
        sent = await bot.send_photo(ann.id, red, caption="red", reply_markup=keyboard("a"))
        media = InputMediaPhoto(blue, caption="<i>blue</i>", parse_mode="HTML")
        await bot.edit_message_media(media, ann.id, sent.message_id, reply_markup=keyboard("a"))
        assert (ann.last.photo, ann.last.html) == (blue, "<i>blue</i>")
        by_id = InputMediaPhoto(sent.photo[-1].file_id)
        await bot.edit_message_media(by_id, ann.id, sent.message_id)
        assert (ann.last.photo, ann.last.text, ann.last.buttons) == (red, "", [])
        with pytest.raises(BadRequest, match=NOT_MODIFIED):
            await bot.edit_message_media(InputMediaPhoto(red), ann.id, sent.message_id)
        await bot.edit_message_caption(ann.id, sent.message_id, caption="only words")
        assert ann.last.text == "only words"
        document = InputMediaDocument(b"a,b", filename="a.csv")
        await bot.edit_message_media(document, ann.id, sent.message_id)
        assert (ann.last.photo, ann.last.filename) == (None, "a.csv")


async def test_a_text_can_become_a_picture_but_not_the_other_way_round() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        sent = await bot.send_message(ann.id, "x")
        await bot.edit_message_media(InputMediaPhoto(picture()), ann.id, sent.message_id)
        assert ann.last.photo
        with pytest.raises(BadRequest, match="There is no text in the message to edit"):
            await bot.edit_message_text("x", ann.id, sent.message_id)


# the rest


async def test_typing_is_shown() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        await bot.send_chat_action(ann.id, "upload_photo")
        assert ann.actions == [{"action": "upload_photo", "thread": 0}]
        with pytest.raises(BadRequest, match="Wrong parameter action in request"):
            await bot.send_chat_action(ann.id, "juggle")


async def test_messages_go_away() -> None:
    async with served_bot() as (server, bot):
        ann = server.private()
        sent = await bot.send_message(ann.id, "x")
        await bot.delete_message(ann.id, sent.message_id)
        assert ann.messages == []
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await bot.delete_message(ann.id, sent.message_id)
