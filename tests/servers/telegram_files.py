"""Pictures and documents: what Telegram takes, makes of it and gives back."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from .telegram_wire import bad

if TYPE_CHECKING:
    from .telegram_wire import Json, Params, Upload

MAX_PHOTO = 10 * 1024 * 1024
BOXES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280), ("w", 2560))


@dataclass(eq=False)
class StoredFile:
    """A file on Telegram's side. The same bytes have the same ids."""

    kind: str
    data: bytes
    name: str = ""
    mime: str = ""
    letter: str = ""
    width: int = 0
    height: int = 0

    @property
    def unique_id(self) -> str:
        """file_unique_id"""
        return "AQAD" + self._digest(self.kind + self.letter)[:12]

    @property
    def file_id(self) -> str:
        """file_id"""
        prefix = "AgACAgIAAxkD" if self.kind == "photo" else "BQACAgIAAxkD"
        return prefix + self._digest(self.kind + self.letter + "id")[:40]

    def _digest(self, salt: str) -> str:
        return hashlib.sha256(salt.encode() + self.data).hexdigest()

    @property
    def path(self) -> str:
        """file_path"""
        extension = self.name.rpartition(".")[2] if "." in self.name else "jpg"
        return f"{self.kind}s/{self.unique_id}.{extension}"

    def json(self) -> Json:
        """As PhotoSize or Document."""
        file: Json = {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
        }
        if self.kind == "photo":
            return file | {"width": self.width, "height": self.height}
        return file | {"file_name": self.name, "mime_type": self.mime}


def photo_sizes(data: bytes, width: int, height: int) -> list[StoredFile]:
    """The sizes that Telegram makes of a picture, smallest first. (Here all hold the original
    bytes, so that a test can look at what was sent.)"""
    longest = max(width, height)
    sizes: list[StoredFile] = []
    for letter, box in BOXES:
        scale = min(1.0, box / longest)
        size = StoredFile("photo", data, letter=letter)
        size.width, size.height = max(1, round(width * scale)), max(1, round(height * scale))
        sizes.append(size)
        if box >= longest:
            break
    return sizes


class Files:
    """All files on Telegram's side."""

    def __init__(self) -> None:
        self.by_id: dict[str, list[StoredFile]] = {}
        self.by_path: dict[str, StoredFile] = {}

    def forget(self) -> None:
        """From now on no file_id is known."""
        self.by_id.clear()

    def take(self, params: Params, kind: str, given: str, field: str) -> list[StoredFile]:
        """An upload, or what a file_id stands for."""
        if given.startswith("attach://"):
            field = given.removeprefix("attach://")
        elif given:
            return self._known(kind, given)
        upload = params.files.get(field)
        if upload is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if not upload.data:
            raise bad("file must be non-empty")
        return self.keep(_photo(upload) if kind == "photo" else [_document(upload)])

    def keep(self, media: list[StoredFile]) -> list[StoredFile]:
        """Remembers a file under all its ids."""
        for file in media:
            self.by_id[file.file_id] = media
            self.by_path[file.path] = file
        return media

    def _known(self, kind: str, file_id: str) -> list[StoredFile]:
        if file_id.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")
        media = self.by_id.get(file_id)
        if media is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if media[0].kind != kind:
            raise bad(f"can't use file of type {media[0].kind.title()} as {kind.title()}")
        return media


def _photo(upload: Upload) -> list[StoredFile]:
    size = len(upload.data)
    if size > MAX_PHOTO:
        reason = (
            f"file of size {size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO} bytes"
        )
        raise bad(reason)
    try:
        with Image.open(io.BytesIO(upload.data)) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return photo_sizes(upload.data, width, height)


def _document(upload: Upload) -> StoredFile:
    return StoredFile("document", upload.data, upload.filename, upload.content_type)
