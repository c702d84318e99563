"""What an import must never do: let script through, or lose the words of a story."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.importing import BadFile, Briefing, read
from articles.importing.cleaning import clean_blocks, clean_inline

from .files import HEAD, with_gated, with_story

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa&#x09;Script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x" onclick="alert(1)">x</a>',
    "<p onmouseover=alert(1)>x</p>",
    "<style>*{background:url(//evil.example)}</style>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    "<iframe src=//evil.example></iframe>",
    "<object data=//evil.example></object>",
    "<embed src=//evil.example>",
    '<form action="//evil.example"><input name=q><button formaction="javascript:alert(1)">x</button></form>',
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">x</noscript>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<p><a href="https://e.org/?<img src=x onerror=alert(1)>">x</a></p>',
    "<textarea><script>alert(1)</script></textarea>",
    "<xmp><script>alert(1)</script></xmp>",
    "<title><img src=x onerror=alert(1)></title>",
    "<base href=//evil.example>",
    '<meta http-equiv=refresh content="0;url=//evil.example">',
    "<<script>script>alert(1)<</script>/script>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
]
ALLOWED = re.compile(r"</?(p|ul|ol|li|b|strong|i|em|sup|sub)>|<br>|</a>|<a( href=\"[^\"<>]*\")?>")
LINKS = re.compile(r'href="(?!https?://|mailto:|/|#)[^"]*"')


def harmless(html: str) -> bool:
    """True where nothing is left but the few tags that may be, and links to where they may go."""
    return "<" not in ALLOWED.sub("", html) and not LINKS.search(html)


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_in(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []


def rich_texts(text: str, *, html: bool) -> list[str]:
    """All rich text that would be stored; nothing where the file is refused."""
    try:
        briefing = read(text.encode(), html=html)
    except BadFile:
        return []
    story = [block["value"] for block in briefing.body if block["type"] == "paragraph"]
    rich = ("statement", "evidence", "text", "action", "measure")
    gated = [
        block["value"].get(name, "") for part in briefing.parts for block in part.blocks for name in rich
    ]
    links = [block["value"].get("source_url", "") for part in briefing.parts for block in part.blocks]
    assert not [url for url in links if url and not url.startswith(("http", "mailto:", "/", "#"))]
    return [*story, *gated]


@pytest.mark.parametrize("html", [False, True], ids=["markdown", "html"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_markup_never_survives(hostile: str, html: bool) -> None:
    gated = f"<h2>Key Insights</h2><ul><li>{hostile} a<ul><li>Evidence: {hostile} b</li></ul></li></ul>"
    listed = f"## Key Insights\n\n- {hostile} a\n  - Evidence: {hostile} b\n  - Source: {hostile} c\n"
    texts = [
        *rich_texts(with_story(f"\nStory {hostile} goes on.\n", ""), html=html),
        *rich_texts(with_story(f"\nStory.\n\n{hostile}\n\nMore.\n", ""), html=html),
        *rich_texts(f"{HEAD}\n<p>Story</p>\n{gated}", html=True),
        *rich_texts(with_gated(listed), html=False),
    ]
    assert [text for text in texts if not harmless(text)] == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_cleaning_alone_is_a_boundary(hostile: str) -> None:
    assert harmless(clean_inline(hostile))
    assert harmless(clean_blocks(f"<ul><li>{hostile}</li></ul>"))


def test_cleaning_twice_is_cleaning_once() -> None:
    once = clean_blocks('<p>5 &lt; 6 &amp; 7, <a href="https://e.org/?a=1&amp;b=2">so</a></p>')
    assert clean_blocks(once) == once


WORD = st.text(st.characters(categories=["Ll", "Lu", "Lo"]) | st.sampled_from("’“”—–…,;é™🎬"), min_size=1)
LINE = st.lists(WORD, min_size=1, max_size=30).map(" ".join)
STORY = st.lists(LINE, min_size=1, max_size=6)
MARKS = st.sampled_from(["\n", "\n\n", "\n\n> ", "\n\n- ", "\n\n## A\n\n", "\n\n1. ", "  \n", "\n\n---\n\n"])


def words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"<[^>]+>", " ", unescape(text)))


def outcome(raw: bytes, *, html: bool = False) -> Briefing | BadFile:
    try:
        return read(raw, html=html)
    except BadFile as refused:
        return refused


@settings(max_examples=150, deadline=None)
@given(story=STORY, mark=MARKS, width=st.sampled_from([1, 12]))
def test_the_words_of_a_story_come_out_as_they_went_in(story: list[str], mark: str, width: int) -> None:
    source = mark.join(line * width for line in story)
    briefing = outcome(with_story(f"\nBegin\n\n{source}\n", "").encode())
    if isinstance(briefing, BadFile):
        assert "at most" in briefing.why or "looks like a part" in briefing.why
        return
    out = " ".join(text for block in briefing.body for text in texts_in(without_types(block)))
    assert words(out) == words(re.sub(r"(?m)^1\. ", "", f"Begin {source}"))


def without_types(block: dict[str, Any]) -> Any:
    value = block["value"]
    return value["text"] if block["type"] == "heading" else value


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=300) | st.text(max_size=300).map(str.encode), html=st.booleans())
def test_no_file_is_worse_than_bad(raw: bytes, html: bool) -> None:
    for whole in (raw, HEAD.encode() + b"\n" + raw, b"---\n" + raw + b"\n---\nx"):
        refused = outcome(whole, html=html)
        if isinstance(refused, BadFile):
            assert refused.line >= 1
            assert len(str(refused).splitlines()) == 1
