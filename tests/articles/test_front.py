"""What is answered before Django is what Django answered, and to nobody else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from wagtail.models import PageViewRestriction

from accounts.models import Tier
from articles.front import Front
from articles.models import BriefingPage
from articles.shelf import shelf
from tests.newsroom import Newsroom

pytestmark = pytest.mark.django_db(transaction=True)

# Status, headers, body.
Answer = tuple[str, list[Any], bytes]

PATHS = ["/", "/entertainment/", "/entertainment/a-briefing/", "/feed/", "/entertainment/feed/"]
SECURE = {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"), "SECURE_HSTS_SECONDS": 3600}


class House:
    """The site as a server calls it. ``through`` counts what went on to Django."""

    def __init__(self) -> None:
        self.django = WSGIHandler()
        self.through = 0
        self.front = Front(self.counted)

    def counted(self, environ: Any, start_response: Any) -> Any:
        self.through += 1
        return self.django(environ, start_response)

    def get(self, path: str, *, behind: bool = False, **asked: Any) -> Answer:
        """``behind``: from Django itself."""
        head: list[Any] = []
        environ = RequestFactory().request(**environ_of(path, **asked)).environ
        application = self.django if behind else self.front
        body = application(environ, lambda *said: head.extend(said))
        content = b"".join(body)
        getattr(body, "close", lambda: None)()
        return head[0], list(head[1]), content

    def is_at_hand(self, path: str, **asked: Any) -> bool:
        before = self.through
        self.get(path, **asked)
        return self.through == before


def environ_of(path: str, *, query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    basis = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method, "HTTP_HOST": "testserver"}
    return basis | headers


@pytest.fixture
def house() -> Iterator[House]:
    shelf.clear()
    yield House()
    shelf.clear()


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.publish("A briefing")


KINDS: list[dict[str, str]] = [
    {},
    {"HTTP_ACCEPT_ENCODING": "br, gzip"},
    {"HTTP_ACCEPT_ENCODING": "gzip;q=0"},
    {"method": "HEAD"},
    {"method": "HEAD", "HTTP_ACCEPT_ENCODING": "gzip"},
    {"HTTP_IF_NONE_MATCH": '"another"'},
    {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_IF_NONE_MATCH": "*", "HTTP_ACCEPT_ENCODING": "gzip", "method": "HEAD"},
    {"HTTP_IF_MODIFIED_SINCE": "Sun, 22 Nov 2026 10:00:00 GMT"},
    {"HTTP_RANGE": "bytes=0-9"},
    {"HTTP_COOKIE": "consent=yes; theme=dark"},
    {"HTTP_HX_REQUEST": "true"},
    {"SERVER_PROTOCOL": "HTTP/1.0"},
    {"HTTP_AUTHORIZATION": "Basic eDp5"},
]


def test_it_is_what_django_answers_to_the_byte_and_asks_nothing(house: House, briefing: BriefingPage) -> None:
    for path in PATHS:
        etag = dict(house.get(path)[1])["ETag"]
        known = [{"HTTP_IF_NONE_MATCH": tags} for tags in (etag, etag[2:], f'"x", {etag}')]
        for asked in (*KINDS, *known):
            house.get(path, **asked)
            with CaptureQueriesContext(connection) as queries:
                assert house.is_at_hand(path, **asked)
                assert house.get(path, **asked) == house.get(path, behind=True, **asked)
            assert len(queries) == 0


def test_what_a_proxy_of_ours_says_of_the_address_counts(
    briefing: BriefingPage, settings: Settings, newsroom: Newsroom
) -> None:
    for name, value in SECURE.items():
        setattr(settings, name, value)
    house, secure = House(), {"HTTP_X_FORWARDED_PROTO": "https"}
    house.get("/", **secure)
    assert "Strict-Transport-Security" in dict(house.get("/", **secure)[1])
    assert "Strict-Transport-Security" not in dict(house.get("/")[1])
    assert house.is_at_hand("/", **secure)


COOKIES = [
    f"{settings.SESSION_COOKIE_NAME}=x",
    f"a=b;{settings.SESSION_COOKIE_NAME}=x",
    f'a="; {settings.SESSION_COOKIE_NAME}=x',
    f"{settings.SESSION_COOKIE_NAME}",
    "messages=x",
    "a=b; messages=",
    "x=messages",
]


def test_what_may_not_be_answered_for_all_goes_to_django(house: House, briefing: BriefingPage) -> None:
    path = briefing.url
    house.get(path)
    assert house.is_at_hand(path)
    etag = dict(house.get(path)[1])["ETag"]
    others: list[dict[str, str]] = [
        *({"HTTP_COOKIE": cookies} for cookies in COOKIES),
        *({"method": method} for method in ("POST", "PUT", "OPTIONS", "get")),
        *({"query": query} for query in ("utm_source=x", "page=9999", "page=", "page=1&page=2", "page=1\n")),
        {"HTTP_IF_MATCH": etag},
    ]
    for asked in others:
        house.get(path, **asked)
        assert not house.is_at_hand(path, **asked), asked
    for other in (path.upper(), path.removesuffix("/"), f"/{path}", path.replace("/a", "/%61"), "/nothing/"):
        house.get(other)
        assert not house.is_at_hand(other), other


def test_another_host_or_port_has_its_own(house: House, briefing: BriefingPage) -> None:
    house.get("/")
    for asked in ({"HTTP_HOST": "localhost"}, {"SERVER_PORT": "8080"}, {"wsgi.url_scheme": "https"}):
        assert not house.is_at_hand("/", **asked)
        assert house.is_at_hand("/", **asked)
    for host in ("evil.example", "testserver@evil.example", "", "testserver:x"):
        assert house.get("/", HTTP_HOST=host)[0].startswith("400")
        assert not house.is_at_hand("/", HTTP_HOST=host)


def raise_the_price(newsroom: Newsroom, page: BriefingPage) -> None:
    page.price = 9
    page.save_revision().publish()


def open_a_part(newsroom: Newsroom, page: BriefingPage) -> None:
    page.key_insights_level = "public"
    page.save_revision().publish()


def found_a_tier(newsroom: Newsroom, page: BriefingPage) -> None:
    Tier.objects.create(name="Club", slug="club")


def restrict(newsroom: Newsroom, page: BriefingPage) -> None:
    PageViewRestriction.objects.create(page=newsroom.entertainment, restriction_type="login")


def unpublish(newsroom: Newsroom, page: BriefingPage) -> None:
    page.unpublish()


def but_for_the_moment(answer: Answer) -> Answer:
    """Without when it ends, which is now where nothing may keep it: the next answer may be a second later."""
    status, headers, body = answer
    return status, [line for line in headers if line[0] != "Expires"], body


def test_nothing_is_answered_from_before_a_change(
    house: House, newsroom: Newsroom, briefing: BriefingPage, settings: Settings
) -> None:
    settings.VERSION_TRUSTED_SECONDS = 60
    changes = [raise_the_price, open_a_part, found_a_tier, restrict, unpublish]
    for change in changes:
        before = house.get(briefing.url)
        change(newsroom, BriefingPage.objects.get(pk=briefing.pk))
        assert not house.is_at_hand(briefing.url), change
        after = house.get(briefing.url)
        again = house.get(briefing.url, behind=True)
        assert but_for_the_moment(after) == but_for_the_moment(again)
        assert (after == before) == (change is found_a_tier), change


def test_what_is_restricted_or_gone_is_never_at_hand(
    house: House, newsroom: Newsroom, briefing: BriefingPage
) -> None:
    house.get(briefing.url)
    restrict(newsroom, briefing)
    for _ in range(3):
        assert not house.is_at_hand(briefing.url)
    unpublish(newsroom, briefing)
    for _ in range(3):
        assert not house.is_at_hand(briefing.url)


def test_without_the_shared_cache_it_is_made_for_each(
    house: House, briefing: BriefingPage, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "briefings_site.redis_cache.Redis",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    for _ in range(2):
        status, headers, _ = house.get(briefing.url)
        assert status == "200 OK"
        assert dict(headers)["Cache-Control"].startswith("public")
        assert not house.is_at_hand(briefing.url)


def test_fifty_who_come_at_once_have_it_made_once(house: House, briefing: BriefingPage) -> None:
    """By as many threads as a worker has."""
    # The first may also ask what a process then knows for good, such as content types.
    queries_of_one(house, briefing)
    alone = queries_of_one(house, briefing)
    asked: list[str] = []

    def counting(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    def ask(_: int) -> Answer:
        with connection.execute_wrapper(counting):
            answer = house.get(briefing.url)
        connections.close_all()
        return answer

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(50)))
    assert {(status, content) for status, _, content in answers} == {("200 OK", answers[0][2])}
    assert len(asked) == alone > 0


def queries_of_one(house: House, briefing: BriefingPage) -> int:
    """With nothing kept, neither before nor after."""
    cache.clear()
    shelf.clear()
    with CaptureQueriesContext(connection) as queries:
        house.get(briefing.url)
    cache.clear()
    shelf.clear()
    return len(queries)
