"""What is said unasked, from new decisions to messages, with a store and a clock that is turned."""

import asyncio
import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from bot.adapter import Retry
from bot.app import snapshot
from bot.render.text import text
from commands.dispatch import request_of
from rotation.inputs import BTC, Quote
from rotation.record import FrozenCall
from rotation.threshold import Threshold, Watched
from storage.alerts import Alert, add_alert, alerts_of, delete_alert
from storage.calls import broken, frozen
from storage.chats import settle
from storage.deliveries import BROADCAST, Message, outcomes, post
from storage.digests import digest_of, missed_digests, subscribe, unsubscribe
from storage.live import go_live, told_of
from tests.bot.posting import Clock, office

DAY = dt.timedelta(days=1)
CONFIRMED = dt.date(2025, 9, 24)
A, B = "telegram:1", "telegram:2"


@cache
def on(day):
    """The sample as it was decided for a day."""
    return snapshot(as_of=day)


def after(day):
    """When the decision for a day has just been taken."""
    return dt.datetime.combine(day, dt.time(0, 16)) + DAY


@pytest.fixture
def here(tmp_path):
    """A live store that has told of everything up to the day before the confirmation."""
    before = CONFIRMED - DAY
    with office(tmp_path / "x.db", on(before), clock=Clock(after(before))) as opened:
        opened.write(lambda db: go_live(db, opened.clock() - 30 * DAY))
        asyncio.run(opened.decided(on(before)))
        assert opened.read(told_of) == before
        yield opened


def wants(here, chat, **settings):
    here.write(lambda db: settle(db, chat, here.clock(), **settings))


def decide(here, day):
    here.clock.moment = after(day)
    asyncio.run(here.decided(on(day)))


def posts(here):
    return here.platforms[0].posts


def alert(here, chat, metric, level, *, above=True, **more):
    rule = Threshold(metric, above, level, 2.0, more.pop("persistence", 1))
    wanted = Alert(0, chat, rule, Watched(armed=True), **more)
    return here.write(lambda db: add_alert(db, alert=wanted, now=here.clock()))


def test_a_confirmed_breakout_is_told_once_with_its_record_and_the_hash_of_its_calls(here):
    wants(here, A, events="on")
    wants(here, B, events="off")
    decide(here, CONFIRMED)
    (post,) = posts(here)
    assert post.place.chat == A
    assert post.reply.headline.startswith("Breakout confirmed: three closes of the Russell 2000")
    assert "BTC higher 90 days on in" in post.reply.reason
    assert "any day" in post.reply.reason
    calls = here.read(frozen)
    assert [call.question for call in calls] == [
        "breakout-btc",
        "breakout-eth-btc",
        "breakout-season",
    ]
    assert all(call.short in post.words and not call.replay for call in calls)
    assert here.read(broken) == []
    decide(here, CONFIRMED)  # the same decision computed again
    assert len(posts(here)) == 1


def test_a_restart_between_two_looks_tells_nothing_twice(here, tmp_path):
    wants(here, A, events="on")
    decide(here, CONFIRMED)
    here.close()
    with office(tmp_path / "x.db", on(CONFIRMED), clock=here.clock) as again:
        asyncio.run(again.decided(on(CONFIRMED)))
        assert posts(again) == []


def test_decisions_missed_while_the_process_was_down_are_told_with_their_days(here):
    wants(here, A, events="on")
    decide(here, CONFIRMED + 3 * DAY)
    (post,) = posts(here)
    assert "24 Sep: Breakout confirmed" in post.words
    calls = here.read(frozen)
    assert calls
    assert all(call.replay for call in calls)  # too late to count as live
    assert not any(call.short in post.words for call in calls)


def test_a_store_that_is_not_live_tells_nothing(tmp_path):
    with office(tmp_path / "y.db", on(CONFIRMED)) as fresh:
        wants(fresh, A, events="on")
        asyncio.run(fresh.decided(on(CONFIRMED)))
        assert posts(fresh) == []
        assert fresh.read(told_of) is None


def test_muted_kinds_are_not_told_and_silent_is_silent(here):
    wants(here, A, events="on", muted=frozenset({"breakout"}))
    wants(here, B, events="silent")
    decide(here, CONFIRMED)
    told = {post.place.chat: post for post in posts(here)}
    assert "Breakout" not in told[A].words if A in told else True
    assert told[B].silent


