"""How often an address may search: 120 times a minute, and a few times more for each process that answers."""

import pytest
from django.test import Client, RequestFactory

from articles import limits
from articles.limits import FEW, ONE_OF_FEW, FirstFew, is_one_of_few, network_of
from tests.newsroom import Newsroom

from .test_reader_front import Overheard
from .test_reader_front import django as django
from .test_search_front import Asking

pytestmark = pytest.mark.django_db
A_MINUTE = 120


@pytest.fixture(autouse=True)
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """That does not end while it is counted: neither here nor in the cache."""
    monkeypatch.setattr("articles.limits.monotonic", lambda: 90.0)
    monkeypatch.setattr("django_ratelimit.core.time.time", lambda: 1_000_000.0)
    monkeypatch.setattr(limits, "first_few", FirstFew())


def search(address: str = "192.0.2.1") -> int:
    return Client(REMOTE_ADDR=address).get("/search/").status_code


def test_an_address_may_search_so_often_and_no_more(newsroom: object) -> None:
    assert {search() for _ in range(A_MINUTE)} == {200}
    assert search() == 429
    assert search("192.0.2.2") == 200


def test_another_process_adds_its_few(newsroom: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(A_MINUTE):
        search()
    monkeypatch.setattr(limits, "first_few", FirstFew())
    assert [search() for _ in range(FEW + 1)] == [200] * FEW + [429]


def test_the_few_begin_again_every_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    few = FirstFew()
    assert [few.has("a") for _ in range(FEW + 1)] == [True] * FEW + [False]
    assert few.has("b")
    monkeypatch.setattr("articles.limits.monotonic", lambda: 150.0)
    assert few.has("a")


def test_a_search_is_counted_once_however_often_it_is_asked_about() -> None:
    request = RequestFactory().get("/search/", REMOTE_ADDR="192.0.2.1")
    assert all(is_one_of_few(request.META) for _ in range(FEW + 1))
    others = [RequestFactory().get("/search/", REMOTE_ADDR="192.0.2.1") for _ in range(FEW)]
    assert [is_one_of_few(other.META) for other in others] == [True] * (FEW - 1) + [False]


def test_no_more_addresses_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 3)
    few = FirstFew()
    for address in range(10):
        few.has(str(address))
        assert len(few._counts) <= 3


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("no:address", "no:address"),
    ],
)
def test_an_address_stands_for_its_network(address: str, network: str) -> None:
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address).META) == network


def test_one_limit_counts_before_django_and_in_it(newsroom: Newsroom, django: Overheard) -> None:
    newsroom.publish("The festival")
    site, short = Asking(django), []
    for words in ("festival", "nowhere", "festivel", "festival") * 30:
        calls = django.calls
        assert site.get(f"q={words}", REMOTE_ADDR="192.0.2.1")[0] == "200 OK"
        short.append(django.calls == calls)
    assert short == ([False, False, False, True] + [True, False, False, True] * 4) + [False] * 100
    assert site.get("q=festival", REMOTE_ADDR="192.0.2.1")[0].startswith("429")
    assert site.get("q=festival", REMOTE_ADDR="192.0.2.1", behind=True)[0].startswith("429")
    assert site.get("q=festival", REMOTE_ADDR="192.0.2.2")[0] == "200 OK"


def test_no_header_says_that_a_search_was_counted(newsroom: object, django: Overheard) -> None:
    site, name = Asking(django), f"HTTP_{ONE_OF_FEW.upper().replace('.', '_')}"
    for _ in range(A_MINUTE):
        site.get("", REMOTE_ADDR="192.0.2.1", **{name: "1"})
    assert site.get("", REMOTE_ADDR="192.0.2.1", **{name: "1"})[0].startswith("429")
