"""What Telegram gets to show: checked by the parser of the stand-in, which is TDLib's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import telegram as look
from bot.render.text import text
from commands import REGISTRY
from commands.dispatch import Registry
from commands.registry import Access, Command, Option
from commands.reply import Button, Reply, Table
from tests.servers.telegram_html import parse_html
from tests.servers.telegram_markup import check_markup, read_markup
from tests.servers.telegram_text import MAX_CAPTION, MAX_TEXT, formatted, settle

CHARACTERS = st.characters(exclude_categories=()) | st.sampled_from("<>&;/b \n\t\r😀·…")
TEXT = st.text(CHARACTERS, max_size=60)
LONG = st.builds(lambda part, n: part * n, TEXT, st.integers(1, 200))
TABLES = st.none() | st.builds(
    Table,
    st.lists(TEXT, max_size=3).map(tuple),
    st.lists(st.lists(TEXT, max_size=3).map(tuple), max_size=4).map(tuple),
)
REPLIES = st.builds(
    Reply,
    headline=TEXT | LONG,
    reason=TEXT | LONG,
    lines=st.lists(TEXT | LONG, max_size=5).map(tuple),
    table=TABLES,
    footer=TEXT,
    sample=st.booleans(),
)


def bare(words):
    """Without white space, and without the dots that part cells."""
    return re.sub(r"[\s·]", "", look.clean(words))


@given(REPLIES, st.sampled_from([look.TEXT, look.CAPTION]))
def test_any_reply_is_taken_within_the_limits_and_reads_the_same(reply, first):
    parts = look.parts(reply, first)
    for number, part in enumerate(parts):
        plain, _entities = parse_html(part.html)
        assert plain == part.plain
        content = settle(formatted(part.html, "HTML", None))
        limit = MAX_CAPTION if number == 0 and first == look.CAPTION else MAX_TEXT
        assert not content.too_long(limit)
        alone = settle(formatted(look.escaped(part.plain), "HTML", None))
        assert alone.text.strip() == content.text.strip()
    assert (bare("".join(part.plain for part in parts)) or "…") == (bare(text(reply)) or "…")


def test_nothing_to_say_is_still_a_message():
    assert look.parts(Reply("")) == [look.Part("…", "…")]


def test_an_answer():
    reply = Reply("A < B", "Why & how", ("one", "two"), footer="As of today", sample=True)
    [part] = look.parts(reply)
    assert part.html == (
        "<b>A &lt; B</b>\nWhy &amp; how\n<blockquote>one\ntwo</blockquote>\n"
        "<i>SAMPLE DATA · As of today</i>"
    )
    assert part.plain == "A < B\nWhy & how\none\ntwo\nSAMPLE DATA · As of today"


def test_a_narrow_table_has_columns_and_a_wide_one_rows():
    narrow = Table(("Asset", "30 d"), (("BTC", "−4.0 %"), ("ETH/BTC", "+12.5 %")))
    [part] = look.parts(Reply("T", table=narrow))
    assert part.html == (
        "<b>T</b>\n<pre>Asset       30 d\nBTC       −4.0 %\nETH/BTC  +12.5 %</pre>"
    )
    wide = Table(("Event", "What came of it"), (("18 Sep 2025", "BTC −22 % after 90 days"),))
    [part] = look.parts(Reply("T", table=wide))
    assert part.html == (
        "<b>T</b>\n<blockquote>Event · What came of it\n"
        "18 Sep 2025 · BTC −22 % after 90 days</blockquote>"
    )


def test_markup_is_whole_in_every_part():
    reply = Reply("H", lines=tuple("x" * 1500 for _ in range(4)), footer="F")
    first, second = look.parts(reply)
    assert first.html.startswith("<b>H</b>\n<blockquote>x")
    assert first.html.endswith("x</blockquote>")
    assert second.html.startswith("<blockquote>x")
    assert second.html.endswith("<i>F</i>")


# buttons


def button(label, command="/x"):
    return Button(label, command)


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["90d", "1y", "5y", "max", "What is this?"], [["90d", "1y", "5y", "max"],
                                                       ["What is this?"]]),
        (["Russell 2000", "Liquidity", "Crypto"], [["Russell 2000", "Liquidity"], ["Crypto"]]),
        (["Net liquidity, 5 years", "x"], [["Net liquidity, 5 years"], ["x"]]),
        (["", " "], [["/x", "/x"]]),
        ([], []),
    ],
)  # fmt: skip
def test_buttons_stand_side_by_side_as_far_as_they_can_be_read(labels, rows):
    found = look.rows(tuple(button(label) for label in labels))
    assert [[item.label for item in row] for row in found] == rows


@given(st.lists(st.builds(Button, TEXT, LONG), max_size=8).map(tuple))
def test_any_buttons_are_taken(buttons):
    rows = look.rows(buttons)
    keys = [
        [{"text": item.label, "callback_data": look.button_data(item.command)} for item in row]
        for row in rows
    ]
    check_markup(read_markup({"inline_keyboard": keys}))
    for row in rows:
        for item in row:
            data = look.button_data(item.command)
            assert look.is_key(data) or data == item.command


def test_at_most_a_hundred_buttons():
    assert sum(map(len, look.rows(tuple(button("x") for _ in range(120))))) == 100


def test_a_line_that_looks_like_a_key_becomes_one():
    assert look.button_data("/rotation") == "/rotation"
    assert look.is_key(look.button_data("~rotation"))
    assert look.button_data("~rotation") != "~rotation"
    assert look.button_data("x" * 64) == "x" * 64
    assert look.is_key(look.button_data("x" * 65))
    assert look.is_key(look.button_data("ä" * 33))


@pytest.mark.parametrize(
    ("sentences", "shown"),
    [(("a", ""), "a"), (("a", "b"), "a\nb"), (("x" * 200,), "x" * 200),
     (("x" * 300, "y"), "x" * 199 + "…")],
)  # fmt: skip
def test_a_toast_is_short(sentences, shown):
    assert look.toast(*sentences) == shown


# typed lines


@pytest.mark.parametrize(
    ("typed", "direct", "group"),
    [
        ("/rotation", "/rotation", "/rotation"),
        ("/ROTATION 2025-09-26", "/ROTATION 2025-09-26", "/ROTATION 2025-09-26"),
        ("/altseason", "/altseason", "/altseason"),
        ("/rotation@our_bot", "/rotation", "/rotation"),
        ("/rotation@OUR_BOT  now", "/rotation now", "/rotation now"),
        ("/rotation@their_bot", None, None),
        ("/nothing", "/nothing", None),
        ("/nothing@our_bot", "/nothing", "/nothing"),
        ("/", "/", None),
        ("/rotation\n2025-09-26", "/rotation 2025-09-26", "/rotation 2025-09-26"),
        ("rotation now", "rotation now", None),
        (" hello ", "hello", None),
        ("  ", None, None),
        ("/start", "/start", "/start"),
        ("/start russell_2026-06-30", "/russell 2026-06-30", "/russell 2026-06-30"),
        ("/start@our_bot russell", "/russell", "/russell"),
        ("/START Chart_mrs_2y", "/Chart mrs 2y", "/Chart mrs 2y"),
        ("/start nothing_here", "/start", "/start"),
        ("/start _", "/start", "/start"),
    ],
)
def test_what_is_said_to_us(typed, direct, group):
    assert look.spoken(typed, "our_bot", REGISTRY, direct=True) == direct
    assert look.spoken(typed, "our_bot", REGISTRY, direct=False) == group


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/russell 2026-06-30", "russell_2026-06-30"),
        ("/rotation", "rotation"),
        ("/chart net_liquidity 5y", None),
        ("/explain off-script", "explain_off-script"),
        ("/note x 'quoted'", None),
        ("/picture " + "x" * 60, None),
        ("/", None),
    ],
)
def test_words_of_a_deep_link_lead_back(line, words):
    assert look.payload(line) == words
    if words is not None:
        assert look.spoken(f"/start {words}", "our_bot", REGISTRY, direct=True) in (line, "/start")


class Word:
    def parse(self, text, snapshot):
        return text

    def suggest(self, text, snapshot):
        return [text]


def test_inline_suggestions_are_what_everybody_may_ask_at_once():
    def run(call):
        return Reply("x")

    need = Option("word", Word(), "a word", required=True)
    registry = Registry((
        Command("open", "x", run, (Option("date", Word(), "a day"),), aliases=("other",)),
        Command("needs", "x", run, (need,)),
        Command("closed", "x", run, access=Access.ADMINS),
        Command("own", "x", run),
    ))  # fmt: skip

    def names(typed):
        return [(command.name, rest) for command, rest in look.suggested(typed, registry)]

    assert names("") == [("open", ""), ("own", "")]
    assert names(" /O") == [("open", ""), ("own", "")]
    assert names("ot") == [("open", "")]
    assert names("OTHER Today") == [("open", "Today")]
    assert names("ope today") == []
    assert names("needs") == names("closed") == []


def test_a_menu_is_in_its_language():
    assert look.menu(REGISTRY.commands[:1], "xx") == [
        ("rotation", "Where capital stands on its way from US liquidity to altcoins")
    ]
