"""How many queries a page costs once its public parts are kept."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction

from articles.models import BriefingPage
from insights.models import Opening
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, member, reader

pytestmark = pytest.mark.django_db

AT_MOST = 2
Counting = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def briefing(newsroom: Newsroom, picture: Any) -> BriefingPage:
    """A briefing among others, all with pictures."""
    for number in range(4):
        newsroom.publish(f"Other {number}", hero=picture)
    return newsroom.publish("A briefing", hero=picture)


@pytest.mark.parametrize("path", ["/", "/entertainment/", "/entertainment/a-briefing/", "/feed/"])
def test_a_visitors_warm_page_costs_none(
    briefing: BriefingPage, path: str, django_assert_num_queries: Counting
) -> None:
    Client().get(path)
    with django_assert_num_queries(0):
        assert Client().get(path).status_code == 200


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    client.cookies[settings.CSRF_COOKIE_NAME] = "c" * 32
    return client


def test_a_readers_locked_briefing_costs_two(
    briefing: BriefingPage, django_assert_max_num_queries: Counting
) -> None:
    client = signed_in(reader(credits=3))
    client.get(briefing.url)
    with django_assert_max_num_queries(AT_MOST):
        assert b'data-gate="locked"' in client.get(briefing.url).content


def test_a_readers_unlocked_briefing_costs_two(
    briefing: BriefingPage, django_assert_max_num_queries: Counting
) -> None:
    person = reader(credits=3)
    unlock(reader=person, page=briefing, intent=Intent(price=1))
    client = signed_in(person)
    client.get(briefing.url)
    with django_assert_max_num_queries(AT_MOST):
        assert b'data-reason="unlocked"' in client.get(briefing.url).content


def test_a_members_briefing_costs_two(
    briefing: BriefingPage, django_assert_max_num_queries: Counting
) -> None:
    client = signed_in(member())
    client.get(briefing.url)
    assert Opening.objects.count() == 1
    with django_assert_max_num_queries(AT_MOST):
        assert b'data-reason="club"' in client.get(briefing.url).content


def test_a_restriction_elsewhere_costs_nothing(
    newsroom: Newsroom, briefing: BriefingPage, django_assert_max_num_queries: Counting
) -> None:
    PageViewRestriction.objects.create(page=newsroom.technology, restriction_type="login")
    client = signed_in(reader())
    client.get(briefing.url)
    with django_assert_max_num_queries(AT_MOST):
        client.get(briefing.url)


def test_an_alias_costs_two(
    newsroom: Newsroom, briefing: BriefingPage, django_assert_max_num_queries: Counting
) -> None:
    alias = briefing.create_alias(parent=newsroom.technology)
    client = signed_in(reader())
    client.get(alias.url)
    with django_assert_max_num_queries(AT_MOST):
        assert client.get(alias.url).status_code == 200


def body(picture: Any) -> list[Any]:
    figure = {"image": picture, "alt": "", "caption": "On stage"}
    return [("paragraph", "<p>A festival.</p>"), ("figure", figure), ("figure", figure)]


@pytest.mark.parametrize("path", ["/", "/entertainment/", "/search/?q=festival"])
def test_a_listing_costs_the_same_for_three_and_for_twelve(
    newsroom: Newsroom, picture: Any, path: str
) -> None:
    client = signed_in(reader())
    publish(newsroom, picture, 3)
    few = cost(client, path)
    publish(newsroom, picture, 9)
    assert cost(client, path) == few


def publish(newsroom: Newsroom, picture: Any, number: int) -> None:
    for _ in range(number):
        newsroom.publish("The festival", hero=picture, body=body(picture))


def cost(client: Client, path: str) -> int:
    for _ in range(2):
        client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