def test_storm_one_message_a_chat_however_many_events_and_thresholds(here):
    """1,000 chats hear of events, and each has a threshold of every kind that fires."""
    names = [f"telegram:{n}" for n in range(1_000)]

    def prepare(db):
        for name in names:
            settle(db, name, here.clock(), events="on")
            for metric in ("mrs", "rut_close", "btc_close"):
                rule = Threshold(metric, True, -1e9, 0.0, 1)
                one = Alert(0, name, rule, Watched(armed=True))
                add_alert(db, alert=one, now=here.clock())

    here.write(prepare)
    decide(here, CONFIRMED)
    assert sorted(post.place.chat for post in posts(here)) == sorted(names)
    words = posts(here)[0].words
    assert words.count("Threshold") == 3
    assert "Breakout confirmed" in words
    decide(here, CONFIRMED + DAY)
    assert not any("Threshold" in post.words for post in posts(here)[1_000:])


def test_a_threshold_fires_at_a_decision_and_not_again_until_it_came_back(here):
    value = here.desk.current.timeline.metrics["btc_close"].value[-1]
    alert(here, A, "btc_close", float(value) - 1e6, persistence=2)
    for n in range(6):
        decide(here, CONFIRMED + n * DAY)
    assert [post.words.count("Threshold 1: Bitcoin") for post in posts(here)] == [1]


def test_a_threshold_of_a_price_looks_at_the_latest_prices_too(here):
    level = 1e6
    alert(here, A, "btc_close", level)
    for minute, price in ((5, 0.9e6), (35, 1.1e6), (65, 1.2e6)):
        here.clock.turn(minutes=30)
        at = after(CONFIRMED - DAY) + dt.timedelta(minutes=minute)
        quote = Quote(BTC, "Bitcoin", price, at, symbol="BTC")
        asyncio.run(here.decided(replace(here.desk.current, quotes={BTC: quote})))
    (post,) = posts(here)
    assert "Bitcoin 1.10" in post.words


def test_one_that_is_wanted_once_pauses_itself_and_one_that_has_expired_too(here):
    alert(here, A, "btc_close", -1e9, once=True)
    alert(here, A, "eth_close", -1e9, expires=here.clock() + dt.timedelta(hours=1))
    decide(here, CONFIRMED)
    assert [a.paused for a in here.read(lambda db: alerts_of(db, chat=A))] == ["fired", "expired"]
    assert len(posts(here)) == 1


def test_quiet_hours_hold_a_message_back_and_gather_what_comes_meanwhile(here):
    wants(here, A, events="on", quiet=(22 * 60, 7 * 60), timezone="Europe/Berlin")
    decide(here, CONFIRMED)  # 00:16 UTC is 02:16 in Berlin
    alert(here, A, "btc_close", -1e9)
    here.clock.turn(hours=1)
    quote = Quote(BTC, "Bitcoin", 5e4, here.clock(), symbol="BTC")
    asyncio.run(here.decided(replace(here.desk.current, quotes={BTC: quote})))
    assert posts(here) == []
    here.clock.moment = dt.datetime(2025, 9, 25, 5, 0)
    asyncio.run(here.settle())
    (post,) = posts(here)
    assert "Breakout confirmed" in post.words
    assert "Threshold 1" in post.words


def test_flapping_one_alert_then_silence_until_rearmed_also_across_restarts(tmp_path):
    path, clock = tmp_path / "x.db", Clock(after(CONFIRMED))
    told = []
    prices = [61, 59.5, 61, 59.5, 61, 62, 59, 61, 62, 61, 57, 61, 62]
    with office(path, on(CONFIRMED), clock=clock) as here:
        here.write(lambda db: go_live(db, clock() - 30 * DAY))
        asyncio.run(here.decided(on(CONFIRMED)))
        alert(here, A, "btc_close", 60.0, persistence=2)
    for n, price in enumerate(prices):
        with office(path, on(CONFIRMED), clock=clock) as here:
            clock.turn(hours=25)
            quote = Quote(BTC, "Bitcoin", float(price), clock(), symbol="BTC")
            for _ in range(2):  # the same price is looked at again
                asyncio.run(here.decided(replace(on(CONFIRMED), quotes={BTC: quote})))
            told += [n] * len(posts(here))
    assert told == [5, 12]


