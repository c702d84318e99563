"""What stands around a visitor's search is printed once, and for nobody in particular."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.safestring import mark_safe

from articles.found import HEADING, ROWS, WORDS_IN_ADDRESS, found_by
from articles.hits import Hit, Hits
from articles.search import Answer
from tests.newsroom import Newsroom, reader

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("readers_first", [True, False])
def test_a_frame_is_a_visitors_and_no_readers(newsroom: Newsroom, readers_first: bool) -> None:
    newsroom.publish("The festival")
    visitor, signed_in = Client(), Client()
    signed_in.force_login(reader())
    for client in [signed_in, visitor] if readers_first else [visitor, signed_in]:
        client.get("/search/?q=festival")
    assert "data-balance" in signed_in.get("/search/?q=festival").content.decode()
    text = visitor.get("/search/?q=festival").content.decode()
    assert "data-balance" not in text
    assert "nonce=" not in text
    assert "Sign in" in text


def test_a_kept_frame_makes_the_same_page(newsroom: Newsroom, get: Any) -> None:
    newsroom.publish("The festival")
    first, second = (get("/search/?q=festival") for _ in range(2))
    assert first == second
    assert (
        get("/search/?q=fair").replace("fair", "festival").partition("<main")[0]
        == first.partition("<main")[0]
    )
    assert first.startswith("<!doctype html>")
    assert first.rstrip().endswith("</html>")


def test_the_heading_is_escaped_and_marks_of_ours_are_only_text(newsroom: Newsroom, get: Any) -> None:
    text = get("/search/?q=%3Cb%3E%EE%80%85%EE%80%86")
    assert "<title>Search for &lt;b&gt;\ue005\ue006 – Marquee</title>" in text
    assert text.count("<h1>") == 1


def test_a_frame_goes_with_what_it_was_printed_for(newsroom: Newsroom, get: Any) -> None:
    get("/search/")
    newsroom.technology.title = "Gadgets"
    newsroom.technology.save_revision().publish()
    assert "Gadgets" in get("/search/")


@pytest.mark.parametrize(
    "typed", ["festival", "a & b", "<b>", "50% off?page=2", f"{HEADING}{ROWS}{WORDS_IN_ADDRESS}"]
)
@pytest.mark.parametrize(
    ("total", "number"), [(1, 1), (2, 1), (30, 1), (30, 2), (30, 3), (200, 20), (201, 2)]
)
def test_what_is_printed_once_reads_as_what_is_printed_each_time(typed: str, total: int, number: int) -> None:
    rows = [mark_safe(f"<article>{place} {ROWS}</article>") for place in range(min(total, 10))]
    hits = Hits(total, number, (Hit(1, uuid4(), mark_safe("")),))
    answer = Answer(query=typed, hits=hits, version=uuid4().hex)
    others = replace(answer, query="something else")
    each_time = found_by(replace(answer, version=""), rows)
    assert "<article>0" in each_time
    assert found_by(others, rows) != each_time
    assert found_by(answer, rows) == each_time


def test_what_was_corrected_and_what_is_nowhere_are_said(newsroom: Newsroom, get: Any) -> None:
    newsroom.publish("The festival")
    for _ in range(2):
        assert "Nothing for <strong>festivel</strong>" in get("/search/?q=festivel")
        assert "Nothing for “nowhere”" in get("/search/?q=nowhere")
        assert "1 briefing</p>" in get("/search/?q=festival")
