"""Long texts in parts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.split import split
from bot.render.telegram import utf16

TEXTS = st.lists(st.text(st.sampled_from("ab 😀\né"), max_size=60), max_size=12)


def bare(text):
    return re.sub(r"\s", "", text)


@given(TEXTS, st.integers(2, 50), st.integers(2, 50), st.sampled_from([len, utf16]))
def test_every_part_fits_and_nothing_is_lost(blocks, limit, first, length):
    parts = split(blocks, limit, length, first=first)
    for number, part in enumerate(parts):
        joined = "\n".join(text for _index, text in part)
        assert part
        assert length(joined) <= (limit if number else first)
    order = [index for part in parts for index, _text in part]
    assert order == sorted(order)
    for index, block in enumerate(blocks):
        shown = "".join(text for part in parts for i, text in part if i == index)
        assert bare(shown) == bare(block)


@given(TEXTS, st.integers(2, 50))
def test_a_block_that_fits_is_never_cut(blocks, limit):
    pieces = [piece for part in split(blocks, limit) for piece in part]
    for index, block in enumerate(blocks):
        if 0 < len(block) <= limit:
            assert (index, block) in pieces


@pytest.mark.parametrize(
    ("blocks", "limit", "first", "shown"),
    [
        ([], 10, None, []),
        (["", ""], 10, None, []),
        (["one", "two"], 10, None, ["one\ntwo"]),
        (["one", "two"], 7, None, ["one\ntwo"]),
        (["one", "two"], 6, None, ["one", "two"]),
        (["one", "two", "three"], 9, 3, ["one", "two\nthree"]),
        (["one two three"], 9, None, ["one two", "three"]),
        (["one\ntwo three"], 8, None, ["one\ntwo", "three"]),
        (["one two\nthree four"], 10, None, ["one two", "three four"]),
        (["abcdefghij"], 4, None, ["abcd", "efgh", "ij"]),
        (["a", "long block here"], 8, None, ["a", "long", "block", "here"]),
    ],
)
def test_where_it_is_cut(blocks, limit, first, shown):
    parts = split(blocks, limit, first=first)
    assert ["\n".join(text for _index, text in part) for part in parts] == shown


def test_half_of_a_pair_is_never_left():
    parts = split(["😀" * 5], 3, utf16)
    assert [part[0][1] for part in parts] == ["😀"] * 5
