"""The stand-in parses HTML as TDLib does."""

from __future__ import annotations

import pytest

from .telegram_html import EntityError, checked_link, parse_html, render_html, utf16
from .telegram_text import Formatted, find_entities, settle
from .telegram_wire import ApiError


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("±<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("1<2", "Unclosed start tag at byte offset 1"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        (
            "<b><i>x</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_refuses_in_telegrams_words(markup: str, complaint: str) -> None:
    with pytest.raises(EntityError) as caught:
        parse_html(markup)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("markup", "text", "types"),
    [
        ("<b>a</b><strong>b</strong>", "ab", ["bold", "bold"]),
        ("<B>a</B>", "a", ["bold"]),
        ("<b>a</>", "a", ["bold"]),
        ("<b></b>x", "x", []),
        ('<span class="tg-spoiler">s</span>', "s", ["spoiler"]),
        ("<blockquote expandable>q</blockquote>", "q", ["expandable_blockquote"]),
        ("<blockquote>q</blockquote>", "q", ["blockquote"]),
        ('<pre><code class="language-python">x</code></pre>', "x", ["pre"]),
        ('<code class="language-python"><pre>x</pre></code>', "x", ["pre"]),
        ('<a href="ftp://x.y">z</a>', "z", []),
        ('<a href="tg://user?id=7">z</a>', "z", ["text_mention"]),
        ("<a>example.com</a>", "example.com", ["text_link"]),
        ("&lt;b&gt; &amp; &quot;&#65;&#x42; &nbsp; &copy", '<b> & "AB &nbsp; &copy', []),
        ("&lt", "<", []),
    ],
)
def test_takes_what_telegram_takes(markup: str, text: str, types: list[str]) -> None:
    plain, entities = parse_html(markup)
    assert plain == text
    assert [entity["type"] for entity in entities] == types


def test_offsets_count_utf16_units() -> None:
    text, entities = parse_html("🚀 ± <b>zwölf</b>")
    assert (entities[0]["offset"], entities[0]["length"]) == (5, 5)
    assert utf16(text) == 10
    assert render_html(text, entities) == "🚀 ± <b>zwölf</b>"


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(EntityError, match="invalid Unicode characters after decoding"):
        parse_html("&#xd83d;")


def test_language_of_a_code_block_is_kept() -> None:
    text, entities = parse_html('<pre><code class="language-python">x</code></pre>')
    assert entities == [{"offset": 0, "length": 1, "type": "pre", "language": "python"}]
    assert render_html(text, entities) == '<pre><code class="language-python">x</code></pre>'


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("example.com", "http://example.com/"),
        ("HTTPS://example.com/A?b#c", "https://example.com/A?b#c"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ("http://localhost:8000", ""),
        ("javascript:alert(1)", ""),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("a b.c", ""),
    ],
)
def test_links(given: str, kept: str) -> None:
    assert checked_link(given) == kept


def _settled(markup: str) -> str:
    settled = settle(Formatted(*parse_html(markup)))
    return render_html(settled.text, settled.entities)


@pytest.mark.parametrize(
    ("markup", "stands"),
    [
        ("  <b> x </b>\n", "<b> x</b>"),
        ("\n\n x \n", "x"),
        ("a\r\nb\tc\0d", "a\nb c d"),
        ("a\u202eb", "ab"),
        ("<code>a <b>b</b></code>", "<code>a b</code>"),
        ("<pre><i>x</i></pre>", "<pre>x</pre>"),
        ('<code>a <a href="x.org">b</a></code>', "<code>a b</code>"),
        ("<b>a<b>b</b></b>", "<b>ab</b>"),
        ("<b>a</b><b>b</b>", "<b>ab</b>"),
        (
            '<b>a <a href="x.org">b</a> c</b>',
            '<b>a </b><a href="http://x.org/"><b>b</b></a><b> c</b>',
        ),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "<blockquote>ab</blockquote>"),
        ("a<b> </b>b", "a b"),
    ],
)
def test_what_stands_in_the_chat(markup: str, stands: str) -> None:
    assert _settled(markup) == stands


def test_blank_text_is_refused() -> None:
    with pytest.raises(ApiError, match="message must be non-empty"):
        settle(Formatted(" \n\t"))


def test_only_a_hundred_entities_survive() -> None:
    settled = settle(Formatted(*parse_html("<b>a</b> " * 120)))
    assert len(settled.entities) == 100


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start", [("bot_command", 0, 6)]),
        ("say /start@some_bot now", [("bot_command", 4, 15)]),
        ("ETH/BTC and 1/2", []),
        ("🚀 /a", [("bot_command", 3, 2)]),
        ("hi @some_bot!", [("mention", 3, 9)]),
        ("$BTC #rotation #1", [("cashtag", 0, 4), ("hashtag", 5, 9)]),
        ("see https://example.com/a?b=1.", [("url", 4, 25)]),
        ("ann@example.com", [("email", 0, 15)]),
    ],
)
def test_what_telegram_finds_by_itself(text: str, found: list[tuple[str, int, int]]) -> None:
    entities = find_entities(text)
    assert [(item["type"], item["offset"], item["length"]) for item in entities] == found
