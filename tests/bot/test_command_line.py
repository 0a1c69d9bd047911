"""The real process: what a person at a terminal sees."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

SPILLOVER = [sys.executable, "-m", "bot"]
ROOT = Path(__file__).resolve().parents[2]


def run(*args, env=None, **more):
    return subprocess.run(
        [*SPILLOVER, *map(str, args)], capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**os.environ, **(env or {})}, check=False, **more,
    )  # fmt: skip


def test_demo_without_a_terminal_prints_two_answers_and_ends(tmp_path):
    done = run("demo", stdin=subprocess.DEVNULL, env={"TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert "> /rotation" in done.stdout
    assert "> /russell" in done.stdout
    assert done.stdout.count("SAMPLE DATA") == 2
    pictures = [line.split(": ", 1)[1] for line in done.stdout.splitlines() if "Picture:" in line]
    assert len(pictures) == 2
    for picture in pictures:
        assert Path(picture).read_bytes().startswith(b"\x89PNG")
    assert not done.stderr


def test_demo_needs_no_network(tmp_path):
    """The same in a process in which every socket to outside fails."""
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = no; socket.getaddrinfo = no\n"
        "sys.argv = ['spillover', 'demo']\n"
        "from bot.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120,
        stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "SAMPLE DATA" in done.stdout


def test_a_chat_in_a_terminal(tmp_path):
    """Type a command, tap a button by its number, leave."""
    main, side = pty.openpty()
    env = {**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "120", "TERM": "xterm"}
    with subprocess.Popen(
        [*SPILLOVER, "console"], stdin=side, stdout=side, stderr=side, cwd=ROOT, env=env
    ) as process:
        os.close(side)
        seen = ""
        for waits_for, typed in [("spillover>", "/rusell\n"), ("spillover>", "1\n"),
                                 ("spillover>", "exit\n")]:  # fmt: skip
            seen += _read_until(main, waits_for)
            os.write(main, typed.encode())
        seen += _read_until(main, None)
        assert process.wait(timeout=60) == 0
    assert "There is no command" in seen
    assert "[1] /russell" in seen
    assert "Record of confirmed breakouts" in seen
    assert "Picture:" in seen


def _read_until(terminal, text):
    seen = ""
    while text is None or text not in seen:
        assert select.select([terminal], [], [], 60)[0], seen
        try:
            part = os.read(terminal, 65536).decode("utf-8", "replace")
        except OSError:
            break
        if not part:
            break
        seen += part
    return seen


def test_an_answer_as_data_holds_the_row_of_the_export(market_data, tmp_path):
    day = "2025-09-26"
    asked = run("ask", "/rotation", "--json", "--data", market_data, "--as-of", day)
    answer = json.loads(asked.stdout)
    assert answer["headline"].startswith("Altseason, day 7")
    path = tmp_path / "timeline.json"
    assert (
        run("export", "--data", market_data, "--format", "json", "--output", path).returncode == 0
    )
    rows = {row["date"][:10]: row for row in json.loads(path.read_text())}
    assert answer["facts"]["date"][:10] == day
    assert answer["facts"] == rows[day]


def test_export_as_csv_has_a_row_a_day(tmp_path):
    path = tmp_path / "timeline.csv"
    done = run("export", "--output", path, "--as-of", "2020-02-29")
    assert done.returncode == 0, done.stderr
    header, *rows = path.read_text().splitlines()
    assert header.startswith("date,decided_at,phase")
    assert rows[-1].startswith("2020-02-29,2020-03-01 00:15:00+00:00,")
    assert f"{len(rows)} decisions written" in done.stderr
    assert len({row.split(",")[0] for row in rows}) == len(rows)


def test_a_picture_on_request(tmp_path):
    dark, light = tmp_path / "dark.png", tmp_path / "light.png"
    assert run("ask", "/russell", "--image", dark).returncode == 0
    assert run("ask", "/russell", "--image", light, "--theme", "light").returncode == 0
    assert dark.read_bytes() != light.read_bytes()


@pytest.mark.parametrize(
    ("args", "says", "code"),
    [
        (["ask", "/rotatoin"], "There is no command “/rotatoin”.\n  /rotation", 1),
        (["ask", "/rotation", "--data", "nowhere"], "no folder that can be read", 2),
        (["ask", "/rotation", "--as-of", "2040-01-01"], "the data reaches from", 2),
        (["ask", "/rotation", "--as-of", "someday"], "“someday” is no date. Write it as year-", 2),
        (["export", "--format", "xlsx"], "'csv', 'json'", 2),
        (["nothing"], "No such command", 2),
    ],
)
def test_bad_input_ends_in_a_sentence_not_a_traceback(args, says, code):
    done = run(*args)
    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("platform", "shown"),
    [("telegram", "── Telegram, picture with caption, "), ("discord", "── Discord, embed in #")],
)
def test_the_console_previews_a_platform(tmp_path, platform, shown):
    env = {**os.environ, "SPILLOVER_STORE": str(tmp_path / "none.db")}
    done = subprocess.run(
        [*SPILLOVER, "console", "--as", platform], input="/rotation\n2\nexit\n", cwd=tmp_path,
        env={**env, "PYTHONPATH": str(ROOT), "SPILLOVER_PICTURES": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert shown in done.stdout
    assert "[Russell 2000] [Liquidity]" in done.stdout
    assert "> /liquidity" in done.stdout
