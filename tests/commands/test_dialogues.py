"""One line in, one answer out, through parser, registry and handler, on sample data."""

import pytest

from bot.render.text import text
from commands import COMMANDS


@pytest.mark.parametrize("line", [e for command in COMMANDS for e in command.examples])
def test_every_example_is_answered_and_labelled(talk, line):
    reply = talk(line)
    assert not reply.failed, reply.headline
    plain = reply.private and not reply.chart  # settings and the like have no numbers of markets
    assert reply.sample or plain or reply.footer.startswith("No financial advice")
    assert reply.chart is None or reply.chart.sample
    if reply.sample:
        assert "SAMPLE DATA" in text(reply)


@pytest.mark.parametrize(
    ("line", "headline", "offers"),
    [
        ("/rotatoin", "There is no command “/rotatoin”.", "/rotation"),
        ("/chart mss", "“mss” is no metric.", "/chart mrs"),
        ("/chart altseson 2y", "“altseson” is no metric.", "/chart altseason_index 2y"),
        ("/chart mrs 3x", "“3x” is no period.", "/chart mrs 90d"),
        ("/chart mrs 0d", "“0d” is no period.", "/chart mrs max"),
        ("/chart mrs 2y more", "I do not know what “more” means here.", "/chart mrs 2y"),
        ("/chart", "/chart needs more: a number", "/chart mrs 2y"),
        ("/explain", "/explain needs more: what", "/explain breakout"),
        ("/explain brekout", "“brekout” is nothing that can be explained", "/explain breakout"),
        ("/rotation 2031-01-01", "has not been decided yet", "/rotation 2026-06-30"),
        ("/rotation 1970-01-01", "The data begins on", "/rotation 2007-01-03"),
        ("/rotation 30.2.2024", "“30.2.2024” is no date.", "/rotation 2024-02-29"),
        ("/help nothing", "There is no command “nothing”.", "/help"),
        ("", "There is no command “/”.", "/help"),
    ],
)
def test_bad_input_gets_a_kind_error_with_a_line_that_works(say, sample, line, headline, offers):
    reply = say(sample, line)
    assert reply.failed
    assert reply.private
    assert headline in reply.headline
    lines = [button.command for button in reply.buttons]
    assert any(offered.startswith(offers) for offered in lines), lines
    for offered in lines:
        assert not say(sample, offered).failed, offered


@pytest.mark.parametrize(
    "line",
    ["/rotation 2025-09-26", "/rotation 26.09.2025", "/rotation 26 Sep 2025",
     "/rotation 26 September 2025", "/rotation 20250926", "rotation 2025-09-26",
     "/ROTATION 2025-09-26"],
)  # fmt: skip
def test_a_date_may_be_written_in_many_ways(say, sample, line):
    assert "As of 26 Sep 2025" in say(sample, line).footer


def test_today_and_yesterday_are_the_last_decisions(say, sample):
    assert say(sample, "/rotation today") == say(sample, "/rotation")
    assert "As of 29 Jun 2026" in say(sample, "/rotation yesterday").footer


def test_named_values_and_typed_words_are_one(say, sample):
    named = say(sample, "/chart", named={"metric": "Mansfield", "period": "2 y"})
    assert named == say(sample, "/chart mrs 2y")


@pytest.mark.parametrize("locale", ["fr", "ru", "xx", "zh-hans", "../..", "", "e" * 400])
def test_a_language_without_translation_gets_english_dates_and_words(say, sample, locale):
    assert say(sample, "/rotation", locale=locale) == say(sample, "/rotation")


@pytest.mark.parametrize("line", [e for command in COMMANDS for e in command.examples])
def test_every_button_menu_and_form_leads_somewhere(talk, line):
    reply = talk(line)
    choices = [choice for menu in reply.menus for choice in menu.choices]
    for offered in (
        *(b.command for b in (*reply.buttons, *choices)),
        *(f.example for f in reply.forms),
    ):
        talk(line)  # what a button deletes is there again for the next
        assert not talk(offered).failed, offered


def test_hostile_text_is_only_text(say, sample):
    for line in (
        "/explain <b>&</b>",
        "/explain {0.__class__}",
        "/chart %s%n",
        "/x\x00y",
        "/" * 5000,
    ):
        reply = say(sample, line)
        assert reply.failed
        assert "Incident" not in reply.headline
        assert len(text(reply)) < 900


def test_a_fault_of_ours_shows_an_incident_and_no_detail(say, sample, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("commands.registry.decision", broken)
    reply = say(sample, "/rotation")
    assert reply.failed
    assert "Incident" in reply.headline
    assert "secret" not in text(reply)
    assert reply.headline.split()[-1].rstrip(".") in caplog.text


def test_everything_explained_can_be_charted_or_is_a_term(say, sample):
    from commands.explain import term_names

    for key in sorted(set(term_names().values())):
        reply = say(sample, f"/explain {key}")
        assert not reply.failed, key
        assert reply.reason or reply.lines
        assert len(text(reply)) <= 900, key


def test_every_metric_has_a_picture(say, sample):
    from rotation.catalogue import METRICS

    for metric in METRICS:
        reply = say(sample, f"/chart {metric} max")
        assert not reply.failed, metric
        assert reply.chart is not None, f"{metric} has no values in the sample market"
        assert len(text(reply)) <= 900
