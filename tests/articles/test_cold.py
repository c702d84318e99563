"""What a visitor's page costs when nothing is kept: the first request after something was published."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.models import BriefingPage
from articles.shelf import shelf
from articles.story_html import story_html
from tests.newsroom import Newsroom

pytestmark = pytest.mark.django_db

COSTS = {
    "/": 2,
    "/entertainment/": 4,
    "/entertainment/?page=2": 4,
    "/entertainment/first/": 3,
    "/feed/": 2,
    "/entertainment/feed/": 3,
    "/sitemap.xml": 2,
    "/news-sitemap.xml": 2,
}


def cost(path: str) -> int:
    cache.clear()
    shelf.clear()
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(path).status_code == 200
    return len(queries)


def file(newsroom: Newsroom, number: int) -> None:
    for _ in range(number):
        newsroom.file("Another")


def test_a_cold_page_costs_four_at_most_however_many_briefings_there_are(newsroom: Newsroom) -> None:
    newsroom.publish("First").tags.add("Film")
    file(newsroom, 2)
    Client().get("/")  # what a process looks up once in its life
    assert {path: cost(path) for path in COSTS} == COSTS
    file(newsroom, 10)
    assert {path: cost(path) for path in COSTS} == COSTS


def test_an_alias_costs_what_its_source_does(newsroom: Newsroom) -> None:
    page = newsroom.publish("First")
    alias = page.create_alias(parent=newsroom.technology)
    assert cost(alias.url) == cost(page.url) == COSTS["/entertainment/first/"]


def test_a_card_needs_no_story(newsroom: Newsroom) -> None:
    newsroom.file("Long", body=[("paragraph", f"<p>{'word ' * 1000}</p>")])
    with CaptureQueriesContext(connection) as queries:
        assert "<span>5 min</span>" in Client().get("/").content.decode()
    assert not [query for query in queries if '"body"' in query["sql"] or '"key_insights"' in query["sql"]]
    assert BriefingPage.objects.get().card.minutes == BriefingPage.objects.get().minutes == 5


def test_another_publish_leaves_a_storys_markup_as_it_is(newsroom: Newsroom) -> None:
    page = newsroom.publish("First")
    cost(page.url)
    other = newsroom.publish("Second", body=[("paragraph", "<p>Words of its own.</p>"), ("related", page)])
    again = BriefingPage.objects.get(pk=page.pk)
    assert story_html(page.body, path=page.path) is story_html(again.body, path=again.path)
    assert story_html(other.body, path="") is not story_html(other.body, path="")
    assert "First" in Client().get(other.url).content.decode()
    page.title = "Renamed"
    page.save_revision().publish()
    assert "Renamed" in Client().get(other.url).content.decode()