def test_the_digest_is_what_rotation_answers_at_that_moment_and_its_own_parts(here):
    def prepare(db):
        settle(db, A, here.clock(), timezone="Asia/Tokyo")
        subscribe(db, chat=A, now=here.clock(), minute=10 * 60)

    here.clock.turn(hours=20)
    here.write(prepare)
    here.clock.moment = dt.datetime(2025, 9, 25, 1, 0)  # 10:00 in Tokyo
    here.desk.current = on(CONFIRMED)
    asyncio.run(here.settle())
    (post,) = posts(here)
    asked = asyncio.run(here.desk.answer(request_of("/rotation", chat=A)))
    assert_is_rotation_and_more(post.reply, asked)
    assert "No financial advice" in post.reply.footer


def assert_is_rotation_and_more(reply, asked):
    assert (reply.headline, reply.reason, reply.chart) == (
        asked.headline,
        asked.reason,
        asked.chart,
    )
    assert reply.lines[: len(asked.lines)] == asked.lines
    assert reply.footer.startswith(asked.footer)


def test_a_decision_between_claim_and_send_is_in_the_digest(here):
    here.clock.turn(hours=20)
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=17))  # 00:17 UTC
    here.clock.moment = after(CONFIRMED) + dt.timedelta(minutes=2)
    assert here.post.herald.post_due() == 1  # claimed while the old decision stood
    here.desk.current = on(CONFIRMED)
    asyncio.run(here.settle())
    (post,) = posts(here)
    asked = asyncio.run(here.desk.answer(request_of("/rotation", chat=A)))
    assert_is_rotation_and_more(post.reply, asked)


def test_the_second_digest_tells_what_has_changed_since_the_first(here):
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=8 * 60))
    for day in (CONFIRMED - DAY, CONFIRMED, CONFIRMED + DAY):
        here.desk.current = on(day)
        here.clock.moment = dt.datetime.combine(day + DAY, dt.time(8, 1))
        asyncio.run(here.settle())
    first, second, third = posts(here)
    assert "Since 2" not in first.words
    assert "Since 23 Sep: Breakout confirmed" in second.words
    assert "ince 24 Sep" in third.words


def test_a_digest_that_was_missed_by_hours_is_sent_late_and_by_more_is_skipped_and_noted(here):
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=8 * 60))
    here.desk.current = on(CONFIRMED)
    here.clock.moment = dt.datetime(2025, 9, 24, 13, 0)  # five hours late
    asyncio.run(here.settle())
    here.clock.moment = dt.datetime(2025, 9, 25, 15, 0)  # seven
    asyncio.run(here.settle())
    here.clock.moment = dt.datetime(2025, 9, 26, 8, 0)
    asyncio.run(here.settle())
    late, next_one = posts(here)
    assert "This digest is late: it was due at 08:00." in late.words
    assert "A digest was missed, that of 25 Sep 2025" in next_one.words
    found = here.read(lambda db: outcomes(db, dt.datetime(2000, 1, 1)))
    assert found[("telegram", "digest", "skipped")] == 1


def test_a_digest_with_watch_list_reads_well(here, snapshot):
    from storage.watches import watch

    def prepare(db):
        settle(db, A, here.clock(), last_digest=CONFIRMED - 8 * DAY, sensitivity="high")
        for asset in ("coin:ethereum", "IWM", "coin:solana"):
            watch(db, chat=A, asset=asset, now=here.clock())
        subscribe(db, chat=A, now=here.clock(), minute=8 * 60)

    here.clock.turn(hours=20)
    here.write(prepare)
    here.desk.current = on(CONFIRMED)
    here.clock.moment = dt.datetime(2025, 9, 25, 8, 0)
    asyncio.run(here.settle())
    assert text(posts(here)[0].reply) == snapshot


def test_news_reads_well(here, snapshot):
    wants(here, A, events="on")
    decide(here, CONFIRMED)
    assert text(posts(here)[0].reply) == snapshot


