"""An interaction: a command, a button, a menu or a modal, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .discord_channels import Channel, Message
    from .discord_world import User

Json = dict[str, Any]

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


@dataclass(frozen=True)
class Deed:
    """What a person does: the start of an interaction."""

    kind: int
    user: User
    channel: Channel
    data: Json
    types: tuple[int, ...] | None = None
    source: Message | None = None
    opened_by: Interaction | None = None


@dataclass(eq=False, repr=False)
class Interaction:
    """One interaction and what came of it; the driver returns it as the answer."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    data: Json
    owners: dict[str, str]
    created_at: float
    source: Message | None = None
    opened_by: Interaction | None = None
    acknowledged: int | None = None
    acknowledged_at: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None
    touched: int = 0

    def __repr__(self) -> str:
        """Show who did what."""
        what = self.name or self.data.get("custom_id")
        return f"<Interaction {what!r} by {self.user.name}: {self.original!r}>"

    @property
    def name(self) -> str:
        """The name of the command with its subcommands."""
        parts = [self.data.get("name", "")]
        options = self.data.get("options") or []
        while options and options[0]["type"] in (1, 2):
            parts.append(options[0]["name"])
            options = options[0].get("options") or []
        return " ".join(parts)

    @property
    def message(self) -> Message:
        """The message that answers (or that the answer changed)."""
        assert self.original is not None, "the answer was no message"
        return self.original

    @property
    def text(self) -> str:
        """All that can be read in the answer."""
        return self.message.text

    @property
    def deferred(self) -> bool:
        """Whether the first answer was 'is thinking…' or a silent acknowledgement."""
        return self.acknowledged in (DEFERRED, DEFERRED_UPDATE)

    @property
    def seconds(self) -> float:
        """How long the first answer took."""
        assert self.acknowledged_at is not None, "there was no answer"
        return self.acknowledged_at - self.created_at

    @property
    def thinking(self) -> bool:
        """Whether the person still sees 'is thinking…'."""
        return self.original is not None and self.original.loading

    @property
    def settled(self) -> bool:
        """Whether the person has seen all that the first answer promised."""
        if self.acknowledged == DEFERRED_UPDATE:
            since, changed = self.acknowledged_at, self.message.edited_at
            return bool(self.touched or (since and changed and changed >= since))
        return self.acknowledged is not None and not self.thinking
