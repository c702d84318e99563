"""Before Django a visitor's search is answered as behind it: the same status, headers and page."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as house
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection, connections
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from articles import replicas, search_front
from articles.models import BriefingPage
from articles.search_front import LONGEST_QUERY, THE_SEARCH, SearchFront, is_a_visitors
from articles.shelf import answers_at_hand, shelf
from tests.newsroom import Newsroom, member

from .test_front import SECURE
from .test_reader_front import Overheard
from .test_reader_front import django as django
from .test_search import ODD, story
from .test_unlock_front import session_of

pytestmark = pytest.mark.django_db

# Status, headers, body.
Answer = tuple[str, list[tuple[str, str]], bytes]
FESTIVAL = "q=festival"


class Asking:
    """The site as a server calls it, each time from another address: none is past its first few."""

    addresses = map(str, map(ip_address, count(2**24)))

    def __init__(self, django: Overheard) -> None:
        self.django, self.front = django, SearchFront(django)

    def get(self, query: str, *, behind: bool = False, **asked: Any) -> Answer:
        """``behind``: from Django itself."""
        basis = {"PATH_INFO": THE_SEARCH, "QUERY_STRING": query, "HTTP_HOST": "testserver"}
        basis["REMOTE_ADDR"] = next(self.addresses)
        environ = RequestFactory().request(**basis | asked).environ
        said: list[Any] = []
        body = (self.django if behind else self.front)(environ, lambda *head: said.extend(head))
        text = b"".join(body)
        getattr(body, "close", lambda: None)()
        return said[0], sorted(said[1]), text

    def is_short(self, query: str, **asked: Any) -> bool:
        """And right, whichever way it went."""
        before = self.django.calls
        answer = self.get(query, **asked)
        short = self.django.calls == before
        assert answer == self.get(query, behind=True, **asked)
        return short


@pytest.fixture
def site(newsroom: Newsroom, django: Overheard) -> Asking:
    """With the headers of a search at hand."""
    newsroom.publish("The festival")
    site = Asking(django)
    site.get("q=nothing")
    return site


def test_it_is_where_the_search_is() -> None:
    assert reverse("search") == THE_SEARCH


def test_the_first_goes_to_django_and_no_other(newsroom: Newsroom, django: Overheard) -> None:
    newsroom.publish("The festival")
    site = Asking(django)
    ways = [site.is_short(f"q={words}") for words in ("festival", "festival", "festivals", "story")]
    assert ways == [False, True, True, True]


def test_it_asks_what_the_search_asks_and_nothing_else(newsroom: Newsroom, site: Asking) -> None:
    newsroom.publish("The fair")
    site.get("q=nothing")
    calls = site.django.calls
    for query, wanted in ("q=festival", 2), ("q=festivals", 1), ("q=festivals", 0), ("q=fair", 2):
        with CaptureQueriesContext(connection) as queries:
            assert site.get(query)[0] == "200 OK"
        assert len(queries) == wanted
    assert site.django.calls == calls


@pytest.mark.parametrize(
    "query",
    [
        "q=%20festival+",
        "q=festival&page=2",
        "q=festival&page=99999999999",
        "q=festival&page=%d9%a1",
        "page=1&q=nothing&q=festival",
        "q=festival;q=nothing",
        "Q=story&q=festival&",
        "q=the%C2%A0festival",
        "q=festival%00",
        "q=-nowhere",
        "q=%22festival%22&page=1&utm_source=x",
        "q=festival\xe9",
        "q=festival%e9",
        "q=festival+%26lt;b%26gt;%EE%80%85",
    ],
)
def test_a_query_is_read_as_django_reads_it(site: Asking, query: str) -> None:
    site.is_short(query)


def test_its_pages_are_those_of_django(newsroom: Newsroom, site: Asking) -> None:
    for number in range(11):
        newsroom.publish(f"Festival {number}")
    site.get(FESTIVAL)
    for page in ("", "1", "2", "3", "0", "x"):
        assert site.is_short(f"{FESTIVAL}&page={page}")
    assert b"12 briefings" in site.get(f"{FESTIVAL}&page=2")[2]


@pytest.mark.parametrize("query", ODD)
def test_nothing_is_too_odd(site: Asking, query: str) -> None:
    for page in ("1", "9" * 30):
        site.is_short(urlencode({"q": query, "page": page}))


def test_what_is_nowhere_or_corrected_is_djangos_and_searched_for_once(site: Asking) -> None:
    for words in "nowhere", "festivel", "":
        with CaptureQueriesContext(connection) as queries:
            assert not site.is_short(f"q={words}")
        assert len([query for query in queries if "find_briefings" in query["sql"]]) <= 2
    assert b"Showing <strong>festival</strong> instead" in site.get("q=festivel")[2]


UNUSUAL: list[dict[str, str]] = [
    {"HTTP_COOKIE": f"{house.SESSION_COOKIE_NAME}=x"},
    {"HTTP_COOKIE": "messages=x"},
    {"HTTP_COOKIE": f"{house.CSRF_COOKIE_NAME}=too-short"},
    {"HTTP_COOKIE": f"{house.CSRF_COOKIE_NAME}={'c' * 32}\xa0"},
    {"HTTP_COOKIE": f"{house.CSRF_COOKIE_NAME}"},
    {"HTTP_HX_REQUEST": "true"},
    {"REQUEST_METHOD": "POST"},
    {"REQUEST_METHOD": "HEAD"},
    {"REQUEST_METHOD": "get"},
    {"PATH_INFO": "/search"},
    {"PATH_INFO": "//search/"},
    {"PATH_INFO": "/search/x"},
    {"SCRIPT_NAME": "/site"},
    {"CONTENT_TYPE": "text/plain; charset=utf-16"},
    {"QUERY_STRING": FESTIVAL + "&" * LONGEST_QUERY},
    {"HTTP_HOST": "elsewhere.example"},
    {"HTTP_HOST": ""},
]


@pytest.mark.parametrize("asked", UNUSUAL, ids=lambda asked: str(asked)[:40])
def test_what_is_unusual_goes_to_django(site: Asking, asked: dict[str, str]) -> None:
    assert site.is_short(FESTIVAL)
    for _ in range(2):
        calls = site.django.calls
        site.get(FESTIVAL, **asked)
        assert site.django.calls == calls + 1


USUAL: list[dict[str, str]] = [
    {"HTTP_COOKIE": "consent=yes"},
    {"HTTP_COOKIE": f"a=b; {house.CSRF_COOKIE_NAME}={'c' * 32}"},
    {"HTTP_ACCEPT_ENCODING": "br, gzip"},
    {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_IF_MODIFIED_SINCE": "Sun, 22 Nov 2026 10:00:00 GMT"},
    {"HTTP_RANGE": "bytes=0-9"},
    {"HTTP_AUTHORIZATION": "Basic eDp5"},
    {"HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_X_FORWARDED_HOST": "elsewhere.example"},
    {"SERVER_PROTOCOL": "HTTP/1.0"},
    {"CONTENT_TYPE": "", "CONTENT_LENGTH": ""},
]


@pytest.mark.parametrize("asked", USUAL, ids=str)
def test_whatever_else_a_visitor_sends_is_answered_alike(site: Asking, asked: dict[str, str]) -> None:
    assert site.is_short(FESTIVAL, **asked)


def test_a_reader_has_words_of_their_own(site: Asking) -> None:
    site.get(FESTIVAL)
    theirs = site.get(FESTIVAL, HTTP_COOKIE=f"{house.SESSION_COOKIE_NAME}={session_of(member())}")
    assert b"Open to you" in theirs[2]
    assert b"Open to you" not in site.get(FESTIVAL)[2]
    assert site.is_short(FESTIVAL)


def test_another_origin_has_headers_of_its_own(site: Asking, settings: Settings) -> None:
    for name, value in SECURE.items():
        setattr(settings, name, value)
    site = Asking(Overheard())
    others = [{"HTTP_HOST": "localhost"}, {"SERVER_PORT": "8080"}, {"HTTP_X_FORWARDED_PROTO": "https"}]
    for asked in others:
        assert [site.is_short(FESTIVAL, **asked) for _ in range(2)] == [False, True], asked
    secure = dict(site.get(FESTIVAL, HTTP_X_FORWARDED_PROTO="https")[1])
    assert "Strict-Transport-Security" in secure
    assert "Strict-Transport-Security" not in dict(site.get(FESTIVAL)[1])


def renamed(newsroom: Newsroom) -> None:
    page = BriefingPage.objects.get(title="The festival")
    page.title = "The festival, anew"
    page.save_revision().publish()


def another(newsroom: Newsroom) -> None:
    newsroom.publish("Another festival")


def withdrawn(newsroom: Newsroom) -> None:
    BriefingPage.objects.get(title="The festival").unpublish()


@pytest.mark.parametrize("change", [renamed, another, withdrawn])
def test_what_is_published_anew_is_printed_anew(
    newsroom: Newsroom, site: Asking, change: Callable[[Newsroom], None]
) -> None:
    assert site.is_short(FESTIVAL)
    before = site.get(FESTIVAL)[2]
    change(newsroom)
    assert not site.is_short(FESTIVAL)
    assert site.is_short(FESTIVAL) == (change is not withdrawn)
    assert site.get(FESTIVAL)[2] != before


def test_a_locked_word_is_as_unknown_as_any(newsroom: Newsroom, site: Asking) -> None:
    page = newsroom.publish("Labs", illustrated=True)
    locked = newsroom.canaries[page.pk, "takeaways"][0]
    site.get("q=labs")
    assert site.is_short("q=labs")
    said = b"".join(site.get(f"q={words}")[2] for words in ("labs", "story", f"labs+{locked[:-1]}"))
    assert newsroom.found_in(said.decode()) == set()
    asked, nowhere = (site.get(f"q={word}")[2].decode() for word in (locked, "canarynowhere"))
    assert asked.replace(locked, "canarynowhere") == nowhere


def test_what_goes_while_it_is_searched_for_is_djangos_to_tell(site: Asking) -> None:
    site.get(FESTIVAL)
    shelf_without_rows()
    BriefingPage.objects.filter(title="The festival").update(live=False)
    assert not site.is_short(FESTIVAL)


def shelf_without_rows() -> None:
    for place in [place for place in shelf._places if isinstance(place, tuple) and "row" in place]:
        shelf.drop(place)


def test_without_its_frame_or_a_version_it_is_djangos(site: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.is_short(FESTIVAL)
    for place in [place for place in shelf._places if place[1:] == ("search frame",)]:
        shelf.drop(place)
    assert [site.is_short(FESTIVAL) for _ in range(2)] == [False, True]
    for module in "search_front", "search":
        monkeypatch.setattr(f"articles.{module}.known_version", lambda: None)
    assert [site.is_short(FESTIVAL) for _ in range(2)] == [False, False]


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_a_database_that_fails_is_djangos_to_tell(
    site: Asking, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def failing(*args: Any) -> None:
        raise error

    site.get(FESTIVAL)
    monkeypatch.setattr(search_front, "page_at_hand", failing)
    assert not site.is_short(FESTIVAL)


def test_it_reads_where_visitors_read(site: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    reading: list[Any] = []
    monkeypatch.setattr(search_front, "page_at_hand", lambda answer: reading.append(replicas.reading.get()))
    site.get(FESTIVAL)
    assert [now.from_replica for now in reading] == [True]
    assert replicas.reading.get() is None


HEADERS = [("Content-Length", "1"), ("Cache-Control", "private, no-store"), ("Vary", "Cookie")]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("429 Too Many Requests", HEADERS),
        ("200 OK", HEADERS[1:]),
        ("200 OK", [*HEADERS[:1], ("Cache-Control", "public, max-age=0")]),
        ("200 OK", [*HEADERS, ("Set-Cookie", "a=b")]),
        ("200 OK", [*HEADERS, ("Vary", "Accept-Encoding")]),
        ("200 OK", [*HEADERS, ("Content-Encoding", "gzip")]),
        ("200 OK", [*HEADERS, ("Content-Security-Policy", "script-src 'nonce-x'")]),
    ],
)
def test_what_is_said_to_one_alone_is_said_to_no_other(status: str, headers: list[tuple[str, str]]) -> None:
    assert is_a_visitors(("200 OK", HEADERS))
    assert not is_a_visitors((status, headers))


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_have_each_their_own(newsroom: Newsroom) -> None:
    names = [f"subject{number}" for number in range(8)]
    for name in names:
        newsroom.publish(f"The {name}", body=story(f"About {name} alone."))
    site = Asking(Overheard())
    alone = {name: site.get(f"q={name}", behind=True) for name in names}
    cache.clear()
    for each in shelf, answers_at_hand:
        each.clear()

    def ask(number: int) -> bool:
        name = names[number % 8]
        right = site.get(f"q={name}") == alone[name]
        connections.close_all()
        return right

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(160)))
    assert site.django.calls < 8 + 40
