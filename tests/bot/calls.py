"""Calls without a desk."""

import datetime as dt

from commands.registry import Call
from storage.chats import Chat


def call_in(request, snapshot=None):
    """A call in the chat of a request, with its default settings and no store."""
    now = dt.datetime(2026, 6, 30, 12)
    return Call(
        {}, snapshot, Chat(request.chat), now, None, request.thread, request.user, request.private
    )
