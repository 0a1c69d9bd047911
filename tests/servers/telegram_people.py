"""People, bots and how they stand in a chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .telegram_wire import Json

ANONYMOUS_ADMIN_ID = 1087968824
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
MEMBERS_MAY = frozenset(PERMISSIONS[:12]) | {"can_invite_users"}
"""What members may do in a new group here; Telegram's own default lets them pin as well."""
COMMON_RIGHTS = (
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
EXTRA_RIGHTS = {
    "group": ("can_pin_messages",),
    "supergroup": ("can_pin_messages", "can_manage_topics"),
    "channel": ("can_post_messages", "can_edit_messages"),
}


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    deleted: bool = False

    def json(self) -> Json:
        """As User."""
        optional = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        return user | {name: value for name, value in optional.items() if value}


@dataclass
class Member:
    """How somebody stands in a chat."""

    user: User
    status: str = "member"
    """creator, administrator, member, restricted, left or kicked."""
    may: frozenset[str] = frozenset()
    """Rights of an administrator, or permissions of one who is restricted."""
    anonymous: bool = False

    @property
    def present(self) -> bool:
        """In the chat at present."""
        return self.status not in {"left", "kicked"}

    @property
    def admin(self) -> bool:
        """Creator or administrator."""
        return self.status in {"creator", "administrator"}

    def json(self, chat_type: str) -> Json:
        """As ChatMember."""
        member: Json = {"user": self.user.json(), "status": self.status}
        if self.status == "creator":
            member["is_anonymous"] = self.anonymous
        elif self.status == "administrator":
            names = COMMON_RIGHTS + EXTRA_RIGHTS.get(chat_type, ())
            member |= {name: name in self.may for name in names}
            member |= {"can_be_edited": False, "is_anonymous": self.anonymous}
        elif self.status == "restricted":
            member |= {name: name in self.may for name in PERMISSIONS}
            member |= {"is_member": True, "until_date": 0}
        elif self.status == "kicked":
            member["until_date"] = 0
        return member