def test_a_frozen_call_is_the_same_after_its_way_through_the_store(here):
    decide(here, CONFIRMED)
    for call in here.read(frozen):
        assert FrozenCall.from_json(call.to_json()) == call


def test_a_threshold_is_never_left_out_for_the_many_events_beside_it(here):
    wants(here, A, events="on", sensitivity="high")
    alert(here, A, "btc_close", -1e9)
    decide(here, CONFIRMED + 6 * DAY)  # a week of events at once
    (post,) = posts(here)
    assert "Threshold 1: Bitcoin" in post.words


def test_what_crossed_days_ago_says_when(here):
    alert(here, A, "btc_close", -1e9)
    decide(here, CONFIRMED + 3 * DAY)
    (post,) = posts(here)
    assert "(24 Sep)" in post.words


def test_a_breakout_after_a_short_base_says_so_and_has_no_record(real_timeline_day):
    from commands.changes import record_of, sentence_of
    from rotation.changes import EventKind, events

    timeline, snapshot_of = real_timeline_day
    found = [
        event
        for n in range(4_000)
        for event in events(timeline, timeline.last - n * DAY, sensitive=True)
        if event.kind is EventKind.BREAKOUT and event.short
    ]
    assert found
    assert "is not in the record" in sentence_of(found[0], timeline.last)
    assert record_of(found[0], snapshot_of) == ""


@pytest.fixture
def real_timeline_day():
    found = on(dt.date(2026, 6, 30))
    return found.timeline, found


def test_a_loud_threshold_that_joins_a_silent_one_in_quiet_hours_is_loud(here):
    wants(here, A, quiet=(22 * 60, 7 * 60), timezone="Europe/Berlin")
    alert(here, A, "btc_close", -1e9, silent=True)
    decide(here, CONFIRMED)
    alert(here, A, "eth_close", -1e9)
    here.clock.turn(hours=1)
    quote = Quote("coin:ethereum", "Ether", 5e3, here.clock(), symbol="ETH")
    asyncio.run(here.decided(replace(here.desk.current, quotes={quote.asset: quote})))
    here.clock.moment = dt.datetime(2025, 9, 25, 5, 0)
    asyncio.run(here.settle())
    (post,) = posts(here)
    assert post.words.count("Threshold") == 2
    assert not post.silent


def test_a_digest_moved_to_later_on_the_same_day_comes_as_promised(here):
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=8 * 60))
    here.clock.moment = dt.datetime(2025, 9, 24, 8, 0)
    asyncio.run(here.settle())
    here.clock.turn(minutes=30)
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=9 * 60))
    here.clock.turn(minutes=30)
    asyncio.run(here.settle())
    assert len(posts(here)) == 2


def test_a_decision_that_was_not_looked_at_is_looked_at_after_a_restart(here, tmp_path):
    """Killed between the swap and the look."""
    wants(here, A, events="on")
    here.clock.moment = after(CONFIRMED)
    here.close()
    with office(tmp_path / "x.db", on(CONFIRMED), clock=here.clock) as again:
        asyncio.run(again.post._prices())  # the first step of its clock
        asyncio.run(again.settle())
        assert len(posts(again)) == 1


def test_what_waits_in_quiet_hours_and_is_no_longer_wanted_is_not_sent(here):
    night = (22 * 60, 7 * 60)
    for chat in (A, B):
        wants(here, chat, events="on", quiet=night)
    kept, deleted = alert(here, A, "mrs", -1e9), alert(here, A, "rut_close", -1e9)
    decide(here, CONFIRMED)
    assert posts(here) == []
    for chat in (A, B):
        wants(here, chat, events="off")
    here.write(lambda db: delete_alert(db, chat=A, id=deleted.id))
    here.clock.turn(hours=7)
    asyncio.run(here.settle())
    (post,) = posts(here)
    assert post.place.chat == A
    assert "Breakout" not in post.words
    assert "Frozen" not in post.words
    assert post.words.count("Threshold") == 1
    assert kept.rule.metric == "mrs"
    ends = here.read(lambda db: outcomes(db, dt.datetime(2000, 1, 1)))
    assert ends == {("telegram", "news", "sent"): 1, ("telegram", "news", "unwanted"): 1}


