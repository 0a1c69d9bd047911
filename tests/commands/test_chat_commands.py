"""What a chat sets: dialogues through parser, rights, handler and store."""

import json

import pytest

from bot.render.text import text
from commands import COMMANDS
from commands.registry import Access
from storage.alerts import alerts_of
from storage.chats import chat_of
from storage.digests import digest_of
from storage.watches import watched

A = "telegram:1"
DIALOGUE = (
    "/settings", "/settings timezone berlin", "/settings timezone berln", "/settings quiet 22-7",
    "/settings quiet lala", "/settings kinds heat", "/settings events silent", "/settings who",
    "/settings who everybody", "/settings theme light", "/settings language xx",
    "/settings colour", "/digest", "/digest 8:30 weekdays", "/digest 25:00", "/digest 8:00 foo",
    "/digest off", "/watch", "/watch add eth", "/watch add S&P 500", "/watch add ethreum",
    "/watch list", "/watch remove eth", "/watch remove eth", "/watch add",
    "/alert altseason above 60", "/alert btc below 50k once silent for 30d", "/alert mrs above -5",
    "/alert mrs sideways 3", "/alert btc above 100 for foo", "/alert btc above 100 loud",
    "/alert btc above lots", "/alerts", "/alerts pause 1", "/alerts resume 1", "/alerts test 2",
    "/alerts edit 1", "/alerts edit 1 65", "/alerts delete 9", "/alerts delete 2", "/checklist",
    "/note regulation yes ok", "/note regulation yes act signed, congress.gov",
    "/note weather yes sunny", "/checklist", "/privacy", "/export chat", "/forget", "/forget maybe",
    "/forget yes", "/forget", "/export chat",
)  # fmt: skip


def shown(reply):
    parts = [text(reply)]
    parts += [f"  [{button.label}] {button.command}" for button in reply.buttons]
    for menu in reply.menus:
        parts.append(f"  {{{menu.placeholder}}} " + ", ".join(c.command for c in menu.choices))
    parts += [f"  <{form.label}> {form.example}" for form in reply.forms]
    if reply.document:
        parts.append(f"  file {reply.document.name}")
    return "\n".join(parts)


def test_a_long_dialogue(talk, snapshot):
    found = [f"> {line}\n{shown(talk(line))}" for line in DIALOGUE]
    assert "\n\n".join(found) == snapshot


def test_bad_input_changes_nothing_and_offers_lines_that_work(talk):
    for line in DIALOGUE:
        with talk.store.reading() as db:
            before = (
                chat_of(db, A),
                digest_of(db, chat=A),
                watched(db, chat=A),
                alerts_of(db, chat=A),
            )
        reply = talk(line)
        if reply.failed:
            with talk.store.reading() as db:
                assert before == (
                    chat_of(db, A), digest_of(db, chat=A), watched(db, chat=A),
                    alerts_of(db, chat=A),
                )  # fmt: skip
            for button in reply.buttons:
                assert not talk(button.command).failed, button.command


async def no():
    return False


async def yes():
    return True


CHANGES = (
    "/watch add ETH", "/alert mrs above 1", "/digest on", "/settings theme light", "/forget yes",
    "/note regulation yes a law was signed", "/export chat",
)  # fmt: skip


@pytest.mark.parametrize("line", CHANGES)
def test_what_changes_a_group_is_for_its_admins(talk, line):
    refused = talk(line, is_admin=no, private=False)
    assert refused.failed
    assert refused.headline == "Only admins of this chat can do that."
    assert not talk(line, is_admin=yes, private=False).failed


@pytest.mark.parametrize("line", CHANGES)
def test_an_admin_can_open_some_of_it_to_all(talk, line):
    talk("/settings who everybody", is_admin=yes, private=False)
    kept = line.startswith(("/settings", "/forget", "/export"))
    assert talk(line, is_admin=no, private=False).failed is kept


READINGS = (
    "/watch", "/watch list", "/digest", "/digest now", "/alerts", "/settings", "/settings who",
    "/checklist", "/export",
)  # fmt: skip


@pytest.mark.parametrize("line", READINGS)
def test_reading_is_for_everybody_and_asks_the_platform_nothing(talk, line):
    async def must_not():
        raise AssertionError("the platform was asked")

    assert not talk(line, is_admin=must_not, private=False).failed


