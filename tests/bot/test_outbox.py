"""The outbox with a platform that answers as it is told."""

import asyncio
import contextlib
import datetime as dt

import pytest

from bot.adapter import Gone, Moved, Rejected, Retry, Sent
from storage.chats import chat_of, settle
from storage.deliveries import BROADCAST, DIGEST, NEWS, Message, outcomes, post, queue
from storage.digests import digest_of, subscribe
from storage.watches import watch, watched
from tests.bot.posting import Platform, office

A, B = "telegram:1", "telegram:2"


@pytest.fixture
def here(tmp_path, sample):
    with office(tmp_path / "x.db", sample) as opened:
        yield opened


def say(here, *messages):
    now = here.clock()

    def work(db):
        for message in messages:
            settle(db, message.chat, now)
        return post(db, messages, now)

    return here.write(work)


def word(chat, period="1"):
    return Message(chat, BROADCAST, period, {"text": f"hello {period}"})


def ends(here):
    found = here.read(lambda db: outcomes(db, dt.datetime(2000, 1, 1)))
    return {state: count for (_platform, _kind, state), count in found.items()}


def run(*steps):
    async def all_of():
        for step in steps:
            await step()

    asyncio.run(all_of())


def test_a_message_goes_out_once_under_its_key(here):
    assert say(here, word(A), word(A), word(B)) == 2
    assert say(here, word(A)) == 0
    run(here.settle, here.settle)
    assert [p.words.split("\n")[0] for p in here.platforms[0].posts] == ["hello 1", "hello 1"]
    assert ends(here) == {"sent": 2}


def test_alerts_come_before_digests_and_words_of_the_operator(here):
    stamp = here.clock().isoformat()
    event = {"events": [["heat", "2026-07-01", "80", "", 83.0, False]]}
    here.write(lambda db: settle(db, "telegram:3", here.clock(), events="on"))
    here.write(lambda db: subscribe(db, chat=B, now=here.clock()))
    say(
        here,
        word(A),
        Message(B, DIGEST, "d", {"due": stamp}),
        Message("telegram:3", NEWS, "n", event),
    )
    here.post.outboxes[0].in_flight = 1
    run(here.settle)
    assert [p.place.chat for p in here.platforms[0].posts] == ["telegram:3", B, A]


def test_each_chat_gets_one_message_at_a_time_and_all_side_by_side(here):
    say(here, *(word(f"telegram:{n}", str(k)) for n in range(40) for k in range(3)))
    run(here.settle)
    platform = here.platforms[0]
    assert len(platform.posts) == 120
    assert 1 < platform.most_at_once <= here.post.outboxes[0].in_flight
    for n in range(40):
        assert [p.words.split()[1] for p in platform.to(f"telegram:{n}")] == ["0", "1", "2"]


def test_not_now_means_later(here):
    here.platforms[0].outcomes[A] = [Retry(40.0)]
    say(here, word(A))
    run(here.settle)
    here.clock.turn(seconds=39)
    run(here.settle)
    assert not here.platforms[0].posts
    here.clock.turn(seconds=2)
    run(here.settle)
    assert ends(here) == {"sent": 1}


def test_a_message_that_never_gets_through_is_given_up_after_days(here):
    here.platforms[0].outcomes[A] = [Retry(3600.0)] * 200
    here.post.outboxes[0].sleep = _at_once
    say(here, word(A))
    for _ in range(80):
        run(here.settle)
        here.clock.turn(hours=1, minutes=1)
    assert ends(here) == {"expired": 1}


async def _at_once(_seconds):
    return None


def test_a_platform_that_answers_nobody_is_left_alone_for_a_while(here):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)
        here.post.outboxes[0]._resume_at = 0.0

    here.post.outboxes[0].sleep = sleep
    for n in range(6):
        here.platforms[0].outcomes[f"telegram:{n}"] = [Retry(20.0)]
    say(here, *(word(f"telegram:{n}") for n in range(6)))
    run(here.settle)
    assert pauses
    assert 10 < pauses[0] <= 20