def test_a_digest_switched_off_while_it_waits_is_not_sent_and_counts_as_no_missed_one(here):
    due = here.clock() + dt.timedelta(minutes=1)
    minute = due.hour * 60 + due.minute
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=minute))
    here.clock.moment = due
    assert here.post.herald.post_due() == 1
    here.write(lambda db: unsubscribe(db, chat=A))
    asyncio.run(here.settle())
    assert posts(here) == []
    here.write(lambda db: subscribe(db, chat=A, now=here.clock()))
    here.clock.turn(days=1)
    asyncio.run(here.settle())
    (post,) = posts(here)
    assert "missed" not in post.words


NIGHT = (22 * 60, 7 * 60)


def ask(here, line, chat=A):
    reply = asyncio.run(here.desk.answer(request_of(line, chat=chat)))
    assert not reply.failed, reply.headline
    return reply


def at(here, hour, minute=0, day=24):
    """The clock is turned to a time of a day of September, and what is due goes out."""
    here.clock.moment = dt.datetime(2025, 9, day, hour, minute)
    asyncio.run(here.settle())


def crossed(here, level=-1e9, **more):
    """A threshold of the Bitcoin price that fires now."""
    found = alert(here, A, "btc_close", level, **more)
    quote = Quote(BTC, "Bitcoin", 5e4, here.clock(), symbol="BTC")
    asyncio.run(here.decided(replace(here.desk.current, quotes={BTC: quote})))
    return found


def test_quiet_hours_switched_off_let_go_what_they_hold(here):
    wants(here, A, quiet=NIGHT)
    at(here, 22, 30)
    crossed(here)
    assert posts(here) == []
    ask(here, "/settings quiet off")
    at(here, 22, 31)
    assert len(posts(here)) == 1


@pytest.mark.parametrize(
    ("line", "hour"),
    [("/settings quiet 22:00-09:00", 9), ("/settings timezone Atlantic/Azores", 7),
     ("/settings timezone America/New_York", 22)],
)  # fmt: skip
def test_quiet_hours_count_as_they_are_when_a_message_is_sent(here, line, hour):
    wants(here, A, quiet=NIGHT)
    at(here, 22, 30)
    crossed(here)
    ask(here, line)
    for n in range(2 * 12):
        at(here, (22 + (n + 1) // 2) % 24, 30 * ((n + 1) % 2) + 1, day=24 + (n > 2))
    (post,) = posts(here)
    assert post.at.hour == hour


def test_a_message_that_is_tried_again_in_quiet_hours_waits_for_their_end(here):
    wants(here, A, quiet=NIGHT)
    here.clock.moment = dt.datetime(2025, 9, 24, 21, 58)
    here.platforms[0].outcomes[A] = [Retry(300.0)]
    crossed(here)
    at(here, 22, 4)
    at(here, 6, 59, day=25)
    assert posts(here) == []
    at(here, 7, 0, day=25)
    assert len(posts(here)) == 1


def test_a_word_of_the_operator_waits_for_the_end_of_quiet_hours(here):
    wants(here, A, quiet=NIGHT)
    word = Message(A, BROADCAST, "1", {"text": "hello"})
    here.clock.moment = dt.datetime(2025, 9, 24, 23)
    here.write(lambda db: post(db, [word], here.clock()))
    at(here, 23)
    assert posts(here) == []
    at(here, 7, day=25)
    assert len(posts(here)) == 1


def test_a_digest_comes_in_quiet_hours_when_it_is_on_time_and_not_when_it_is_late(here):
    wants(here, A, quiet=NIGHT)
    wants(here, B, quiet=NIGHT)
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=6 * 60))
    here.write(lambda db: subscribe(db, chat=B, now=here.clock(), minute=5 * 60))
    at(here, 6)
    assert [post.place.chat for post in posts(here)] == [A]
    at(here, 7)
    assert [(post.place.chat, post.at.hour) for post in posts(here)] == [(A, 6), (B, 7)]
    assert "late" in posts(here)[1].words