def test_every_command_that_changes_something_is_guarded():
    guarded = {c.name for c in COMMANDS if c.access is not Access.EVERYBODY}
    assert guarded == {
        "watch", "alert", "alerts", "digest", "settings", "stop", "note", "forget", "export",
    }  # fmt: skip


def test_settings_belong_to_their_chat(talk):
    talk("/settings timezone Asia/Tokyo")
    assert "UTC" in text(talk("/settings", chat="telegram:2"))
    assert "Asia/Tokyo" in text(talk("/settings"))


def test_a_new_zone_moves_the_digest(talk):
    talk("/digest 08:00")
    talk("/settings timezone Asia/Tokyo")
    with talk.store.reading() as db:
        assert digest_of(db, chat=A).due_at.hour == 23


def test_a_digest_wanted_in_a_topic_goes_there(talk):
    talk("/digest 08:00", thread="77")
    with talk.store.reading() as db:
        assert chat_of(db, A).thread == "77"
    talk("/settings topic main", thread="77")
    for line in ("/digest 09:00", "/digest off", "/digest on"):
        talk(line, thread="77")
        with talk.store.reading() as db:
            assert not chat_of(db, A).thread  # the main chat was chosen


def test_the_main_chat_chosen_before_the_first_digest_stays_chosen(talk):
    talk("/settings topic main", thread="77")
    talk("/digest 08:00", thread="77")
    with talk.store.reading() as db:
        assert not chat_of(db, A).thread


def test_another_time_typed_in_a_topic_does_not_move_the_digest_there(talk):
    talk("/digest 08:00")
    talk("/digest 09:00", thread="77")
    with talk.store.reading() as db:
        assert chat_of(db, A).thread is None
    talk("/settings topic here", thread="77")
    with talk.store.reading() as db:
        assert chat_of(db, A).thread == "77"


def test_pictures_follow_the_theme_of_the_chat(talk):
    talk("/settings theme light")
    assert talk("/rotation").chart.theme == "light"
    assert talk("/rotation", chat="telegram:2").chart.theme == ""


def test_the_export_of_a_chat_is_its_own(talk):
    talk("/watch add ETH")
    talk("/watch add IWM", chat="telegram:2")
    held = json.loads(talk("/export chat").document.data)
    assert [row["asset"] for row in held["watches"]] == ["coin:ethereum"]
    assert {row["chat"] for rows in held.values() for row in rows} == {A}


def test_the_export_of_the_timeline_is_the_whole_of_it(talk, sample):
    import io
    import zipfile

    import pandas as pd

    for line, read in (("/export csv", pd.read_csv), ("/export json", pd.read_json)):
        archive = zipfile.ZipFile(io.BytesIO(talk(line).document.data))
        (name,) = archive.namelist()
        frame = read(io.BytesIO(archive.read(name)))
        assert len(frame) == len(sample.timeline.days)
        assert list(frame.columns) == list(sample.timeline.frame().columns)


def test_what_people_type_into_a_note_is_only_text(talk):
    talk("/note regulation no <b>%s{0}{} [x](y) `z` @everyone")
    assert "<b>%s{0}{} [x](y) `z` @everyone" in text(talk("/checklist"))


def test_without_a_store_changes_are_refused_kindly(say, sample):
    for line in CHANGES:
        reply = say(sample, line)
        assert reply.failed
        assert "there is no store" in reply.headline
    assert not say(sample, "/checklist").failed


def test_a_store_that_cannot_be_written_says_so_and_keeps_what_was(talk, monkeypatch):
    from storage.errors import StoreError

    def full(_work):
        raise StoreError("the disk is full")

    talk("/watch add ETH")
    monkeypatch.setattr(talk.store, "write", full)
    reply = talk("/watch add IWM")
    assert reply.failed
    assert "nothing has changed" in reply.headline
    assert "ETH" in text(talk("/watch list"))


def quoted(talk, **prices):
    """The same market with latest prices."""
    from dataclasses import replace

    from rotation.inputs import Quote

    quotes = {
        f"coin:{id}": Quote(f"coin:{id}", id.title(), price, talk.moment, symbol=id.upper()[:4])
        for id, price in prices.items()
    }
    talk.snapshot = replace(talk.snapshot, quotes=quotes)


