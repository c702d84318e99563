"""The visitor's page: one for all visitors, kept whole, and given to nobody else."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from wagtail.models import PageViewRestriction

from accounts.models import Tier
from articles.models import Author, BriefingPage, HomePage
from articles.shelf import shelf
from tests.newsroom import Newsroom, editor, member, reader

pytestmark = pytest.mark.django_db

PATHS = ["/", "/entertainment/", "/entertainment/a-briefing/", "/feed/", "/entertainment/feed/"]
MARK = b"not made again"


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.publish("A briefing")


def kept_pages() -> list[str]:
    return [key for key in cache._cache if ":visitor:" in key]


@pytest.mark.parametrize("path", PATHS)
def test_it_is_the_same_for_every_visitor(briefing: BriefingPage, path: str) -> None:
    first = Client(REMOTE_ADDR="192.0.2.1").get(path)
    cache.clear()
    second = Client(REMOTE_ADDR="192.0.2.2", headers={"user-agent": "another"}).get(path)
    third = Client().get(path)
    assert first.content == second.content == third.content
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize("path", PATHS)
def test_it_has_nothing_of_one_request(briefing: BriefingPage, path: str) -> None:
    for response in (Client().get(path), Client().get(path)):
        assert not response.cookies
        assert b"csrf" not in response.content
        assert b"nonce" not in response.content
        assert "nonce-" not in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"].startswith("public")
        assert {"Cookie", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))


def test_who_has_it_already_is_told_so(briefing: BriefingPage) -> None:
    etag = Client().get(briefing.url).headers["ETag"]
    for tags in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        response = Client().get(briefing.url, headers={"if-none-match": tags})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["ETag"] == etag
        assert response.headers["Cache-Control"].startswith("public")
    assert Client().get(briefing.url, headers={"if-none-match": '"other"'}).status_code == 200


def test_the_zipped_one_is_the_same(briefing: BriefingPage) -> None:
    plain = Client().get(briefing.url)
    zipped = Client().get(briefing.url, headers={"accept-encoding": "br, gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content
    assert "Content-Encoding" not in plain.headers
    assert int(zipped.headers["Content-Length"]) == len(zipped.content) < len(plain.content)
    assert int(plain.headers["Content-Length"]) == len(plain.content)


@pytest.mark.parametrize("accepts", ["gzip;q=0", "gzip; q=0.0, br", "identity", "xgzip"])
def test_who_wants_no_gzip_gets_none(briefing: BriefingPage, accepts: str) -> None:
    assert "Content-Encoding" not in Client().get(briefing.url, headers={"accept-encoding": accepts}).headers


def test_a_head_is_the_head_of_the_page(briefing: BriefingPage) -> None:
    cold = Client().head(briefing.url)
    whole = Client().get(briefing.url)
    warm = Client().head(briefing.url)
    assert cold.content == warm.content == b""
    assert cold.headers["ETag"] == warm.headers["ETag"] == whole.headers["ETag"]
    assert cold.headers["Content-Length"] == warm.headers["Content-Length"] == str(len(whole.content))


def planted(path: str) -> None:
    """Put a mark in the kept page, so that one can tell who is given it."""
    Client().get(path)
    (key,) = kept_pages()
    raw = cache.get(key.split(":", 2)[2])
    cache.set(key.split(":", 2)[2], type(raw)(body=MARK, zipped=MARK, headers=raw.headers, etag=raw.etag))
    shelf.clear()


def test_a_visitor_is_given_the_kept_page(briefing: BriefingPage) -> None:
    planted(briefing.url)
    assert Client().get(briefing.url).content == MARK


@pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME, "messages"])
def test_nobody_with_a_cookie_of_their_own_is_given_it(briefing: BriefingPage, name: str) -> None:
    planted(briefing.url)
    client = Client()
    client.cookies[name] = "anything"
    response = client.get(briefing.url)
    assert MARK not in response.content
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("person", [reader, member, editor], ids=["reader", "member", "editor"])
def test_nothing_of_someone_signed_in_is_kept(briefing: BriefingPage, person: Callable[[], Any]) -> None:
    client = Client()
    client.force_login(person())
    for path in PATHS:
        response = client.get(path)
        assert response.headers["Cache-Control"] == "private, no-store"
    assert kept_pages() == []


def test_a_post_is_not_kept(briefing: BriefingPage) -> None:
    Client().post(briefing.url)
    assert kept_pages() == []


@pytest.mark.parametrize(
    "query", ["utm_source=x", "page=1&x=2", "page=9999", "page=", "PAGE=1", "q=a", "%00"]
)
def test_a_query_that_is_not_known_is_not_kept(briefing: BriefingPage, query: str) -> None:
    response = Client().get(f"/entertainment/?{query}")
    assert response.status_code == 200
    assert kept_pages() == []
    assert "public" not in response.headers["Cache-Control"]


def test_each_page_of_a_listing_is_its_own(newsroom: Newsroom) -> None:
    for number in range(13):
        newsroom.publish(f"B{number}")
    first, second = Client().get("/entertainment/"), Client().get("/entertainment/?page=2")
    assert first.content != second.content
    assert len(kept_pages()) == 2


def test_what_is_not_there_is_not_kept(newsroom: Newsroom) -> None:
    assert Client().get("/entertainment/nothing/").status_code == 404
    assert kept_pages() == []


@pytest.mark.parametrize("kind", ["login", "password"])
def test_a_restricted_page_is_not_kept(briefing: BriefingPage, kind: str) -> None:
    Client().get(briefing.url)
    PageViewRestriction.objects.create(page=briefing, restriction_type=kind, password="please")
    before = kept_pages()
    response = Client().get(briefing.url)
    assert b"The public story" not in response.content
    assert "public" not in response.headers.get("Cache-Control", "")
    assert kept_pages() == before


def test_another_host_has_its_own(briefing: BriefingPage) -> None:
    Client().get(briefing.url)
    Client(SERVER_NAME="localhost").get(briefing.url)
    Client().get(briefing.url, secure=True)
    assert len(kept_pages()) == 3


def publish_again(newsroom: Newsroom, briefing: BriefingPage) -> None:
    briefing.title = "Another headline"
    briefing.save_revision().publish()


def change_price(newsroom: Newsroom, briefing: BriefingPage) -> None:
    briefing.price = 7
    briefing.save_revision().publish()


def rename_author(newsroom: Newsroom, briefing: BriefingPage) -> None:
    author = Author.objects.get()
    author.name = "Renamed desk"
    author.save()


def rename_section(newsroom: Newsroom, briefing: BriefingPage) -> None:
    newsroom.entertainment.title = "Film"
    newsroom.entertainment.save_revision().publish()


CHANGES = [publish_again, change_price, rename_author, rename_section]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_seen_at_once(newsroom: Newsroom, briefing: BriefingPage, change: Any) -> None:
    before = Client().get(briefing.url).content
    change(newsroom, briefing)
    after = Client().get(briefing.url).content
    assert after != before
    assert Client().get(briefing.url).content == after


def test_what_is_unpublished_is_gone_at_once(briefing: BriefingPage) -> None:
    assert briefing.title in Client().get("/").content.decode()
    briefing.unpublish()
    assert Client().get(briefing.url).status_code == 404
    assert briefing.title not in Client().get("/").content.decode()


def test_what_is_deleted_is_gone_at_once(briefing: BriefingPage) -> None:
    for path in PATHS:
        Client().get(path)
    briefing.delete()
    assert Client().get(briefing.url).status_code == 404
    assert b"A briefing" not in Client().get("/feed/").content


def test_what_moved_is_at_its_new_address_at_once(newsroom: Newsroom, briefing: BriefingPage) -> None:
    old = briefing.url
    Client().get(old)
    briefing.move(newsroom.technology, pos="last-child")
    assert Client().get("/technology/a-briefing/").status_code == 200
    assert Client().get(old).headers["Location"] == "/technology/a-briefing/"


def test_a_new_tier_renews_what_is_kept(briefing: BriefingPage) -> None:
    Client().get(briefing.url)
    (old,) = kept_pages()
    Tier.objects.create(name="Club", slug="club")
    Client().get(briefing.url)
    assert [key for key in kept_pages() if key != old]


def test_another_home_is_found_at_once(newsroom: Newsroom, briefing: BriefingPage) -> None:
    Client().get("/")
    HomePage.objects.get(pk=newsroom.home.pk).delete()
    assert Client().get("/").status_code == 404
