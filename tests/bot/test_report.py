"""The report: one file that asks nothing of any network and says what the chat says."""

import asyncio
import json
import re
import shutil
import subprocess
from html import unescape

import pytest

from bot.desk import Desk
from bot.report import NAME, SECTIONS, write_report
from commands.dispatch import request_of
from rotation.events import KINDS

pytestmark = pytest.mark.xdist_group("report")  # the page is made once
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = 390


@pytest.fixture(scope="module")
def snapshot_and_html(tmp_path_factory):
    from bot.app import snapshot

    found = snapshot()
    path = write_report(found, tmp_path_factory.mktemp("report") / "new" / "folder")
    assert path.name == NAME
    return found, path.read_text("utf-8")


@pytest.fixture(scope="module")
def html(snapshot_and_html):
    return snapshot_and_html[1]


def words(html):
    return unescape(
        re.sub(r"<[^>]+>", "\n", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    )


def test_it_says_what_the_chat_says(snapshot_and_html):
    snapshot, html = snapshot_and_html
    said = words(html)
    desk = Desk(snapshot)
    for section in SECTIONS:
        for line in section.lines:
            reply = asyncio.run(desk.answer(request_of(line)))
            assert not reply.failed, line
            for part in (reply.headline, reply.reason, *reply.lines, reply.footer):
                assert part in said, (line, part)
            for row in reply.table.rows if reply.table else ():
                assert all(cell in said for cell in row)
    desk.close()
    assert said.count("Sample data") >= len(SECTIONS)


def test_every_kind_of_event_and_every_number_is_there(snapshot_and_html):
    from rotation.catalogue import METRICS

    said = words(snapshot_and_html[1])
    assert all(metric.formula in said for metric in METRICS.values())
    assert sum(len(section.lines) for section in SECTIONS) >= 2 * len(KINDS)


def test_it_asks_nothing_of_any_network(html):
    asked = re.findall(r"""\b(?:src|href|srcset|action)=["']?([^"'\s>]+)""", html)
    assert asked
    assert all(address.startswith(("data:image/webp;base64,", "#")) for address in asked)
    assert "<script" not in html
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_it_can_be_sent_as_a_file(html):
    assert len(html) < 8_000_000


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
def test_a_browser_shows_it_with_no_complaint_and_no_request(html, tmp_path):
    done, asked = shown(html, tmp_path)
    assert "CONSOLE" not in done.stderr
    assert "Where capital stands" in done.stdout
    assert asked == []


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
def test_a_planted_request_would_be_seen(tmp_path):
    _, asked = shown('<img src="http://127.0.0.1:9/planted.png">', tmp_path)
    assert asked == ["http://127.0.0.1:9/planted.png"]


def shown(html, folder):
    """The page in a browser: what it printed, and the addresses that the page asked for."""
    path, log = folder / "r.html", folder / "net.json"
    path.write_text(html, encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
            "--v=0", f"--log-net-log={log}", f"--window-size={PHONE},900",
            f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done, sorted({*requests_in(log.read_text("utf-8"))})


def requests_in(log):
    """Addresses that pages asked for; the log has an event a line. What the browser asks for
    itself has no origin.
    """
    for line in log.splitlines():
        text = line.strip().rstrip(",")
        if text.startswith('{"params"') and '"initiator"' in text:
            params = json.loads(text)["params"]
            if params["initiator"] != "not an origin":
                yield params["url"]


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
def test_nothing_is_wider_than_a_phone(html, tmp_path):
    """The page measures itself: no element but a scrolling table reaches past the edge."""
    probe = (
        "<script>onload=()=>{const w=document.documentElement.scrollWidth;"
        "document.title='width '+w+' of '+innerWidth}</script>"
    )
    loose = html.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'")
    path = tmp_path / "p.html"
    path.write_text(loose.replace("</html>", f"{probe}</html>"), encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={PHONE},900",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000", "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    width, inner = map(int, re.findall(r"<title>width (\d+) of (\d+)</title>", done.stdout)[0])
    assert width <= inner
