"""What holds for the whole tree."""

import ast
import re
from pathlib import Path

import pytest

from commands import COMMANDS
from tests.invariants import FORBIDDEN

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("rotation", "feeds", "storage", "commands", "bot")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MARKERS = {"_", "N_", "plural"}


def strings(tree):
    return [
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]


def templates():
    """Every sentence for users: what is marked for translation."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS:
                yield from ((path.name, text) for arg in node.args for text in strings(arg))


def test_there_are_templates_to_check():
    assert len(list(templates())) > 200


def test_no_template_promises_or_advises():
    pattern = re.compile(rf"\b({'|'.join(FORBIDDEN)})\b", re.IGNORECASE)
    found = [(name, text) for name, text in templates() if pattern.search(text)]
    assert not found


def test_no_template_is_empty():
    assert not [name for name, text in templates() if not text]


def test_an_adapter_names_no_command():
    names = {name for command in COMMANDS for name in (command.name, *command.aliases)}
    for path in ROOT.glob("bot/*_adapter.py"):
        spoken = {text.strip("/ ") for text in strings(ast.parse(path.read_text("utf-8")))}
        assert not spoken & names, path.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_function_fits_a_screen_and_a_module_a_few(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40, f"{node.name}: {length} lines"


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in COMMANDS:
        assert f"`/{command.name}" in readme, command.name


def test_every_setting_is_in_the_example_file():
    from bot.settings import Settings

    shown = (ROOT / ".env.example").read_text("utf-8")
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    listed = {line.split("=")[0] for line in shown.splitlines() if line and line[0] != "#"}
    assert names == listed


def test_every_column_of_the_export_is_explained(sample):
    listed = (ROOT / "docs" / "export.md").read_text("utf-8")
    missing = [c for c in sample.timeline.frame().columns if f"`{c}`" not in listed]
    assert not missing


def test_the_first_layers_start_without_heavy_libraries():
    """The command line answers --help without loading pandas."""
    import subprocess
    import sys

    code = (
        "import sys, bot.__main__; print([m for m in ('pandas', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
