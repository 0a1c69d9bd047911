"""``make translations``: every catalogue brought up to date with the code, and compiled.

What is untranslated is listed. A new language begins with ``make translations NEW=fr``.
"""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("rotation", "feeds", "storage", "commands", "bot")
LOCALES = ROOT / "commands" / "locale"
MARKERS = {"_": 1, "N_": 1, "plural": 2}
"""What marks a sentence, and how many forms of it follow."""


def template() -> Catalog:
    """Every sentence that is marked in the code. The syntax tree is read, because pybabel does
    not see into f-strings on every Python.
    """
    found = Catalog(project="spillover")
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if forms := _forms(node):
                    where = [(str(path.relative_to(ROOT)), 0)]
                    found.add(forms if len(forms) > 1 else forms[0], locations=where)
    return found


def _forms(node: ast.AST) -> tuple[str, ...]:
    if not isinstance(node, ast.Call):
        return ()
    most = MARKERS.get(getattr(node.func, "id", ""), 0)
    texts = [arg.value for arg in node.args[:most] if isinstance(arg, ast.Constant)]
    return tuple(texts) if len(texts) == most else ()


def catalogues() -> list[Path]:
    return sorted(LOCALES.glob("*/LC_MESSAGES/spillover.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def updated(path: Path) -> Catalog:
    """The catalogue with exactly the sentences of the code; translations stay."""
    catalogue = read(path) if path.exists() else Catalog(path.parts[-3], project="spillover")
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    for message in catalogue:
        message.flags.discard("python-format")  # '1 % of' is no format
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    return [
        str(message.id)
        for message in catalogue
        if message.id
        and (message.fuzzy or not all(_strings(message.string)))
    ]  # fmt: skip


def _strings(string: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ("",))


def compiled(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main(new: str = "") -> None:
    paths = catalogues()
    if new and LOCALES / new not in {path.parents[1] for path in paths}:
        paths.append(LOCALES / new / "LC_MESSAGES" / "spillover.po")
    for path in paths:
        catalogue = updated(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False, sort_by_file=True)
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
        missing = untranslated(catalogue)
        print(f"{path.parts[-3]}: {len(catalogue) - len(missing)} of {len(catalogue)} translated")
        for text in missing:
            print(f"  {text}")


if __name__ == "__main__":
    main(*sys.argv[1:])
