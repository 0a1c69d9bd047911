"""Chats and what belongs to them: kept, moved, merged, erased."""

import datetime as dt

import pytest

from rotation.checklist import Answer, Note
from rotation.threshold import Threshold, Watched
from storage.alerts import MOST as MOST_ALERTS
from storage.alerts import (
    Alert,
    add_alert,
    alerts_of,
    change_alert,
    delete_alert,
    keep_states,
    pause_alert,
    running,
)
from storage.chats import (
    Chat,
    chat_of,
    chats_with_events,
    everything,
    forget,
    move,
    pause,
    settle,
)
from storage.deliveries import BROADCAST, Message, claim, mark, post, queue, release, tidy
from storage.digests import digest_of, post_due, reckon, subscribe, unsubscribe
from storage.notes import note, notes_of
from storage.wall_time import EVERY_DAY
from storage.watches import MOST, unwatch, watch, watched

NOW = dt.datetime(2026, 7, 1, 12)
A, B = "telegram:1", "telegram:-1001"


@pytest.fixture
def db(database):
    """Everything of a test in one connection: ``db(work, …)`` is a transaction."""

    def write(work, *words, **more):
        return database.write(lambda tables: work(tables, *words, **more)).result()

    return write


def rule(metric="mrs", level=1.0):
    return Alert(0, A, Threshold(metric, True, level, 2.0), Watched(armed=True))


def full(db, chat):
    """A chat with one of everything."""
    wishes = {
        "timezone": "Asia/Tokyo", "quiet": (60, 120), "events": "on", "theme": "light",
        "muted": frozenset({"heat", "phase"}), "last_digest": dt.date(2026, 6, 30),
    }  # fmt: skip
    db(settle, chat, NOW, **wishes)
    db(watch, chat=chat, asset="IWM", now=NOW)
    db(subscribe, chat=chat, now=NOW, minute=480)
    alert = rule()
    db(add_alert, alert=Alert(0, chat, alert.rule, alert.state), now=NOW)
    entry = Note("regulation", Answer.YES, "a law", "7", dt.date(2026, 6, 1))
    db(note, chat=chat, entry=entry, now=NOW)
    db(post, [Message(chat, BROADCAST, "1", {"text": "hi"})], NOW)


def test_a_chat_that_has_set_nothing_has_the_defaults_and_no_row(db):
    assert db(chat_of, A) == Chat(A)
    assert not any(db(everything, chat=A).values())


def test_settings_come_back_as_they_were_set(db):
    full(db, A)
    assert db(chat_of, A) == Chat(
        A, None, "Asia/Tokyo", "", (60, 120), "on", frozenset({"heat", "phase"}), "admins",
        "standard", "light", "", dt.date(2026, 6, 30),
    )  # fmt: skip
    assert db(settle, A, NOW, quiet=None).quiet is None
    with pytest.raises(TypeError, match="no setting"):
        db(settle, A, NOW, colour="red")


def test_a_chat_moves_with_all_that_it_has(db):
    full(db, A)
    before = db(everything, chat=A)
    db(move, A, B)
    assert not any(db(everything, chat=A).values())
    after = db(everything, chat=B)
    for table, rows in before.items():
        assert [{**row, "chat": B} for row in rows] == after[table]


def test_where_both_have_something_the_new_chat_comes_first_and_nothing_is_lost(db):
    full(db, A)
    db(settle, B, NOW, timezone="Europe/Berlin")
    db(watch, chat=B, asset="SPY", now=NOW)
    db(subscribe, chat=B, now=NOW, minute=600)
    db(move, A, B)
    assert db(chat_of, B).timezone == "Europe/Berlin"
    assert db(digest_of, chat=B).minute == 600
    assert set(db(watched, chat=B)) == {"SPY", "IWM"}
    assert len(db(alerts_of, chat=B)) == 1
    assert not any(db(everything, chat=A).values())


def test_what_the_new_chat_has_not_set_comes_from_the_old_one(db):
    full(db, A)
    db(settle, B, NOW, events="silent")
    db(move, A, B)
    assert db(chat_of, B) == Chat(
        B, None, "Asia/Tokyo", "", (60, 120), "silent", frozenset({"heat", "phase"}), "admins",
        "standard", "light", "", dt.date(2026, 6, 30),
    )  # fmt: skip


def test_a_chat_that_was_paused_and_lives_on_can_be_reached(db):
    full(db, A)
    db(pause, A, "deactivated")
    db(settle, B, NOW)
    db(move, A, B)
    assert db(chat_of, B).paused == ""


def test_a_move_of_an_unknown_chat_or_to_itself_is_nothing(db):
    db(move, A, B)
    db(settle, A, NOW)
    db(move, A, A)
    assert db(everything, chat=A)["chats"]


def test_forgetting_leaves_no_row_anywhere(db):
    full(db, A)
    full(db, B)
    db(forget, chat=A)
    assert not any(db(everything, chat=A).values())
    assert all(db(everything, chat=B).values())


