"""What a search is ranked and mended by: small, public, and never behind what is published."""

from datetime import date
from typing import Any

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import connection
from wagtail.models import PageViewRestriction

from articles.letters import KNOWS
from articles.models import Gist
from articles.search import search
from tests.newsroom import Newsroom

from .searching import found, story

pytestmark = pytest.mark.django_db


def long_story(deep: str) -> list[Any]:
    """What it says twice fills a gist; ``deep`` it says once."""
    often = " ".join(f"subject{number}" for number in range(200))
    return story(f"{often} {often} {deep}")


def test_a_gist_follows_its_text(newsroom: Newsroom) -> None:
    page = newsroom.publish("The festival")
    assert "'festiv'" in Gist.objects.get().gist
    page.title = "The fair"
    page.save_revision().publish()
    assert "'festiv'" not in Gist.objects.get().gist
    page.unpublish()
    assert not Gist.objects.exists()
    page.save_revision().publish()
    page.delete()
    assert not Gist.objects.exists()


def test_a_gist_is_small_whatever_the_story(newsroom: Newsroom) -> None:
    newsroom.publish("Labs", body=long_story("festival"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_column_size(gist) + pg_column_size(spelt) FROM articles_gist")
        assert cursor.fetchone()[0] < 2000
    known = Gist.objects.get()
    assert "'lab':" in known.gist
    assert "'labs'" in known.spelt
    assert "festiv" not in known.gist + known.spelt


def test_a_gist_has_no_locked_word(newsroom: Newsroom) -> None:
    page = newsroom.publish("Labs")
    known = Gist.objects.get()
    for words in newsroom.canaries.values():
        assert not any(word.lower() in (known.gist + known.spelt).lower() for word in words)
    assert (page.pk, "takeaways") in newsroom.canaries


def test_what_a_story_says_often_counts_more_than_a_newer_date(newsroom: Newsroom) -> None:
    newsroom.publish("Often", body=story("A lamp. A lamp. A lamp."), date=date(2026, 1, 1))
    newsroom.publish("Once", body=story("A lamp."), date=date(2026, 1, 2))
    assert found("lamp") == ["Often", "Once"]


def test_words_near_each_other_count_more(newsroom: Newsroom) -> None:
    far = " of it " * 60
    newsroom.publish("Near", body=story(f"A blue lamp. {far}"), date=date(2026, 1, 1))
    newsroom.publish("Far", body=story(f"Blue. {far} A lamp."), date=date(2026, 1, 2))
    assert found("blue lamp") == ["Near", "Far"]


def test_what_no_gist_has_is_found_and_the_newest_first(newsroom: Newsroom) -> None:
    newsroom.publish("Old", body=long_story("festival"), date=date(2026, 1, 1))
    newsroom.publish("New", body=long_story("festival"), date=date(2026, 1, 2))
    assert found("festival") == ["New", "Old"]


def test_a_word_of_any_story_is_not_taken_for_a_misspelling(newsroom: Newsroom) -> None:
    newsroom.publish("The festival", body=long_story("festivus"))
    newsroom.publish("Nothing of it")
    assert search("festivus").hits.total == 1
    assert search("festivus nowhere").corrected == ""
    assert search("festivel").corrected == "festival"


def test_a_word_behind_a_restriction_is_as_unknown_as_any(newsroom: Newsroom) -> None:
    newsroom.publish("The festival")
    page = newsroom.publish("The festivel")
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert search("festivel").corrected == "festival"


@pytest.mark.parametrize("text", ["“Festivals” are here.", "(festival)", "FESTIVAL", "A new-festival."])
def test_a_word_is_shown_whatever_it_stands_behind(newsroom: Newsroom, text: str) -> None:
    newsroom.publish("Labs", standfirst="x", body=story(f"{'Nothing of it. ' * 300} {text}"))
    [hit] = search("festival").hits.found
    assert "<mark>" in hit.snippet


@pytest.mark.parametrize("text", ["Shanghai’s labs", "a festival—in Shanghai", "«Shanghai»", "Shanghai…"])
def test_typographic_signs_are_no_part_of_a_word(newsroom: Newsroom, text: str) -> None:
    newsroom.publish("Labs", standfirst="x", body=story(text))
    assert found("shanghai") == ["Labs"]
    assert search("shanghai").corrected == ""


def test_a_database_that_knows_letters_from_quotes_is_not_warned_of(newsroom: Newsroom) -> None:
    assert letters_warned_of() == []


def test_one_that_does_not_is_known() -> None:
    with server("postgres") as made:
        made.execute("DROP DATABASE IF EXISTS without_letters")
        made.execute("CREATE DATABASE without_letters TEMPLATE template0 LC_CTYPE 'C'")
        try:
            with server("without_letters") as other:
                assert other.execute(KNOWS).fetchone() == (False,)
        finally:
            made.execute("DROP DATABASE without_letters")


def server(database: str) -> psycopg.Connection[Any]:
    """Another database of the tests' server, as whoever may make databases."""
    own = connection.get_connection_params()
    to = {name: own[name] for name in ("host", "port", "user", "password") if name in own}
    return psycopg.connect(**to, dbname=database, autocommit=True)


def letters_warned_of() -> list[str | None]:
    said = run_checks(tags=["database"], databases=["default"])
    return [message.id for message in said if message.id == "articles.W001"]


@pytest.mark.usefixtures("superuser")
def test_words_are_in_the_index_as_soon_as_they_are_published(newsroom: Newsroom) -> None:
    newsroom.publish("Labs", body=long_story("festival"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('public_text_document')")
        assert cursor.fetchone() == (0,)
