from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.database import Database
from storage.sources import (
    ERROR_LENGTH,
    Progress,
    SourceHealth,
    TaskHealth,
    enrol,
    failed,
    health,
    progress,
    succeeded,
)
from tests.storage.said import at


@pytest.fixture
def do(database: Database) -> Callable[..., None]:
    def write(work: Callable[..., None], *words: object, **facts: object) -> None:
        database.write(lambda db: work(db, *words, **facts)).result()

    write(enrol, "fred", ["fred/NFCI", "fred/WALCL"])
    return write


def of(database: Database, task: str) -> tuple[SourceHealth, TaskHealth]:
    with database.reading() as db:
        return next(
            (source, found) for source in health(db) for found in source.tasks if found.task == task
        )


def test_nothing_is_known_at_first(database: Database, do):
    source, _ = of(database, "fred/NFCI")
    assert source.tasks == (
        TaskHealth("fred/NFCI", "fred", None, None, 0, "", None, False),
        TaskHealth("fred/WALCL", "fred", None, None, 0, "", None, False),
    )
    assert source == SourceHealth("fred", False, None, None, 0, "", None, source.tasks)
    with database.reading() as db:
        assert progress(db) == Progress(0, 2)


def test_failures_count_until_a_success(database: Database, do):
    do(failed, "fred/NFCI", at(1), "FRED did not answer.", due=at(1.1))
    do(failed, "fred/WALCL", at(2), "FRED is busy." * 99, open_until=at(3))
    assert of(database, "fred/NFCI")[0].open_until == at(3)
    do(failed, "fred/NFCI", at(2.5), "FRED did not answer.", due=at(2.6))
    source, task = of(database, "fred/NFCI")
    assert (source.failures, source.attempted_at) == (3, at(2.5))
    assert source.open_until is None, "it has answered, if only that it does not know"
    assert (task.failures, task.error, task.due_at) == (2, "FRED did not answer.", at(2.6))
    assert task.succeeded_at is source.succeeded_at is None
    assert len(of(database, "fred/WALCL")[1].error) == ERROR_LENGTH
    assert not source.verified
    do(succeeded, "fred/NFCI", at(4), due=at(11))
    source, task = of(database, "fred/NFCI")
    assert (source.failures, source.error, source.open_until) == (0, "", None)
    assert source.verified
    assert source.succeeded_at == task.succeeded_at == task.attempted_at == at(4)
    assert (task.failures, task.error, task.due_at) == (0, "", at(11))
    assert of(database, "fred/WALCL")[1].failures == 1, "the other task has yet to recover"


def test_a_history_that_came_is_there_for_good(database: Database, do, path: Path):
    do(failed, "fred/NFCI", at(1), "FRED did not answer.")
    do(succeeded, "fred/WALCL", at(2))
    do(failed, "fred/WALCL", at(3), "FRED did not answer.")
    database.close()
    with Database(path) as database:
        assert not of(database, "fred/NFCI")[1].complete
        assert of(database, "fred/WALCL")[1].complete
        with database.reading() as db:
            assert progress(db) == Progress(1, 2)


def test_enrolling_again_keeps_what_is_known(database: Database, do):
    do(succeeded, "fred/NFCI", at(4), due=at(11))
    before = of(database, "fred/NFCI")[1]
    do(enrol, "fred", ["fred/NFCI", "fred/SOFR"])
    do(enrol, "cboe", [], verified=True)
    source, task = of(database, "fred/NFCI")
    assert task == before
    assert source.verified, "never taken back"
    assert [item.task for item in source.tasks] == ["fred/NFCI", "fred/SOFR", "fred/WALCL"]
    with database.reading() as db:
        first, _ = health(db)
    assert (first.source, first.verified, first.tasks) == ("cboe", True, ())


@pytest.mark.parametrize(("work", "words"), [(succeeded, (at(1),)), (failed, (at(1), "no"))])
def test_a_task_that_was_never_enrolled_is_a_mistake(do, work, words):
    with pytest.raises(LookupError, match="fred/UFO"):
        do(work, "fred/UFO", *words)