def test_a_chat_that_is_gone_is_paused_and_comes_back_with_its_next_command(here):
    here.platforms[0].outcomes[A] = [Gone("bot was blocked by the user")]

    def prepare(db):
        subscribe(db, chat=A, now=here.clock(), minute=8 * 60)
        watch(db, chat=A, asset="IWM", now=here.clock())

    here.write(prepare)
    say(here, word(A), word(A, "2"))
    run(here.settle)
    assert here.read(lambda db: chat_of(db, A)).paused == "bot was blocked by the user"
    assert here.read(lambda db: digest_of(db, chat=A)).due_at is None
    assert ends(here) == {"gone": 1}
    from commands.dispatch import request_of

    run(lambda: here.desk.answer(request_of("/start", chat=A)))
    assert here.read(lambda db: chat_of(db, A)).paused == ""
    assert here.read(lambda db: digest_of(db, chat=A)).due_at == dt.datetime(2026, 7, 2, 8)
    assert here.read(lambda db: watched(db, chat=A)) == ["IWM"]
    run(here.settle)
    assert ends(here) == {"gone": 1, "sent": 1}  # what had been waiting is sent


def test_a_group_that_moved_takes_everything_along(here):
    here.platforms[0].outcomes[A] = [Moved("telegram:-1001")]

    def prepare(db):
        subscribe(db, chat=A, now=here.clock(), minute=8 * 60)
        watch(db, chat=A, asset="IWM", now=here.clock())
        settle(db, A, here.clock(), timezone="Asia/Tokyo")

    here.write(prepare)
    say(here, word(A))
    run(here.settle)
    assert [p.place.chat for p in here.platforms[0].posts] == ["telegram:-1001"]
    assert here.read(lambda db: watched(db, chat="telegram:-1001")) == ["IWM"]
    assert here.read(lambda db: chat_of(db, "telegram:-1001")).timezone == "Asia/Tokyo"
    assert here.read(lambda db: digest_of(db, chat=A)).wanted is False


def test_what_is_refused_is_tried_once_in_plain_words(here):
    here.platforms[0].outcomes[A] = [Rejected("can't parse entities")]
    here.platforms[0].outcomes[B] = [Rejected("no"), Rejected("still no")]
    say(here, word(A), word(B))
    run(here.settle)
    (sent,) = here.platforms[0].posts
    assert sent.place.chat == A
    assert not sent.reply.buttons
    assert ends(here) == {"sent": 1, "rejected": 1}


def test_what_was_in_hand_when_the_process_died_is_sent_at_the_next_start(tmp_path, sample):
    """The first process claims, sends, and never marks."""
    path, first, second = tmp_path / "x.db", Platform(), Platform()
    with office(path, sample, platforms=[first]) as here:
        say(here, *(word(f"telegram:{n}") for n in range(50)))

        async def die_in_flight():
            first.wait = asyncio.Event()
            task = asyncio.create_task(here.settle())
            await first.busy()
            assert here.read(lambda db: queue(db, "telegram", here.clock())).waiting == 50
            task.cancel()
            for sending in list(here.post.outboxes[0]._busy.values()):
                sending.cancel()

        run(die_in_flight)
    with office(path, sample, platforms=[second]) as here:
        from storage.deliveries import release

        assert 0 < here.write(release) <= 16
        run(here.settle)
        assert len({p.place.chat for p in second.posts}) == len(second.posts) == 50


def test_the_trouble_of_one_platform_does_not_hold_up_another(tmp_path, sample):
    telegram, discord = Platform("telegram"), Platform("discord")
    with office(tmp_path / "x.db", sample, platforms=[telegram, discord]) as here:
        telegram.outcomes.update({f"telegram:{n}": [Retry(900.0)] for n in range(20)})
        here.post.outboxes[0].sleep = _at_once
        say(
            here,
            *(word(f"telegram:{n}") for n in range(20)),
            *(word(f"discord:{n}") for n in range(20)),
        )
        run(here.settle)
        assert not telegram.posts
        assert len(discord.posts) == 20


def test_a_word_goes_to_the_chosen_topic(here):
    here.write(lambda db: settle(db, A, here.clock(), thread="77"))
    here.write(lambda db: settle(db, B, here.clock(), thread=""))
    say(here, word(A), word(B))
    run(here.settle)
    places = {sent.place.chat: sent.place.thread for sent in here.platforms[0].posts}
    assert places == {A: "77", B: None}


