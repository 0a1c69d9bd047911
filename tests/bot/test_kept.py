"""The timeline that is kept between two runs: the same answers, and never an outdated one."""

import datetime as dt
import io
import os
import pickle
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from bot import kept
from bot.app import snapshot
from bot.desk import Desk
from bot.keeper import Keeper
from bot.kept import Kept
from bot.render.text import text
from commands import COMMANDS
from commands.dispatch import request_of
from feeds.sample import sample_market
from rotation.evidence import Evidence
from rotation.hindsight import Hindsight
from storage.database import Database
from storage.edition import edition
from storage.listings import append_listing
from storage.live import go_live
from storage.observations import append


@pytest.fixture(scope="module")
def computed():
    return Kept(snapshot().known().complete(), Hindsight())


def same(one, other):
    """Whether two facts are equal to the last bit, with the types of everything in them."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


def test_what_is_read_is_what_was_computed_to_the_last_bit(computed, tmp_path):
    path = tmp_path / "cache" / "timeline"
    kept.write(path, "name", computed)
    found = kept.read(path, "name")
    assert same(found.evidence.timeline, computed.evidence.timeline)
    assert same(found.evidence._kept, computed.evidence._kept)
    assert found.hindsight == computed.hindsight
    assert [file.name for file in path.parent.iterdir()] == ["timeline"]


class Counted:
    """A fact that is counted while another is being written: the next one is already there."""

    def __init__(self, evidence):
        self.evidence = evidence

    def __reduce__(self):
        self.evidence._kept["later"] = 1
        self.evidence.later = 2
        return dt.date, (2026, 1, 2)


def test_what_is_still_being_counted_is_written_as_it_was(computed, tmp_path):
    evidence = Evidence(computed.evidence.timeline, computed.evidence.day)
    evidence._kept = {"first": Counted(evidence), "second": 2}
    kept.write(tmp_path / "timeline", "name", Kept(evidence, Hindsight()))
    found = kept.read(tmp_path / "timeline", "name").evidence
    assert found._kept == {"first": dt.date(2026, 1, 2), "second": 2}
    assert not hasattr(found, "later")


async def test_every_answer_is_the_same(computed, tmp_path):
    kept.write(tmp_path / "timeline", "name", computed)
    read = kept.read(tmp_path / "timeline", "name").evidence
    first = Desk(snapshot())
    second = Desk(type(first.current)(read.timeline, source="sample data", evidence=read,
                                      version=first.current.version))  # fmt: skip
    for command in COMMANDS:
        for line in command.examples:
            one, two = await first.answer(request_of(line)), await second.answer(request_of(line))
            assert text(one) == text(two)
            assert one.chart == two.chart
    first.close()
    second.close()


def test_a_write_that_fails_leaves_nothing_behind(computed, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "cache" / "timeline"
    kept.write(path, "name", computed)
    monkeypatch.setattr(kept, "_aligned", full)
    kept.write(path, "other", computed)
    assert [file.name for file in path.parent.iterdir()] == ["timeline"]
    monkeypatch.undo()
    assert kept.read(path, "name") is not None


@pytest.mark.parametrize("name", ["storage/ranking.py", "bot/keeper.py", "rotation/market.py"])
def test_the_code_that_chooses_the_data_is_in_the_name(monkeypatch, name):
    before = kept.name_of("a")
    path = Path(kept.__file__).parent.parent / name
    plain = Path.stat

    def touched(self, **options):
        found = plain(self, **options)
        return type(found)([*found[:6], found[6] + 1, *found[7:]]) if self == path else found

    monkeypatch.setattr(Path, "stat", touched)
    assert kept.name_of("a") != before


def test_another_name_is_not_read(computed, tmp_path):
    kept.write(tmp_path / "timeline", "name", computed)
    assert kept.read(tmp_path / "timeline", "other") is None
    assert kept.read(tmp_path / "nothing", "name") is None
    assert kept.name_of("a") != kept.name_of("b")


@pytest.mark.parametrize("size", [0, 3, 70, 5_000, 200_000])
def test_a_file_that_was_cut_is_not_read(computed, tmp_path, size, caplog):
    path = tmp_path / "timeline"
    kept.write(path, "name", computed)
    os.truncate(path, size)
    assert kept.read(path, "name") is None


class Evil:
    def __reduce__(self):
        return os.system, ("touch evil",)


@pytest.mark.parametrize("put", [Evil(), np.array([Evil()], dtype=object), dt.timezone, eval])
def test_nothing_but_facts_comes_out_of_the_file(put, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    facts = pickle.dumps(put, protocol=5)
    path = tmp_path / "timeline"
    head = f"name\n[{len(facts)}]\n".encode()
    path.write_bytes(head + b"\0" * (-len(head) % 64) + facts)
    assert kept.read(path, "name") is None
    assert not (tmp_path / "evil").exists()


def test_a_function_of_the_core_is_no_fact():
    for name in ("_percentiles", "T", "np", "Evidence.of"):
        with pytest.raises((pickle.UnpicklingError, AttributeError)):
            kept._Facts(io.BytesIO()).find_class("rotation.evidence", name)
    assert kept._Facts(io.BytesIO()).find_class("rotation.evidence", "Evidence") is Evidence


def test_a_store_that_has_changed_is_computed_anew(tmp_path):
    found = sample_market()
    now = [max(item.fetched_at.max() for item in found.observations).item()]
    names = []
    with Database(tmp_path / "x.db") as database:

        def done(work):
            database.write(work).result()
            with database.reading() as db:
                names.append(edition(db))

        half = [item for item in found.observations if item.series < "N"]
        done(lambda db: append(db, half, now[0]))
        done(lambda db: append(db, half, now[0]))
        assert names[0] == names[1], "nothing new has come"
        done(lambda db: append(db, found.observations, now[0]))
        done(lambda db: append_listing(db, found.listings[0], now[0]))
        done(lambda db: go_live(db, now[0]))
        done(lambda db: go_live(db, now[0]))
        assert names[-1] == names[-2]
        assert len(set(names)) == 4

        def keeper():
            return Keeper(database, (), lambda: now[0], kept=tmp_path / "cache" / "timeline")

        first = keeper()
        made = first.snapshot()
        first.shelf.write()
        again = keeper()
        assert same(again.snapshot().timeline, made.timeline)
        assert again.shelf._latest is None, "it was read, not computed"
        now[0] += dt.timedelta(days=1)
        later = keeper()
        assert later.snapshot().timeline.last == made.timeline.last + dt.timedelta(days=1)
        assert later.shelf._latest is not None