def test_pausing_keeps_everything_and_nothing_is_due(db):
    full(db, A)
    db(pause, A, "blocked")
    assert db(digest_of, chat=A).due_at is None
    assert db(digest_of, chat=A).wanted
    assert db(chats_with_events) == []
    assert db(running) == []
    assert db(claim, "telegram", NOW, 10) == []
    assert db(queue, "telegram", NOW).waiting == 0
    db(settle, A, NOW, paused="")
    db(reckon, A, NOW)
    assert db(digest_of, chat=A).due_at == dt.datetime(2026, 7, 1, 23)
    assert len(db(claim, "telegram", NOW, 10)) == 1


def test_a_digest_remembers_its_time_while_it_is_off(db):
    db(subscribe, chat=A, now=NOW, minute=7 * 60, days=0b000_0011)
    db(unsubscribe, chat=A)
    assert db(digest_of, chat=A).due_at is None
    again = db(subscribe, chat=A, now=NOW)
    assert (again.minute, again.days) == (7 * 60, 0b000_0011)
    assert again.due_at == dt.datetime(2026, 7, 6, 7)  # a Monday


def test_due_digests_are_posted_once_each_and_have_their_next_moment(db):
    for n in range(7):
        db(subscribe, chat=f"telegram:{n}", now=NOW, minute=13 * 60)
    later = NOW + dt.timedelta(hours=1, minutes=1)
    assert [db(post_due, later, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert db(queue, "telegram", later).due == 7
    assert db(digest_of, chat="telegram:0").due_at == dt.datetime(2026, 7, 2, 13)
    assert EVERY_DAY == 127


def test_limits_of_a_chat(db):
    for n in range(MOST):
        assert db(watch, chat=A, asset=f"coin:{n}", now=NOW)
    assert not db(watch, chat=A, asset="one more", now=NOW)
    assert db(watch, chat=A, asset="coin:0", now=NOW)  # is there already
    assert db(unwatch, chat=A, asset="coin:0")
    assert not db(unwatch, chat=A, asset="coin:0")
    for n in range(MOST_ALERTS):
        assert db(add_alert, alert=rule(level=float(n)), now=NOW) is not None
    assert db(add_alert, alert=rule(level=99.0), now=NOW) is None
    assert db(add_alert, alert=rule(level=3.0), now=NOW) is not None  # in place of the same one


def test_a_threshold_that_its_chat_has_changed_meanwhile_keeps_its_state(db):
    from dataclasses import replace

    first = db(add_alert, alert=rule(), now=NOW)
    other = db(add_alert, alert=rule("rut_close"), now=NOW)
    changed = replace(first, rule=replace(first.rule, margin=3.0))
    db(change_alert, alert=changed)
    gone = db(add_alert, alert=rule("btc_close"), now=NOW)
    db(delete_alert, chat=A, id=gone.id)
    fired = Watched(armed=False, fired=NOW)
    moved = [(item, replace(item, state=fired, paused="fired")) for item in (first, other, gone)]
    assert db(keep_states, moved) == {other.id}
    assert db(alerts_of, chat=A) == [changed, replace(other, state=fired, paused="fired")]


def test_a_chat_touches_its_own_thresholds_alone(db):
    mine = db(add_alert, alert=rule(), now=NOW)
    assert not db(delete_alert, chat=B, id=mine.id)
    assert not db(pause_alert, chat=B, id=mine.id, why="x")
    assert db(pause_alert, chat=A, id=mine.id, why="by hand")
    assert db(running) == []


def test_a_message_is_handed_out_once_and_again_after_a_crash(db):
    full(db, A)
    (first,) = db(claim, "telegram", NOW, 10)
    assert db(claim, "telegram", NOW, 10) == []
    assert db(release) == 1
    (again,) = db(claim, "telegram", NOW, 10)
    assert (again.id, again.attempts) == (first.id, 1)
    db(mark, again.id, "sent", NOW)
    assert db(release) == 0
    assert db(post, [Message(A, BROADCAST, "1", {"text": "hi"})], NOW) == 0  # its key is taken
    assert db(tidy, NOW + dt.timedelta(days=89)) == 0
    assert db(tidy, NOW + dt.timedelta(days=91)) == 1


def test_what_has_waited_for_days_is_given_up(db):
    full(db, A)
    db(pause, A, "blocked")
    db(tidy, NOW + dt.timedelta(days=2))
    assert db(everything, chat=A)["deliveries"][0]["state"] == "waiting"
    db(tidy, NOW + dt.timedelta(days=4))
    assert db(everything, chat=A)["deliveries"][0]["state"] == "expired"


def test_a_message_to_a_chat_that_was_forgotten_is_not_posted(db):
    assert db(post, [Message(A, BROADCAST, "1")], NOW) == 0


def test_busy_chats_and_other_platforms_wait(db):
    for chat in (A, B, "discord:5"):
        db(settle, chat, NOW)
        db(post, [Message(chat, BROADCAST, "1")], NOW)
    assert [d.chat for d in db(claim, "telegram", NOW, 10, (A,))] == [B]
    assert [d.chat for d in db(claim, "discord", NOW, 10)] == ["discord:5"]


def test_notes_are_those_of_their_chat_and_the_newest_counts(db):
    for text in ("first", "second"):
        entry = Note("regulation", Answer.YES, text, "7", dt.date(2026, 6, 1))
        db(note, chat=A, entry=entry, now=NOW)
    assert [entry.evidence for entry in db(notes_of, chat=A)] == ["second"]
    assert db(notes_of, chat=B) == ()