def test_the_nonce_is_that_of_the_message_however_often_it_is_tried(here):
    here.platforms[0].outcomes[A] = [Retry(1.0), Sent("1")]
    seen = []
    send = here.platforms[0].send

    async def spy(place, reply, *, silent=False, nonce=""):
        seen.append(nonce)
        return await send(place, reply, silent=silent, nonce=nonce)

    here.platforms[0].send = spy
    say(here, word(A))
    run(here.settle)
    here.clock.turn(seconds=5)
    run(here.settle)
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_the_operator_hears_once_of_an_outbox_in_which_nothing_moves_and_once_that_it_does(here):
    told = []

    async def tell(words):
        told.append(words)

    here.post._tell_operator = tell
    here.post.outboxes[0].sleep = _at_once
    here.platforms[0].outcomes[A] = [Retry(60.0)] * 40
    say(here, word(A))
    for _ in range(25):
        run(here.settle, here.post._watch_queues)
        here.clock.turn(minutes=2)
    assert told == ["telegram: 1 messages wait and none gets through."]
    here.platforms[0].outcomes[A] = []
    for _ in range(12):
        run(here.settle, here.post._watch_queues)
        here.clock.turn(minutes=2)
    assert told[1:] == ["telegram: messages get through again."]


def test_a_message_that_cannot_be_made_costs_itself_alone(here, monkeypatch):
    letter = type(here.post.herald).letter

    def broken(self, delivery):
        if delivery.chat == A:
            raise ZeroDivisionError
        return letter(self, delivery)

    monkeypatch.setattr(type(here.post.herald), "letter", broken)
    say(here, word(A), word(B))
    for _ in range(8):
        run(here.settle)
        here.clock.turn(minutes=20)
    assert [p.place.chat for p in here.platforms[0].posts] == [B]
    assert ends(here) == {"sent": 1, "rejected": 1}


def test_a_stop_waits_for_what_is_in_flight_and_keeps_the_rest(here):
    say(here, *(word(f"telegram:{n}") for n in range(40)))

    async def stopped():
        gate = here.platforms[0].wait = asyncio.Event()
        running = asyncio.create_task(here.post.outboxes[0].run())
        await here.platforms[0].busy(here.post.outboxes[0].in_flight)
        closing = asyncio.create_task(here.post.close())
        await asyncio.sleep(0.1)
        gate.set()
        await closing
        await running

    run(stopped)
    sent = ends(here)["sent"]
    assert sent == len(here.platforms[0].posts) == here.post.outboxes[0].in_flight
    assert here.read(lambda db: queue(db, "telegram", here.clock())).waiting == 40 - sent


def test_a_topic_that_is_gone_leaves_the_main_chat_and_loses_nothing(here):
    here.write(lambda db: settle(db, A, here.clock(), thread="77"))
    here.platforms[0].outcomes[A] = [Gone("TOPIC_CLOSED", topic=True), Sent("1"), Gone("blocked")]
    say(here, word(A), word(A, "2"))
    run(here.settle)
    (sent,) = here.platforms[0].posts
    assert sent.place.thread is None
    assert here.read(lambda db: chat_of(db, A)).thread is None
    assert here.read(lambda db: chat_of(db, A)).paused == "blocked"  # the main chat is gone too
    assert ends(here) == {"sent": 1, "gone": 1}


def test_a_bot_shown_out_of_a_chat_with_a_topic_keeps_the_topic(here):
    here.write(lambda db: settle(db, A, here.clock(), thread="77"))
    here.platforms[0].outcomes[A] = [Gone("bot was kicked from the supergroup chat")]
    say(here, word(A))
    run(here.settle)
    chat = here.read(lambda db: chat_of(db, A))
    assert (chat.thread, chat.paused) == ("77", "bot was kicked from the supergroup chat")
    assert ends(here) == {"gone": 1}


def test_what_could_not_be_given_back_for_want_of_the_store_is_sent_later(here, monkeypatch):
    from storage import deliveries
    from storage.errors import StoreError

    def full(*_words, **_more):
        raise StoreError("the disk is full")

    here.platforms[0].outcomes[A] = [Retry(1.0)]
    say(here, word(A))
    monkeypatch.setattr(deliveries, "put_back", full)
    run(here.settle)
    monkeypatch.undo()
    here.clock.turn(seconds=5)
    run(here.settle)
    assert ends(here) == {"sent": 1}


