"""One writing process a store, held by the operating system: a crash lets go by itself."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from storage.errors import StoreBusyError, cannot

_MOST_BYTES = 200


class Lock:
    """The right to write the store at ``path``, kept in a file beside the store itself, not a
    link to it, until ``release``.

    StoreBusyError, naming the other process, if there is one; StoreError if it cannot be made,
    with its folder. The file stays: removing it would let two processes hold it at once.
    """

    def __init__(self, path: Path) -> None:
        real = path.resolve()  # one lock a store, whatever it is called
        beside = real.with_name(f"{real.name}.lock")
        try:
            real.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot(path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, _MOST_BYTES, 0).decode(errors="replace").strip()
            os.close(self._file)
            if not isinstance(error, BlockingIOError):
                raise cannot(path, error) from error
            raise StoreBusyError(
                f"The store {path} is already in use by {holder or 'another process'}. Only one "
                "process may write it: stop that one first, or name another store."
            ) from None
        self._sign(f"process {os.getpid()} on {socket.gethostname()}, since {_now()} UTC")

    def release(self) -> None:
        """Let the next process in. Harmless when repeated."""
        if self._file >= 0:
            self._sign("")
            os.close(self._file)
            self._file = -1

    def _sign(self, words: str) -> None:
        with suppress(OSError):  # a full disk: the lock holds, it only bears no name
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, words.encode()[:_MOST_BYTES], 0)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