def test_a_threshold_of_a_price_begins_where_the_latest_price_stands(talk):
    close = talk.snapshot.timeline.metrics["btc_close"].value[-1]
    quoted(talk, bitcoin=close - 2_000.0)
    reply = talk(f"/alert btc above {close - 1_000:.0f}")
    assert "live 12:00 UTC" in reply.reason
    with talk.store.reading() as db:
        assert alerts_of(db, chat=A)[0].state.armed  # the close stands beyond it, the price not


def test_a_coin_that_has_no_price_any_more_can_still_be_removed(talk):
    quoted(talk, dogwifhat=1.5, bitcoin=6e4)
    assert not talk("/watch add dogwifhat").failed
    quoted(talk, bitcoin=6e4)
    assert not talk("/watch remove dogwifhat").failed
    with talk.store.reading() as db:
        assert watched(db, chat=A) == []


def test_an_edited_threshold_keeps_its_number_and_its_margin_and_runs(talk):
    talk("/alert altseason above 60 margin 7 readings 3")
    talk("/alerts pause 1")
    talk("/alerts edit 1 65")
    with talk.store.reading() as db:
        (alert,) = alerts_of(db, chat=A)
    assert (alert.id, alert.rule.level, alert.rule.margin, alert.rule.persistence) == (1, 65, 7, 3)
    assert alert.paused == ""


def test_one_that_had_expired_runs_on_without_an_end_when_it_is_resumed(talk):
    import datetime as dt

    talk("/alert altseason above 60 for 1d")
    talk.moment += dt.timedelta(days=3)
    assert not talk("/alerts resume 1").failed
    with talk.store.reading() as db:
        assert alerts_of(db, chat=A)[0].expires is None


def test_numbers_of_thresholds_are_never_used_again(talk):
    talk("/alert altseason above 60")
    talk("/alerts delete 1")
    assert talk("/alert mrs above 1", chat="telegram:2").headline.startswith("Threshold 2:")


def test_fifty_thresholds_are_shown_page_by_page(talk):
    for n in range(50):
        talk(f"/alert altseason above {n}")
    assert talk("/alert altseason above 99").failed
    seen = []
    for page in range(1, 6):
        reply = talk(f"/alerts list {page}")
        seen += [choice.command for choice in reply.menus[0].choices]
        assert len(text(reply)) <= 900
    assert len(set(seen)) == 50
    assert talk("/alerts list 6").failed


@pytest.mark.parametrize("line", ["/digest 08:00 ,", "/alert btc above 1 for 9999y",
                                  "/alert mrs above 0 cooldown 9999h"])  # fmt: skip
def test_odd_input_is_no_incident(talk, line):
    assert "ncident" not in talk(line).headline


def test_a_link_reads_at_once_and_changes_nothing_without_a_tap(talk):
    from bot.render.telegram import spoken
    from commands import REGISTRY

    def opened(payload):
        return spoken(f"/start {payload}", "spillover_bot", REGISTRY, direct=True)

    assert opened("rotation") == "/rotation"
    assert opened("chart_mrs_2y") == "/chart mrs 2y"
    talk("/watch add ETH")
    for payload in ("forget_yes", "settings_who_everybody", "watch_add_IWM", "digest_off"):
        reply = talk(opened(payload))
        line = "/" + payload.replace("_", " ")
        assert line in reply.headline
        assert reply.buttons[0].command == line
    with talk.store.reading() as db:
        assert watched(db, chat=A) == ["coin:ethereum"]
        assert chat_of(db, A).who == "admins"


def muted(talk):
    with talk.store.reading() as db:
        return sorted(chat_of(db, A).muted)


def test_taps_on_kinds_of_events_that_come_at_once_all_count(talk):
    import asyncio

    from bot.desk import Desk
    from commands.dispatch import request_of

    async def tapped():
        desk = Desk(talk.snapshot, store=talk.store)
        await desk.answer(request_of("/settings", chat=A))
        taps = (f"/settings kinds {kind} off" for kind in ("phase", "rung", "window"))
        await asyncio.gather(*(desk.answer(request_of(line, chat=A)) for line in taps))
        desk.close()

    asyncio.run(tapped())
    assert muted(talk) == ["phase", "rung", "window"]