def test_what_was_sent_and_could_not_be_marked_is_marked_later_and_never_sent_again(
    here, tmp_path, sample, monkeypatch
):
    from storage import deliveries
    from storage.errors import StoreError

    def locked(*_words, **_more):
        raise StoreError("another program has locked it")

    say(here, word(A))
    monkeypatch.setattr(deliveries, "mark", locked)
    with pytest.raises(StoreError):  # marked again before anything else is taken
        run(here.settle)
    assert ends(here) == {}
    monkeypatch.undo()
    run(here.settle)
    assert ends(here) == {"sent": 1}
    here.close()
    with office(tmp_path / "x.db", sample, clock=here.clock) as again:
        again.write(deliveries.release)
        again.clock.turn(days=2)
        run(again.settle)
        assert again.platforms[0].posts == []
    assert len(here.platforms[0].posts) == 1


def test_a_stop_marks_what_was_sent_and_could_not_be_marked(here, monkeypatch):
    from storage import deliveries
    from storage.errors import StoreError

    def locked(*_words, **_more):
        raise StoreError("another program has locked it")

    say(here, word(A))
    monkeypatch.setattr(deliveries, "mark", locked)
    with pytest.raises(StoreError):
        run(here.settle)
    monkeypatch.undo()
    run(here.post.close)
    assert ends(here) == {"sent": 1}


def test_a_fault_after_the_sending_does_not_send_again(here):
    def broken(_platform, _outcome):
        raise ZeroDivisionError

    here.post.outboxes[0].told = broken
    say(here, word(A))
    for _ in range(3):
        run(here.settle)
        here.clock.turn(minutes=20)
    assert len(here.platforms[0].posts) == 1
    assert ends(here) == {"sent": 1}


def test_the_operator_hears_of_a_store_that_takes_nothing(here, monkeypatch):
    from storage import deliveries
    from storage.errors import StoreError

    told = []

    async def tell(words):
        told.append(words)

    async def look():
        with contextlib.suppress(StoreError):
            await here.settle()
        await here.post._watch_queues()
        here.clock.turn(minutes=2)

    def refused(*_words, **_more):
        raise StoreError("a read-only file system")

    here.post._tell_operator = tell
    say(here, word(A))
    monkeypatch.setattr(deliveries, "claim", refused)
    run(*[look] * 12)
    assert told == ["telegram: 1 messages wait and none gets through."]
    monkeypatch.undo()
    run(look)
    assert told[1:] == ["telegram: messages get through again."]
    assert here.post.outboxes[0].failing_since is None


def test_a_chat_forgotten_while_its_digest_is_under_way_stays_forgotten(here):
    from storage.chats import everything, forget

    stamp = here.clock().isoformat()
    here.write(lambda db: subscribe(db, chat=A, now=here.clock()))
    say(here, Message(A, DIGEST, "d", {"due": stamp}))

    async def forget_in_flight():
        gate = here.platforms[0].wait = asyncio.Event()
        sending = asyncio.create_task(here.settle())
        await here.platforms[0].busy()
        await here.database.write_async(lambda db: forget(db, chat=A))
        gate.set()
        await sending

    run(forget_in_flight)
    assert len(here.platforms[0].posts) == 1
    assert not any(here.read(lambda db: everything(db, chat=A)).values())


def test_five_faults_are_five_whatever_else_has_been_tried(here, monkeypatch):
    here.post.outboxes[0].sleep = _at_once
    here.platforms[0].outcomes[A] = [Retry(1.0)] * 8
    say(here, word(A))
    for _ in range(8):
        run(here.settle)
        here.clock.turn(minutes=20)
    letter, faults = type(here.post.herald).letter, []

    def broken_once(self, delivery):
        if not faults:
            faults.append(1)
            raise ZeroDivisionError
        return letter(self, delivery)

    monkeypatch.setattr(type(here.post.herald), "letter", broken_once)
    for _ in range(3):
        run(here.settle)
        here.clock.turn(minutes=20)
    assert ends(here) == {"sent": 1}


async def test_a_store_that_is_locked_at_the_start_holds_up_and_does_not_end_it(here, monkeypatch):
    from bot import post_office
    from storage.deliveries import release
    from storage.errors import StoreBusyError

    tries = []

    def locked_twice(db):
        tries.append(1)
        if len(tries) < 3:
            raise StoreBusyError("locked")
        return release(db)

    monkeypatch.setattr(post_office, "release", locked_twice)
    say_here = word(A)
    await here.database.write_async(
        lambda db: [settle(db, A, here.clock()), post(db, [say_here], here.clock())]
    )
    running = asyncio.create_task(here.post.run(0.01))
    async with asyncio.timeout(20):
        while not here.platforms[0].posts:
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait({running})
    assert len(tries) == 3
