"""The newest timeline, kept between two runs in the folder for what can be made anew.

It is used only if nothing that it was made from has changed: data, last decision, rules, and the
code itself. What cannot be read is computed. Nothing but plain values, arrays and the core's own
facts can come out of the file, whatever was put into it: see ``_Facts``.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import io
import logging
import os
import pickle  # noqa: S403 - read by `_Facts` alone, which calls nothing that it is not told of
import tempfile
from dataclasses import dataclass, is_dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rotation
from rotation.hindsight import Hindsight
from rotation.inputs import Input, input_of
from rotation.timeline import RULE_VERSION, Timeline

log = logging.getLogger(__name__)

PLAIN = {
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "timedelta"),
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
}  # fmt: skip

LIBRARIES = ("numpy", "pandas", "exchange-calendars")


@dataclass(frozen=True, slots=True)
class Kept:
    """One timeline and what goes with it."""

    timeline: Timeline
    hindsight: Hindsight


def name_of(*facts: object) -> str:
    """The name of what is computed from these facts by the rules and the code of this run."""
    folder = Path(rotation.__file__).parent
    code = sorted((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in folder.glob("*.py"))
    made_by = (RULE_VERSION, *map(version, ("spillover", *LIBRARIES)), code)
    return hashlib.sha256(repr((made_by, facts)).encode()).hexdigest()


def read(path: Path, name: str) -> Kept | None:
    """What was kept under this name; None where there is nothing of it."""
    busy = gc.isenabled()
    gc.disable()  # everything that is read stays; looking for cycles in it only costs time
    try:
        with path.open("rb") as file:
            if file.readline().decode("ascii").strip() != name:
                return None
            found = _Facts(io.BytesIO(file.read())).load()
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
    out = io.BytesIO()
    _Writer(out, protocol=5).dump(kept)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(f"{name}\n".encode("ascii"))
            file.write(out.getbuffer())
        os.replace(file.name, path)  # noqa: PTH105 - at once, or not at all
    except OSError as error:
        log.info("the timeline is not kept: %s", error)


class _Writer(pickle.Pickler):
    """A declared series is written as its name."""

    def persistent_id(self, obj: object) -> str | None:
        return obj.id if isinstance(obj, Input) else None


class _Facts(pickle.Unpickler):
    """Reads dataclasses and enumerations of the core, dates and arrays; refuses all else."""

    def persistent_load(self, pid: Any) -> Input:
        return input_of(str(pid))

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        ours = module_name.startswith("rotation.") or module_name == __name__
        if not ours and (module_name, global_name) not in PLAIN:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no fact")
        found = getattr(importlib.import_module(module_name), global_name)
        if ours and not (isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum))):
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no fact")
        return found
