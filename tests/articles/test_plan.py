"""The plan of the house says of sites and addresses what Wagtail says."""

import pytest
from django.test import Client, RequestFactory
from wagtail.models import Page, Site

from articles.models import Author, HomePage, SectionPage
from articles.models.home import briefing_at
from articles.plan import plan
from articles.reading import public_parts
from articles.sites import site_of
from articles.versions import something_changed
from tests.newsroom import Newsroom

pytestmark = pytest.mark.django_db

ADDRESSES = [("testserver", "80"), ("testserver", "8000"), ("localhost", "80"), ("127.0.0.1", "81")]
OTHERS = [
    [],
    [("localhost", 80)],
    [("localhost", 8080)],
    [("localhost", 8080), ("localhost", 81), ("127.0.0.1", 81)],
]


@pytest.mark.parametrize("others", OTHERS, ids=len)
@pytest.mark.parametrize("default", [True, False], ids=["with a default", "without"])
def test_the_site_of_a_request_is_the_one_that_wagtail_finds(
    newsroom: Newsroom, others: list[tuple[str, int]], default: bool
) -> None:
    Site.objects.update(is_default_site=default)
    for host, port in others:
        Site.objects.create(hostname=host, port=port, root_page=newsroom.technology)
    for host, port in ADDRESSES:
        request = RequestFactory().get("/", SERVER_NAME=host, SERVER_PORT=port)
        assert site_of(request) == Site._find_for_request(request), (host, port)


def test_the_home_is_found_with_its_site(newsroom: Newsroom) -> None:
    site = site_of(RequestFactory().get("/"))
    assert site is not None
    assert isinstance(site.root_page, HomePage)


@pytest.mark.parametrize("sites", [1, 2])
def test_addresses_are_wagtails(newsroom: Newsroom, sites: int) -> None:
    if sites == 2:
        Site.objects.create(hostname="other", port=443, root_page=newsroom.technology)
    page = newsroom.file("Fußball", slug="fußball-heute", section=newsroom.technology)
    for each in (newsroom.home, newsroom.technology, page):
        wagtails = Page.objects.get(pk=each.pk)
        assert plan().url_of(each.url_path) == wagtails.url
        assert plan().full_url_of(each.url_path) == wagtails.full_url
    assert plan().desks[newsroom.technology.path].url == newsroom.technology.url


def test_a_section_that_is_gone_is_on_the_plan_no_more(newsroom: Newsroom) -> None:
    SectionPage.objects.get(pk=newsroom.technology.pk).unpublish()
    assert list(plan().desks) == [newsroom.entertainment.path]
    assert Client().get("/technology/").status_code == 404
    assert b"Technology" not in Client().get("/").content


def test_a_briefing_outlives_its_section_as_wagtail_has_it(newsroom: Newsroom) -> None:
    page = newsroom.publish("Still there")
    SectionPage.objects.filter(pk=newsroom.entertainment.pk).update(live=False)
    something_changed()
    assert b"Still there" in Client().get(page.url).content
    assert Client().get("/entertainment/").status_code == 404


def test_what_was_read_before_a_change_stands_for_nothing_after_it(newsroom: Newsroom) -> None:
    page = newsroom.publish()
    read = briefing_at(plan().desks[newsroom.entertainment.path], page.slug)
    assert read is not None
    author = Author.objects.get()
    author.name = "Renamed desk"
    author.save()
    assert public_parts(read, fresh=False)["bylines"] == ["Test desk"]
    assert b"Renamed desk" in Client().get(page.url).content
