"""Before Django a reader's page leaves as it left behind it: the same status, headers and words."""

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings as house
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from articles.models import BriefingPage
from articles.reader_front import ReaderFront
from tests.newsroom import Newsroom, member, reader

from .test_reader_pages import without_what_is_drawn

pytestmark = pytest.mark.django_db

Answer = tuple[str, dict[str, str], str]


class Overheard:
    """Django as the server calls it, and how often."""

    def __init__(self) -> None:
        self.django, self.calls = WSGIHandler(), 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self.calls += 1
        return self.django(environ, start_response)


@pytest.fixture
def django(monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """A request gives its connection back when it ends, and here that is the test's own."""
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda connection: None)
    return Overheard()


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    newsroom.publish("Another")
    return newsroom.publish("A briefing")


def asked(application: Any, someone: User, path: str, **headers: str) -> Answer:
    """All that leaves the house but for what is drawn anew for each."""
    client = Client()
    client.force_login(someone)
    cookies = SimpleCookie({house.CSRF_COOKIE_NAME: "c" * 32, house.SESSION_COOKIE_NAME: cookie_of(client)})
    factory = RequestFactory(headers={"Cookie": cookies.output(header="", sep=";"), **headers})
    said: list[Any] = []
    body = application(factory.get(path).environ, lambda *head: said.append(head))
    text = b"".join(body).decode()
    status, lines = said[0]
    return (
        status,
        {name: without_what_is_drawn(line.strip()) for name, line in lines},
        without_what_is_drawn(text),
    )


def cookie_of(client: Client) -> str:
    return client.cookies[house.SESSION_COOKIE_NAME].value


@pytest.mark.parametrize("path", ["/", "/entertainment/", "/entertainment/a-briefing/"])
@pytest.mark.parametrize("who", [reader, member])
def test_it_says_what_django_says(briefing: BriefingPage, django: Overheard, path: str, who: Any) -> None:
    someone, front = who(), ReaderFront(django)
    for _ in range(3):
        asked(front, someone, path)
    long, calls = asked(django, someone, path, **{"HX-Request": "true"}), django.calls
    with CaptureQueriesContext(connection) as queries:
        short = asked(front, someone, path)
    assert short == long
    assert django.calls == calls
    assert len([query for query in queries if "reader_facts" in query["sql"]]) == 1


def test_one_readers_headers_are_not_anothers(briefing: BriefingPage, django: Overheard) -> None:
    front = ReaderFront(django)
    someone, another = reader("a@example.com", credits=7), reader("b@example.com", credits=2)
    for _ in range(3):
        asked(front, someone, briefing.url)
    first, second = (asked(front, who, briefing.url) for who in (someone, another))
    assert ["7 credits" in text for _, _, text in (first, second)] == [True, False]
    assert ["2 credits" in text for _, _, text in (first, second)] == [False, True]
    assert {**first[1], "Set-Cookie": ""} == {**second[1], "Set-Cookie": ""}


def test_what_ended_goes_to_django(newsroom: Newsroom, briefing: BriefingPage, django: Overheard) -> None:
    someone, front = member(), ReaderFront(django)
    for _ in range(4):
        asked(front, someone, briefing.url)
    someone.memberships.all().delete()
    assert newsroom.found_in(asked(front, someone, briefing.url)[2]) == set()
    User.objects.filter(pk=someone.pk).update(is_active=False)
    calls = django.calls
    _, headers, text = asked(front, someone, briefing.url)
    assert django.calls == calls + 1
    assert 'href="/accounts/login/?' in text
    assert "Clear-Site-Data" in headers
