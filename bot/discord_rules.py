"""What Discord's status and error codes mean, and its nonces. No network here."""

from __future__ import annotations

import hashlib

from bot.adapter import Gone, Outcome, Rejected, Retry, Sent

ALREADY_ANSWERED = 40060
MESSAGE_DELETED = 10008
MISSING_PERMISSIONS = 50013
UNKNOWN_CHANNEL = 10003
THREAD_SHUT = frozenset({50083, 160005})
"""Archived, locked. A message opens an archived thread again, unless it is locked too."""
GONE = THREAD_SHUT | {
    UNKNOWN_CHANNEL, 10004, 40058, 50001, 50007, 50008, MISSING_PERMISSIONS, 50278,
}  # fmt: skip
"""Besides: unknown channel or guild, a forum itself, no access, no direct messages, no text
channel, no right to write, no guild in common."""
NOT_TAKEN = frozenset({400, 403, 413})
SOON, LATER = 5.0, 60.0
"""Seconds to wait after a fault of Discord or the network, and where Discord asks for calm."""
LONGEST_REASON, LONGEST_NONCE = 200, 25


def plainer(status: int, code: int) -> bool:
    """Whether a message was refused for what it is, so that plain text may pass."""
    return status in NOT_TAKEN and (code not in GONE or code == MISSING_PERMISSIONS)


def outcome(status: int, code: int, text: str, *, topic: bool = False) -> Outcome:
    """How a refused message ended, which was for a ``topic`` of a chat or for the chat itself."""
    reason = f"{text[:LONGEST_REASON]} ({status}, {code})"
    if code in GONE:
        return Gone(reason, code in THREAD_SHUT or (topic and code == UNKNOWN_CHANNEL))
    if code == MESSAGE_DELETED:  # the nonce is known, so it had arrived
        return Sent("")
    if status >= 500:
        return Retry(SOON)
    if status in (401, 429) or not code:
        return Retry(LATER)
    return Rejected(reason)


def nonce_of(channel: int, nonce: str) -> str | None:
    """A nonce for Discord, whose nonces are of one bot and not of one channel."""
    if not nonce:
        return None
    return hashlib.sha256(f"{channel} {nonce}".encode()).hexdigest()[:LONGEST_NONCE]