def test_a_tap_on_a_kind_of_event_that_comes_twice_does_the_same_twice(talk):
    (tap,) = (b for b in talk("/settings kinds").buttons if b.label == "✓ phases")
    talk(tap.command)
    talk(tap.command)
    assert muted(talk) == ["phase"]
    (back,) = (b for b in talk("/settings kinds").buttons if b.label == "✗ phases")
    talk(back.command)
    talk(back.command)
    assert muted(talk) == []


def test_a_kind_of_event_typed_alone_wants_to_be_heard(talk):
    reply = talk("/settings kinds Phases")
    assert [button.command for button in reply.buttons] == ["/settings kinds phase off"]
    assert muted(talk) == []
    talk("/settings kinds phases off")
    talk("/settings kinds phase")
    assert muted(talk) == []
    assert talk("/settings kinds off").failed
    assert talk("/settings kinds weather off").failed


NINES = "9" * 400


@pytest.mark.parametrize(
    "line",
    [f"/alert btc above {NINES}", f"/alert btc above 1 margin {NINES}", f"/alerts list {NINES}",
     f"/alerts delete {NINES}", "/alert btc above 1000tn"],
)  # fmt: skip
def test_numbers_beyond_all_measure_are_refused_kindly(talk, line):
    reply = talk(line)
    assert "larger than any number here" in reply.headline
    if line.startswith("/alert "):
        assert not talk(reply.buttons[0].command).failed


@pytest.mark.parametrize(
    ("typed", "readings"),
    [("0,5", ["0.5", "5"]), ("-1,25", ["-1.25", "-125"]), ("12,3456k", ["12.3456k", "123456k"])],
)
def test_a_comma_that_could_be_either_is_asked_back(talk, typed, readings):
    reply = talk(f"/alert mrs above {typed}")
    assert reply.failed
    assert [b.command for b in reply.buttons] == [f"/alert mrs above {x}" for x in readings]
    for button in reply.buttons:
        assert not talk(button.command).failed


@pytest.mark.parametrize(
    ("typed", "level"),
    [("50,000", 50_000), ("1,234,567.5", 1_234_567.5), ("5000.5", 5000.5), ("10'000", 10_000)],
)
def test_a_comma_between_groups_of_three_is_none_of_decimals(talk, typed, level):
    talk(f"/alert btc above {typed}")
    with talk.store.reading() as db:
        assert alerts_of(db, chat=A)[0].rule.level == level


@pytest.mark.parametrize("typed", ["12,34,5", "1,2345,678", "1_2'3", "1,000,00"])
def test_commas_anywhere_else_are_no_number(talk, typed):
    assert "is no number" in talk(f"/alert btc above {typed}").headline


@pytest.mark.parametrize(
    ("line", "minute", "days"),
    [("/digest 7 pm", 19 * 60, 127), ("/digest 7 pm weekdays", 19 * 60, 31),
     ("/digest 8:30 AM mon, wed", 8 * 60 + 30, 5), ("/digest 12 am", 0, 127),
     ("/digest 7pm weekdays", 19 * 60, 31), ("/digest monday 9am", 9 * 60, 1),
     ("/digest every Tuesday at 9 am", 9 * 60, 2),
     ("/digest every day at 18:30", 18 * 60 + 30, 127), ("/digest at 9", 9 * 60, 127),
     ("/digest sat, sun 10:00", 10 * 60, 96)],
)  # fmt: skip
def test_time_and_days_in_any_order(talk, line, minute, days):
    assert not talk(line).failed
    with talk.store.reading() as db:
        found = digest_of(db, chat=A)
    assert (found.minute, found.days) == (minute, days)


def test_days_alone_keep_the_time(talk):
    talk("/digest 18:30")
    assert "18:30" in talk("/digest weekdays").headline
    with talk.store.reading() as db:
        assert (digest_of(db, chat=A).minute, digest_of(db, chat=A).days) == (18 * 60 + 30, 31)
    assert talk("/digest someday").failed


@pytest.mark.parametrize(
    "line", ["/digest 19 pm", "/digest on pm", "/digest 7pm pm", "/digest 7 x"]
)
def test_a_half_of_the_day_that_does_not_fit_is_refused_kindly(talk, line):
    reply = talk(line)
    assert reply.failed
    assert not talk(reply.buttons[-1].command).failed
