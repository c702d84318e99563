"""A signed-in reader's page out of a sheet: the page of the long way, byte for byte, for one query."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from accounts.closing import close_account
from accounts.merging import merge_readers
from accounts.models import ReaderSession, Tier, User
from articles import learning
from articles.models import BriefingPage
from articles.versions import something_changed
from credits import ledger
from credits.models import AccountFreeze, LotKind
from insights.models import Opening, Unlock
from insights.sections import SECTIONS
from insights.unlocks import Intent, give, unlock
from tests.newsroom import PASSWORD, Newsroom, editor, member, reader

pytestmark = pytest.mark.django_db

# To the site an odd request, and so one for the long way; to a page nothing.
THE_LONG_WAY = {"HX-Request": "true"}
OWN = (
    re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]{64}(?=")'),
    re.compile(r'(?<=nonce=")[^"]{24}(?=")'),
    re.compile(r"(?<='nonce-)[^']{24}(?=')"),
    re.compile(r"(?<=expires=)[^;]+(?=;)"),
)


def signed_in(someone: User) -> Client:
    """With the cookies that a reader has from the second page on."""
    client = Client()
    client.force_login(someone)
    client.cookies[house.CSRF_COOKIE_NAME] = "c" * 32
    return client


def cost(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


def said(response: HttpResponse) -> tuple[int, dict[str, str], str]:
    """All of an answer but for what is drawn anew for each."""
    cookies = {f"Set-Cookie {name}": morsel.OutputString() for name, morsel in response.cookies.items()}
    headers = {**response.headers, **cookies}
    if sent := headers.pop("Set-Cookie", None):
        headers[f"Set-Cookie {sent.partition('=')[0]}"] = sent
    return (
        response.status_code,
        {name: without_what_is_drawn(value) for name, value in headers.items()},
        without_what_is_drawn(response.content.decode()),
    )


def without_what_is_drawn(text: str) -> str:
    for pattern in OWN:
        text = pattern.sub("drawn", text)
    return text


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    for title in ("Another", "A third"):
        newsroom.publish(title)
    return newsroom.publish("A briefing", price=2)


def known(client: Client, path: str) -> str:
    """What the client reads there once the page is on a sheet."""
    client.get(path)
    assert cost(client, path) == 1
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/entertainment/?page=1", "/entertainment/a-briefing/"])
def test_it_costs_one_query(briefing: BriefingPage, path: str) -> None:
    for who in (reader, member):
        signed_in(who(f"first-{who.__name__}@example.com")).get(path)
        client = signed_in(who(f"second-{who.__name__}@example.com"))
        client.get(path, headers=THE_LONG_WAY)
        assert [cost(client, path), cost(client, path)] == [1, 1]


def readers_of_all_kinds(newsroom: Newsroom) -> dict[str, User]:
    """Each before "A briefing", which costs two credits."""
    page, other = (BriefingPage.objects.get(title=title) for title in ("A briefing", "Another"))
    people = {str(n): reader(f"has{n}@example.com", credits=n) for n in (0, 1, 2, 7)}
    people |= {source: member(f"{source}@example.com", source=source) for source in ("comp", "paid", "team")}
    people |= {name: reader(f"{name}@example.com", credits=3) for name in ("owns", "given", "held", "owes")}
    unlock(reader=people["owns"], page=page, intent=Intent(price=2))
    unlock(reader=people["7"], page=other, intent=Intent(price=1))
    give(reader=people["given"], page=page)
    give(reader=people["comp"], page=other)
    AccountFreeze.objects.create(wallet_id=people["held"].wallet_id, cause="test")
    fall_in_debt(people["owes"], page)
    return people


def fall_in_debt(someone: User, page: BriefingPage) -> None:
    wallet = someone.wallet_id
    bought = ledger.grant(wallet_id=wallet, amount=4, kind=LotKind.PAID, reason="Bought", key="test:bought")
    ledger.spend(wallet_id=wallet, amount=6, key="test:spent", reason="Spent")
    ledger.reverse(transaction_id=bought.transaction_id, key="test:back", reason="Taken back")


LEVELS = [
    ("locked", "locked", "locked", 2),
    ("public", "registered", "locked", 1),
    ("locked", "public", "registered", 0),
    ("registered", "registered", "registered", 2),
    ("unheard of", "locked", "public", 0),
]


@pytest.mark.parametrize("levels", LEVELS)
def test_it_is_the_page_of_the_long_way(
    newsroom: Newsroom, briefing: BriefingPage, levels: tuple[Any, ...]
) -> None:
    *each, price = levels
    fields = {section.level_field: level for section, level in zip(SECTIONS, each, strict=True)}
    people = readers_of_all_kinds(newsroom)
    BriefingPage.objects.filter(pk=briefing.pk).update(price=price, **fields)
    something_changed()
    for name, someone in people.items():
        client = signed_in(someone)
        # A member's first reading is recorded, the second is printed, the third comes out of it.
        for _ in range(2):
            client.get(briefing.url)
        long = client.get(briefing.url, headers=THE_LONG_WAY)
        with CaptureQueriesContext(connection) as queries:
            short = client.get(briefing.url)
        assert len(queries) == 1, name
        assert said(short) == said(long), name


@pytest.mark.parametrize("path", ["/", "/entertainment/"])
def test_a_listing_is_that_of_the_long_way(newsroom: Newsroom, briefing: BriefingPage, path: str) -> None:
    for name, someone in readers_of_all_kinds(newsroom).items():
        client = signed_in(someone)
        client.get(path)
        long = client.get(path, headers=THE_LONG_WAY)
        with CaptureQueriesContext(connection) as queries:
            short = client.get(path)
        assert len(queries) == 1, name
        assert said(short) == said(long), name


def test_what_is_open_to_one_is_not_to_the_next(newsroom: Newsroom, briefing: BriefingPage) -> None:
    """A process full of what members read, and then every other kind of reader."""
    people = readers_of_all_kinds(newsroom)
    opened = {"comp", "paid", "team", "owns", "given"}
    for name in opened:
        assert newsroom.missing_from(known(signed_in(people[name]), briefing.url), briefing) == []
    for name in people.keys() - opened:
        client = signed_in(people[name])
        texts = [client.get(path).content.decode() for _ in range(3) for path in (briefing.url, "/")]
        assert newsroom.found_in("".join(texts)) == set(), name


def test_nothing_of_one_reader_is_in_the_page_of_another(briefing: BriefingPage) -> None:
    first, second = (signed_in(reader(f"{n}@example.com", credits=n)) for n in (7, 5))
    first.get(briefing.url)
    pages = [client.get(briefing.url) for client in (first, second, second)]
    assert len({token(page) for page in pages}) == 3
    assert len({page["Content-Security-Policy"] for page in pages}) == 3
    assert ["7 credits" in page.content.decode() for page in pages] == [True, False, False]


def token(page: HttpResponse) -> str:
    found = OWN[0].search(page.content.decode())
    assert found
    return found[0]


def test_its_form_unlocks_and_the_page_is_open_at_once(newsroom: Newsroom, briefing: BriefingPage) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader(credits=3))
    client.cookies[house.CSRF_COOKIE_NAME] = "c" * 32
    known(client, briefing.url)
    page = client.get(briefing.url)
    sent = {"price": 2, "csrfmiddlewaretoken": token(page)}
    answer = client.post(reverse("unlock", args=[briefing.pk]), sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    text = client.get(briefing.url).content.decode()
    assert newsroom.missing_from(text, briefing) == []
    assert 'value="1">1 credit</data>' in text


def end(someone: User) -> None:
    ReaderSession.objects.all().delete()


def expire(someone: User) -> None:
    ReaderSession.objects.update(expire_date=timezone.now())


def deactivate(someone: User) -> None:
    User.objects.filter(pk=someone.pk).update(is_active=False)


def change_password(someone: User) -> None:
    someone.set_password(f"{PASSWORD}-2")
    someone.save()


def merge(someone: User) -> None:
    merge_readers(source=someone, target=reader("target@example.com"), by=None, reason="One person")


@pytest.mark.parametrize("what", [end, expire, deactivate, change_password, close_account, merge])
def test_whoever_is_signed_in_no_longer_is_a_visitor(
    newsroom: Newsroom, briefing: BriefingPage, what: Callable[[User], object]
) -> None:
    someone = member()
    client = signed_in(someone)
    assert newsroom.missing_from(known(client, briefing.url), briefing) == []
    what(someone)
    answer = client.get(briefing.url)
    assert newsroom.found_in(answer.content.decode()) == set()
    assert 'href="/accounts/login/?' in answer.content.decode()
    assert "Clear-Site-Data" in answer.headers


def lapse(someone: User) -> None:
    someone.memberships.update(ends_at=timezone.now())


def belittle(someone: User) -> None:
    Tier.objects.update(opens_everything=False)


def take_back(someone: User) -> None:
    lapse(someone)
    row = Unlock.objects.get(reader=someone)
    ledger.reverse(transaction_id=row.transaction_id or 0, key="test:refund", reason="Refunded")


@pytest.mark.parametrize("what", [lapse, belittle, take_back])
def test_a_right_that_ended_opens_nothing(
    newsroom: Newsroom, briefing: BriefingPage, what: Callable[[User], object]
) -> None:
    someone = member()
    if what is take_back:
        lapse(someone)
        ledger.grant(wallet_id=someone.wallet_id, amount=2, kind=LotKind.PAID, reason="Bought", key="test:2")
        unlock(reader=someone, page=briefing, intent=Intent(price=2))
    client = signed_in(someone)
    assert newsroom.missing_from(known(client, briefing.url), briefing) == []
    what(someone)
    assert newsroom.found_in(client.get(briefing.url).content.decode()) == set()
    assert newsroom.found_in(known(client, briefing.url)) == set()


def test_spending_on_hold_is_seen_at_once(briefing: BriefingPage) -> None:
    someone = reader(credits=3)
    client = signed_in(someone)
    assert "Unlock for 2 credits" in known(client, briefing.url)
    AccountFreeze.objects.create(wallet_id=someone.wallet_id, cause="test")
    assert "on hold" in client.get(briefing.url).content.decode()


def lock(page: BriefingPage) -> None:
    page.key_insights_access = "locked"
    page.save_revision().publish()


def restrict(page: BriefingPage) -> None:
    PageViewRestriction.objects.create(page=page, restriction_type="password", password="secret")


@pytest.mark.parametrize("what", [lock, restrict, BriefingPage.unpublish, BriefingPage.delete])
def test_what_the_newsroom_does_is_seen_at_once(
    newsroom: Newsroom, what: Callable[[BriefingPage], object]
) -> None:
    page = newsroom.publish("A briefing", key_insights_access="registered")
    client = signed_in(reader())
    assert newsroom.found_in(known(client, page.url)) == {(page.pk, "key-insights")}
    what(BriefingPage.objects.get(pk=page.pk))
    assert newsroom.found_in(client.get(page.url).content.decode()) == set()


def test_a_restricted_page_always_goes_the_long_way(newsroom: Newsroom, briefing: BriefingPage) -> None:
    PageViewRestriction.objects.create(page=briefing, restriction_type="login")
    client = signed_in(reader())
    client.get(briefing.url)
    assert cost(client, briefing.url) > 2


def test_an_editor_goes_the_long_way(newsroom: Newsroom, briefing: BriefingPage) -> None:
    known(signed_in(member()), briefing.url)
    client = signed_in(editor())
    pages = [client.get(briefing.url).content.decode() for _ in range(2)]
    assert ['data-reason="editor"' in page for page in pages] == [True, True]


def test_a_members_first_reading_is_recorded(briefing: BriefingPage) -> None:
    known(signed_in(member()), briefing.url)
    second = signed_in(member("second@example.com"))
    assert Opening.objects.count() == 1
    second.get(briefing.url)
    assert Opening.objects.count() == 2
    assert cost(second, briefing.url) <= 2


def test_a_message_that_waits_is_shown_once(briefing: BriefingPage) -> None:
    client = signed_in(reader(credits=3))
    known(client, briefing.url)
    client.post(reverse("unlock", args=[briefing.pk]), {"price": 2})
    pages = [client.get(briefing.url).content.decode() for _ in range(2)]
    assert ["2 credits spent" in page for page in pages] == [True, False]


@dataclass(frozen=True)
class Odd:
    method: str = "GET"
    query: str = ""
    session: str = ""


@pytest.mark.parametrize("odd", [Odd(method="HEAD"), Odd(query="?page=two"), Odd(session="wish")])
def test_what_is_unusual_goes_the_long_way(briefing: BriefingPage, odd: Odd) -> None:
    client = signed_in(reader(credits=3))
    if odd.session:
        session = client.session
        session[odd.session] = {"page": briefing.pk, "price": 2, "at": 0}
        session.save()
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.generic(odd.method, f"{briefing.url}{odd.query}")
    assert len(queries) > 2


def test_a_page_that_says_more_of_its_reader_is_never_on_a_sheet(
    briefing: BriefingPage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = BriefingPage.get_context
    monkeypatch.setattr(
        BriefingPage,
        "get_context",
        lambda page, request: whole(page, request) | {"site_name": request.user.email},
    )
    monkeypatch.setattr(learning, "TRIES", 1)
    first, second = signed_in(reader("a@example.com")), signed_in(reader("b@example.com"))
    pages = [client.get(briefing.url).content.decode() for client in (first, second, first, second)]
    assert ["a@example.com" in page for page in pages] == [True, False, True, False]
    assert ["b@example.com" in page for page in pages] == [False, True, False, True]
