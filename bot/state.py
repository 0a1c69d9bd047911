"""A few words that outlive the process, in a small file beside the store."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from bot.files import whole

log = logging.getLogger(__name__)


class Remembered(dict[str, str]):
    """A dict that is read from a file and written back whenever a key is set. A file that cannot
    be read is as good as none, and one that cannot be written is only logged: what is kept here
    saves work, and is no data.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            super().__init__({str(key): str(value) for key, value in found.items()})
        except (OSError, ValueError, AttributeError):
            super().__init__()

    def __setitem__(self, key: str, value: str) -> None:
        super().__setitem__(key, value)
        try:
            whole(self._path, json.dumps(self).encode())
        except OSError as error:
            log.warning("%s was not written: %s", self._path, error)
