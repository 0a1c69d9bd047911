"""Bad input in bulk: nothing breaks, and each line that an error offers works when it is tapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import COMMANDS, REGISTRY
from commands.dispatch import parse, request_of
from commands.registry import CommandError

TYPED = """
/alert
/alert btc
/alert btc 100k
/alert btc 100k once
/alert btc above
/alert btc above lots
/alert btc abvoe 100k
/alert btc sideways 100k
/alert btc above 100k loud
/alert btc above 100k for foo
/alert btc above 1,5
/alert btcc above 100k
/alert when btc hits 100k
/alert if altseason reaches 60
/alert btc to 100k
/alert sol above 200
/alert solana above 200
/alert nothing above 3
/alert above 60
/alert 60
/alert btc 100k above
/alert small caps
/alert net liquidity 6tn
/alert net liquidty above 6tn
/alert altseason = 60
/alert btc >
/alert > 60
/alert btc above 1e30
/alert btc above 9999999999999999
/alerts foo
/alerts delete
/alerts delete all
/alerts delete 99
/alerts delete -5
/alerts pause
/alerts pause foo
/alerts test
/alerts resume
/alerts edit
/alerts edit 1 lots
/alerts edit foo 60
/alerts edit 99 60
/alerts 99
/alerts 1 2 3 4
/alerts list 99
/alerts list foo
/settings foo
/settings foo bar
/settings evnts bar
/settings evnts on
/settings events loud
/settings timezone springfield
/settings timezone XYZ
/settings timezone UTC+2
/settings timezone GMT+1
/settings timezone +02:00
/settings timezone UTC+12:45
/settings timezone UTC+99
/settings timezone CET
/settings timezone EST
/settings timezone PST
/settings timezone Berln
/settings timezone xxxxxx
/settings language klingon
/settings quiet lala
/settings quiet 22
/settings quiet 22-22
/settings quiet 25:00-7:00
/settings kinds foo
/settings kinds
/settings who me
/settings topic elsewhere
/settings sensitivity max
/settings theme pink
/settings ruhe
/note
/note institutions
/note regulation
/note regulation yes
/note regulation yes ok
/note regulation perhaps law signed
/note weather yes sunny
/note weather
/note institutions sunny day, weather.com
/history breakout 2021
/history breakout foo
/history foo
/history 2021
/history brekout
/history breakout 99
/history breakout numbers 9
/history list 99
/history 2031-01-01
/history early warning 2021
/history rung small caps 99
/chart
/chart foo
/chart solana
/chart sol
/chart DOGE 2y
/chart foo 2y
/chart small capz
/chart small cups 5y
/chart net liquidity 5x
/chart net liquidity foo bar
/chart mrs 2y more
/chart mrs 0d
/chart 2y
/chart 2y mrs
/chart btc eth
/chart mrs 2years
/explain
/explain foo
/explain brekout
/help foo
/help /chart
/rotation foo
/rotation 2025
/rotation 2025-09
/rotation 1970
/rotation 2031
/rotation 30.2.2024
/rotation 31 Feb
/rotation next friday
/rotation 1.1.1950
/rotation september
/russell foo
/russell 2021
/russell 99 99
/liquidity foo
/crypto foo
/altseason above 60
/checklist foo
/export xml
/export foo bar
/forget maybe
/digest foo
/digest 25:00
/digest 8:00 foo
/digest noww
/digest 8:00 someday
/digest 13 pm
/digest on foo
/digest now foo
/watch foo
/watch eth
/watch add
/watch add foo
/watch add ethreum
/watch add btc, foo
/watch add one
/watch ad eth
/watch ad foo
/watch remove
/watch remove foo
/watch delete
/watch list foo
/status foo
/start foo
/record foo
/record 99
/privacy foo
/rotatoin
/rusell 2025-09-26
/what
/x
/qqqq
/
altseason above 60
altseason > 60
btc below 50k
sol above 200
hello
what is the price of bitcoin?
should i buy now
?
wie steht der markt?
hilfe
rotatoin
rusell
🙂
fed
"""
LINES = [line for line in TYPED.splitlines() if line]


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("line", LINES)
def test_what_an_error_offers_works_when_it_is_tapped(talk, line, locale):
    def prepared():
        for known in ("/alert altseason above 60", "/alert mrs above 1", "/watch add eth"):
            talk(known)

    prepared()
    reply = talk(line, locale=locale)
    assert "ncident" not in reply.headline
    if not reply.failed:
        return
    for button in reply.buttons:
        assert button.command.startswith("/"), button
        answer = talk(button.command, locale=locale)
        assert not answer.failed, f"{line} → {button.command}: {answer.headline}"
        prepared()


def test_every_error_offers_something(talk):
    for line in LINES:
        reply = talk(line)
        assert reply.buttons or not reply.failed, line


WORDS = sorted({word for line in LINES for word in line.split() if word[0] != "/"})


def error_of(line, snapshot):
    request = request_of(line)
    try:
        parse(REGISTRY.find(request.command), request, snapshot)
    except CommandError as error:
        return error
    return None


@given(
    st.sampled_from(COMMANDS), st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=5)
)
def test_whatever_words_follow_a_command_what_is_offered_is_understood(sample, command, words):
    error = error_of(" ".join([f"/{command.name}", *words]), sample)
    if error is not None:
        assert error.buttons
        for button in error.buttons:
            assert error_of(button.command, sample) is None, button.command
