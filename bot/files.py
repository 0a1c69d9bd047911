"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, then put it there. OSError leaves what was there. A pipe or a
    device is written to.
    """
    place = path.resolve()
    if path.exists() and not path.is_file():  # /dev/stdout resolves to no path
        path.write_bytes(data)
        return
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
