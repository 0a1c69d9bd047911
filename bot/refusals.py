"""How a command of the operator ends that cannot do what it was asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click


def refuse(why: Exception | str) -> NoReturn:
    """One sentence on stderr and exit code 2."""
    click.echo(str(why), err=True)
    sys.exit(2)


@contextmanager
def plain_words() -> Iterator[None]:
    """Faults of data and store end in a sentence on stderr and exit code 2."""
    from feeds.feed import FeedError
    from storage.errors import StoreError

    try:
        yield
    except (FeedError, StoreError) as error:
        refuse(error)


@contextmanager
def written(path: Path, what: str = "file") -> Iterator[None]:
    """What the file system refuses ends so, too."""
    from storage.errors import cannot

    try:
        yield
    except OSError as error:
        refuse(cannot(path, error, what))
