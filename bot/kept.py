"""The newest timeline and its evidence, kept between two runs, beside the store.

It is used only if nothing that it was made from has changed: data, last decision, rules, and the
code itself. What cannot be read is computed. Nothing but plain values, arrays and the core's own
facts can come out of the file, whatever was put into it: see ``_Facts``, which alone reads it.
"""

from __future__ import annotations

import copyreg
import gc
import hashlib
import importlib
import io
import json
import logging
import mmap
import os
import pickle
import tempfile
import time
from dataclasses import dataclass, is_dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import rotation
from rotation.evidence import Evidence
from rotation.hindsight import Hindsight
from rotation.inputs import Input, input_of
from rotation.timeline import RULE_VERSION, Timeline

log = logging.getLogger(__name__)

UNFINISHED, LEFT_AFTER = ".part", 3600.0
"""A file that is being written, and seconds after which nobody writes it any more."""

PLAIN = {
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "timedelta"),
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
}  # fmt: skip

LIBRARIES = ("numpy", "pandas", "exchange-calendars")
CHOOSING = (
    "storage/ranking.py", "storage/observations.py", "storage/listings.py", "storage/live.py",
    "bot/keeper.py", "bot/holdings.py",
)  # fmt: skip
"""Beside the core, the code that decides what goes into it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The evidence of a timeline, which holds it, and what today's values would have made of it."""

    evidence: Evidence
    hindsight: Hindsight


def name_of(*facts: object) -> str:
    """The name of what is computed from these facts by the rules and the code of this run."""
    home = Path(rotation.__file__).parent.parent
    files = [*sorted((home / "rotation").glob("*.py")), *(home / name for name in CHOOSING)]
    code = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    made_by = (RULE_VERSION, *map(version, ("spillover", *LIBRARIES)), code)
    return hashlib.sha256(repr((made_by, facts)).encode()).hexdigest()


def read(path: Path, name: str) -> Kept | None:
    """What was kept under this name; None where there is nothing of it. Its arrays stay in the
    file until somebody looks at them.
    """
    busy = gc.isenabled()
    gc.disable()  # everything that is read stays; looking for cycles in it only costs time
    try:
        with path.open("rb") as file:
            if file.readline().decode("ascii").strip() != name:
                return None
            sizes: list[int] = json.loads(file.readline())
            begin = file.tell()
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        parts = []
        for size in sizes:
            begin = _aligned(begin)
            parts.append(whole[begin : begin + size])
            begin += size
        found = _Facts(io.BytesIO(parts[0]), buffers=parts[1:]).load()
    except FileNotFoundError:
        return None
    except Exception:
        log.warning("%s cannot be read, so it is computed anew", path, exc_info=True)
        return None
    finally:
        if busy:
            gc.enable()
    return found if isinstance(found, Kept) else None


def write(path: Path, name: str, kept: Kept) -> None:
    """Keep it in place of what was there. Where that is not possible nothing is lost but time."""
    facts, arrays = io.BytesIO(), list[pickle.PickleBuffer]()
    _Writer(facts, protocol=5, buffer_callback=arrays.append).dump(kept)
    parts = [facts.getbuffer(), *(array.raw() for array in arrays)]
    sizes = json.dumps([part.nbytes for part in parts])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_up(path)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f"{path.name}.", suffix=UNFINISHED, delete=False
        ) as file:
            unfinished = Path(file.name)
            try:
                file.write(f"{name}\n{sizes}\n".encode("ascii"))
                for part in parts:
                    file.seek(_aligned(file.tell()))
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())  # else, where the power fails, its name may come first
                unfinished.replace(path)  # at once, or not at all
            finally:
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        log.info("the timeline is not kept: %s", error)


def _clear_up(path: Path) -> None:
    """What processes that were killed while they wrote have left."""
    for left in path.parent.glob(f"{path.name}.*{UNFINISHED}"):
        if time.time() - left.stat().st_mtime > LEFT_AFTER:
            left.unlink(missing_ok=True)


def _aligned(place: int) -> int:
    return -(-place // 64) * 64


class Shelf:
    """The place for one of them; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._unread = path, path is not None
        self._latest: tuple[str, Kept] | None = None

    def take(self, name: str | None) -> Kept | None:
        """What the last run has kept under a name; only the first time that there is a name."""
        if name is None or self._path is None or not self._unread:
            return None
        self._unread = False
        return read(self._path, name)

    def put(self, name: str | None, kept: Kept) -> None:
        """To be kept, once ``write`` is called."""
        self._latest = None if name is None else (name, kept)

    def write(self) -> None:
        """It holds up the whole process for some tenths of a second: at its end."""
        if self._path is not None and self._latest is not None:
            write(self._path, *self._latest)


def of_dates(numbers: npt.NDArray[np.int64], unit: str) -> npt.NDArray[Any]:
    """Dates or instants from the numbers that they are."""
    return numbers.view(unit)


class _Writer(pickle.Pickler):
    """A declared series is written as its name, dates as numbers: only these can stay in the
    file. Evidence and timeline are written as they are at one moment, since a thread may still be
    counting them.
    """

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Evidence | Timeline):
            known = {
                name: dict(value) if type(value) is dict else value
                for name, value in dict(vars(obj)).items()
            }
            return copyreg.__newobj__, (type(obj),), known  # type: ignore[attr-defined]
        if type(obj) is np.ndarray and obj.dtype.kind == "M":
            return of_dates, (obj.view(np.int64), obj.dtype.str)
        return NotImplemented

    def persistent_id(self, obj: object) -> str | None:
        return obj.id if isinstance(obj, Input) else None


class _Facts(pickle.Unpickler):
    """Reads dataclasses and enumerations of the core, dates and arrays; refuses all else."""

    def persistent_load(self, pid: Any) -> Input:
        return input_of(str(pid))

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        ours = module_name.startswith("rotation.") or module_name == __name__
        if ours or (module_name, global_name) in PLAIN:
            found = getattr(importlib.import_module(module_name), global_name)
            if not ours or _is_fact(found):
                return found
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no fact")


def _is_fact(found: object) -> bool:
    return found is of_dates or (
        isinstance(found, type)
        and (is_dataclass(found) or issubclass(found, Enum) or found is Evidence)
    )