def test_events_are_as_loud_as_their_chat_wants_them_when_they_are_sent(here):
    for chat in (A, B):
        wants(here, chat, events="on", quiet=NIGHT)
    alert(here, B, "btc_close", -1e9)
    decide(here, CONFIRMED)
    assert posts(here) == []
    for chat in (A, B):
        ask(here, "/settings events silent", chat)
    at(here, 7, day=25)
    assert {post.place.chat: post.silent for post in posts(here)} == {A: True, B: False}


def test_a_change_between_the_look_at_the_chat_and_the_putting_back_is_not_lost(here, monkeypatch):
    wants(here, A, quiet=NIGHT)
    word = Message(A, BROADCAST, "1", {"text": "hello"})
    here.clock.moment = dt.datetime(2025, 9, 24, 23)
    here.write(lambda db: post(db, [word], here.clock()))
    letter = type(here.post.herald).letter

    def and_then(self, delivery):
        found = letter(self, delivery)
        here.write(lambda db: settle(db, A, here.clock(), quiet=None))
        return found

    monkeypatch.setattr(type(here.post.herald), "letter", and_then)
    at(here, 23)
    assert len(posts(here)) == 1


def test_a_threshold_edited_while_it_is_looked_at_stays_as_it_was_edited(here, monkeypatch):
    herald = type(here.post.herald)
    thresholds = herald._thresholds

    def meanwhile(self, *words):
        found = thresholds(self, *words)
        ask(here, "/alerts edit 1 90000")
        return found

    monkeypatch.setattr(herald, "_thresholds", meanwhile)
    crossed(here, 100.0, once=True)
    monkeypatch.undo()
    (stored,) = here.read(lambda db: alerts_of(db, chat=A))
    assert (stored.rule.level, stored.paused, stored.state.armed) == (90_000.0, "", True)
    assert posts(here) == []
    quote = Quote(BTC, "Bitcoin", 1e5, here.clock(), symbol="BTC")
    asyncio.run(here.decided(replace(here.desk.current, quotes={BTC: quote})))
    assert [post.words.count("above 90,000") for post in posts(here)] == [1]


def test_one_resumed_while_it_expires_runs_on(here, monkeypatch):
    herald = type(here.post.herald)
    thresholds = herald._thresholds
    alert(here, A, "btc_close", 1e9, expires=here.clock() + dt.timedelta(hours=1))
    here.clock.turn(hours=2)

    def meanwhile(self, *words):
        found = thresholds(self, *words)
        ask(here, "/alerts resume 1")
        return found

    monkeypatch.setattr(herald, "_thresholds", meanwhile)
    quote = Quote(BTC, "Bitcoin", 5e4, here.clock(), symbol="BTC")
    asyncio.run(here.decided(replace(here.desk.current, quotes={BTC: quote})))
    assert here.read(lambda db: alerts_of(db, chat=A))[0].paused == ""


def test_every_digest_that_was_missed_is_told_of(here):
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=8 * 60))
    at(here, 8, day=24)
    at(here, 15, day=28)
    missed = here.read(lambda db: missed_digests(db, A))
    assert [day.day for day in missed] == [25, 26, 27, 28]
    at(here, 8, day=29)
    assert "4 digests were missed, the last one that of 28 Sep" in posts(here)[-1].words
    at(here, 8, day=30)
    assert "missed" not in posts(here)[-1].words


def test_digests_missed_for_months_are_noted_for_a_month(here):
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=8 * 60))
    here.clock.turn(days=200)
    assert here.post.herald.post_due() == 1
    missed = here.read(lambda db: missed_digests(db, A))
    assert len(missed) == 31
    assert missed[-1] == here.clock().date() - DAY
    assert here.read(lambda db: digest_of(db, chat=A)).due_at > here.clock()


def test_after_a_move_westwards_the_promised_digest_comes(here):
    wants(here, A, timezone="Asia/Tokyo")
    here.write(lambda db: subscribe(db, chat=A, now=here.clock(), minute=10 * 60))
    at(here, 1)
    assert "Next" not in ask(here, "/settings timezone Berlin").reason
    promised = ask(here, "/digest")
    assert "10:00 (Europe/Berlin)" in promised.headline
    assert "today, 10:00" in promised.reason
    at(here, 8)
    assert [post.at.hour for post in posts(here)] == [1, 8]
