"""An oracle that shared code with what it checks would prove nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ORACLES = sorted((Path(__file__).parents[1] / "oracles").glob("*.py"))
OURS = {"rotation", "feeds", "storage", "commands", "bot"}


def imported(path: Path) -> set[str]:
    """Modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found.add(node.module or "")
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "exec", "eval"}, path.name
    return found


@pytest.mark.parametrize("path", ORACLES, ids=lambda path: path.stem)
def test_an_oracle_imports_nothing_of_ours(path: Path) -> None:
    modules = imported(path)
    assert not {name.split(".")[0] for name in modules} & OURS
    ours = {name for name in modules if name.startswith("tests")}
    assert all(name.split(".")[:2] == ["tests", "oracles"] for name in ours)
    assert "importlib" not in modules


def test_there_are_oracles() -> None:
    assert len(ORACLES) >= 8


def test_an_import_would_be_seen(tmp_path: Path) -> None:
    cheat = tmp_path / "cheat.py"
    cheat.write_text("def f():\n    from rotation.measures import sma\n    return sma\n")
    assert "rotation.measures" in imported(cheat)
