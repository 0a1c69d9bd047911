"""Numbers for Prometheus, read as Prometheus does."""

import asyncio
import logging
import socket
import subprocess
import sys
import urllib.request

import pytest

from bot import metrics
from bot.adapter import Gone, Sent
from commands import REGISTRY
from commands.dispatch import request_of
from commands.reply import Reply


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def numbers(port):
    made = metrics.start(port, "127.0.0.1")
    yield made
    made.close()


def scraped(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as found:
        lines = found.read().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("spillover"))


async def reply_of(request):
    return Reply("x", failed=request.text == "bad")


def test_answers_are_counted_by_the_commands_own_name(numbers, port):
    answer = numbers.counting(reply_of, REGISTRY)
    for line in ("/rotation", "/rotation bad", "/altseason", "/nothing 4711", "/secret-of-a-chat"):
        asyncio.run(answer(request_of(line)))
    found = scraped(port)
    assert found['spillover_answers_total{command="rotation",outcome="answered"}'] == "1.0"
    assert found['spillover_answers_total{command="rotation",outcome="refused"}'] == "1.0"
    assert found['spillover_answers_total{command="crypto",outcome="answered"}'] == "1.0"
    assert found['spillover_answers_total{command="unknown",outcome="answered"}'] == "2.0"
    assert found['spillover_answer_seconds_count{command="rotation"}'] == "2.0"
    assert "secret" not in str(found)


def test_what_is_sent_and_what_waits(numbers, port, caplog):
    numbers.sent("telegram", Sent("1"))
    numbers.sent("telegram", Gone("blocked"))
    numbers.watch(ages=lambda: {"yahoo": 12.5}, queue=lambda: 3)
    found = scraped(port)
    assert found['spillover_sent_total{outcome="gone",platform="telegram"}'] == "1.0"
    assert found['spillover_source_age_seconds{source="yahoo"}'] == "12.5"
    assert found["spillover_queue"] == "3.0"
    numbers.watch(queue=lambda: 1 / 0)
    found = scraped(port)
    assert "spillover_queue" not in found
    assert found['spillover_source_age_seconds{source="yahoo"}'] == "12.5"
    assert "could not be read" in caplog.text


def test_without_a_port_nothing_is_counted_and_the_library_stays_away():
    code = (
        "import sys; from bot import metrics; n = metrics.start(None, ''); n.sent('x', None); "
        "n.watch(); n.answered('x', failed=False, seconds=1); n.close(); "
        "assert n.counting(print, None) is print; assert 'prometheus_client' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_port_that_is_taken_stops_nothing(numbers, port, caplog):
    caplog.set_level(logging.ERROR)
    other = metrics.start(port, "127.0.0.1")
    assert type(other) is metrics.Metrics
    assert f"port {port}" in caplog.text
