"""Locked text never leaks. Every gated block carries a canary; every address that can be found is fetched
as every kind of reader; and no canary may sing before someone who has no right to it."""

import base64
import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, PageViewRestriction

from accounts.models import User
from articles.models import BriefingPage
from insights.unlocks import Intent, give, unlock
from tests.newsroom import Newsroom, canary, editor, member, open_newsroom, reader

ADDRESS = re.compile(
    r"""(?:href|src|action|hx-get|hx-post)=["']([^"'#]+)|content="(http[^"]+)|<loc>([^<]+)|<link>([^<]+)"""
)
MOST_PAGES = 400
NOT_TO_PRESS = ("/logout", "/accounts/logout")
BEGINNINGS = (
    *(
        "/",
        "/search/",
        "/feed/",
        "/sitemap.xml",
        "/news-sitemap.xml",
        "/robots.txt",
        "/library/",
        "/account/",
    ),
    *(
        "/credits/",
        "/credits/buy/",
        "/club/",
        "/accounts/login/",
        "/accounts/signup/",
        "/livez",
        "/readyz",
        "/admin/",
    ),
    *(
        "/nothing/",
        "/entertainment/nothing/",
        "/admin/api/main/pages/",
        "/api/v2/pages/",
        "/documents/1/x.pdf",
    ),
)

Allowed = set[tuple[int, str]]


@dataclass
class House:
    """A newsroom in which every state of a briefing and of a section occurs once."""

    newsroom: Newsroom
    pages: dict[str, BriefingPage]

    def sections(self, *names: str) -> Allowed:
        keys = {self.pages[name].pk for name in names}
        return {place for place in self.newsroom.canaries if place[0] in keys}

    @property
    def for_visitors(self) -> Allowed:
        return {(self.pages["part public"].pk, "key-insights")}

    @property
    def for_registered(self) -> Allowed:
        return self.for_visitors | {(self.pages["part registered"].pk, "takeaways")} | self.sections("free")


@pytest.fixture
def house(db: None) -> House:
    newsroom = open_newsroom()
    pages = {
        "locked": newsroom.publish("All locked", slug="locked"),
        "mine": newsroom.publish("Unlocked by one", slug="mine"),
        "given": newsroom.publish("Given to one", slug="given"),
        "part public": newsroom.publish("Partly public", slug="part-public", key_insights_access="public"),
        "part registered": newsroom.publish("Partly registered", slug="part", takeaways_access="registered"),
        "free": newsroom.publish("Costs nothing", slug="free", price=0),
        "dear": newsroom.publish("Dear", slug="dear", price=99, section=newsroom.technology),
        "withdrawn": newsroom.publish("Withdrawn", slug="withdrawn"),
        "restricted": newsroom.publish("For a group", slug="restricted"),
        "draft": newsroom.file("A draft", slug="draft", live=False),
    }
    pages["withdrawn"].unpublish()
    PageViewRestriction.objects.create(page=pages["restricted"], restriction_type="login")
    pages["locked"].create_alias(parent=newsroom.technology)
    edited = pages["locked"]
    edited.title = "All locked, edited"
    edited.save_revision()
    return House(newsroom, pages)


def test_a_visitor_finds_what_is_public_and_nothing_else(house: House) -> None:
    sweep(house, Client(), allowed=house.for_visitors)


def test_a_reader_without_credits_finds_what_is_registered(house: House) -> None:
    sweep(house, signed_in(reader()), allowed=house.for_registered | house.sections())


def test_a_reader_finds_what_they_unlocked_and_were_given(house: House) -> None:
    someone = reader(credits=3)
    unlock(reader=someone, page=house.pages["mine"], intent=Intent(price=1))
    give(reader=someone, page=house.pages["given"])
    sweep(house, signed_in(someone), allowed=house.for_registered | house.sections("mine", "given"))


def test_a_member_finds_all_that_is_published(house: House) -> None:
    names = [name for name in house.pages if name not in ("withdrawn", "draft")]
    sweep(house, signed_in(member()), allowed=house.sections(*names))


def test_a_lapsed_member_finds_what_is_registered(house: House) -> None:
    hour = timedelta(hours=1)
    lapsed = member(starts_at=timezone.now() - 2 * hour, ends_at=timezone.now() - hour)
    sweep(house, signed_in(lapsed), allowed=house.for_registered)


def test_an_editor_of_another_desk_finds_only_that_desk(house: House) -> None:
    someone = editor()
    GroupPagePermission.objects.filter(group__name="Editors").update(page=house.newsroom.technology)
    alias = BriefingPage.objects.get(alias_of=house.pages["locked"])
    own_desk = house.sections("dear", "locked") if alias else set()
    sweep(house, signed_in(someone), allowed=house.for_registered | own_desk)


def test_the_sweep_would_hear_a_canary(house: House) -> None:
    """A member's pages searched with a visitor's rights: the sweep must fail on each locked briefing."""
    with pytest.raises(AssertionError, match="leaked"):
        sweep(house, signed_in(member()), allowed=house.for_visitors)


def test_after_the_end_of_a_right_nothing_is_found(house: House) -> None:
    someone = member()
    client = signed_in(someone)
    client.get(house.pages["locked"].url)
    someone.memberships.update(ends_at=timezone.now())
    sweep(house, client, allowed=house.for_registered)


def test_after_signing_out_nothing_is_found(house: House) -> None:
    client = signed_in(member())
    client.get(house.pages["locked"].url)
    client.post(reverse("account_logout"))
    sweep(house, client, allowed=house.for_visitors)


def test_a_failed_unlock_says_nothing(house: House) -> None:
    client = signed_in(reader())
    for headers in ({}, {"HX-Request": "true"}):
        for name in ("locked", "dear"):
            answer = client.post(
                reverse("unlock", args=[house.pages[name].pk]), {"price": 99}, headers=headers, follow=True
            )
            hear(house, answer, allowed=house.for_registered)


def test_search_does_not_tell_a_locked_word_from_one_that_is_nowhere(house: House) -> None:
    for client in (Client(), signed_in(reader())):
        for words in house.newsroom.canaries.values():
            assert searched(client, words[0]) == searched(client, canary())
            assert searched(client, words[0][:12]) == searched(client, canary()[:12])


def searched(client: Client, words: str) -> str:
    html = client.get(reverse("search"), {"q": words}).content.decode()
    return re.sub(r'(nonce|csrfmiddlewaretoken" value)="[^"]+"', "", html.replace(words, "…"))


def test_mails_and_logs_say_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    client = Client()
    client.post(
        f"{reverse('account_signup')}?unlock={house.pages['locked'].pk}", {"email": "new@example.com"}
    )
    house.pages["locked"].save_revision().publish()
    signed_in(member()).get(house.pages["locked"].url)
    said = caplog.text + "".join(str(message.message()) for message in mail.outbox)
    assert mail.outbox
    assert house.newsroom.found_in(said) == set()


def signed_in(someone: User) -> Client:
    client = Client()
    client.force_login(someone)
    return client


def sweep(house: House, client: Client, *, allowed: Allowed) -> None:
    """Fetch every address that can be reached by links from the beginnings, each in several ways."""
    visited: set[str] = set()
    waiting = [*BEGINNINGS, *addresses_of(house)]
    while waiting:
        address = waiting.pop()
        if identity(address) in visited or address.startswith(NOT_TO_PRESS):
            continue
        assert len(visited) < MOST_PAGES, "more addresses than the sweep expects: raise the bound"
        visited.add(identity(address))
        answer = client.get(address)
        hear(house, answer, allowed=allowed)
        waiting += links_in(address, answer)
    assert len(visited) > len(BEGINNINGS)
    for page in house.pages.values():
        ask_in_other_ways(house, client, page, allowed)


def identity(address: str) -> str:
    """Where someone wants to go next makes no other page of the sign-in page."""
    return re.sub(r"\b(next|unlock)=[^&]*", r"\1", address)


def addresses_of(house: House) -> Iterator[str]:
    for page in house.pages.values():
        path = page.relative_url(None) or page.url_path
        yield from (
            path,
            f"{path}?print=1",
            f"{path}?format=json",
            f"{path}?preview=1",
            f"{path}amp/",
            f"{path}feed/",
        )
        yield from (f"/admin/pages/{page.pk}/{verb}/" for verb in ("edit", "view_draft", "history", "usage"))
        yield f"/admin/pages/{page.pk}/edit/preview/?mode=member"
        yield from (
            f"/admin/pages/{page.pk}/revisions/{revision}/{verb}/"
            for revision in page.revisions.values_list("pk", flat=True)
            for verb in ("view", "revert", "compare/earliest...latest")
        )
        yield f"/admin/api/main/pages/{page.pk}/"
        yield f"/unlock/{page.pk}/"


def ask_in_other_ways(house: House, client: Client, page: BriefingPage, allowed: Allowed) -> None:
    path = page.relative_url(None) or page.url_path
    ways = (
        {"HX-Request": "true"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Accept": "application/json"},
        {"Range": "bytes=0-999999"},
        {"Accept-Encoding": "gzip"},
        {"X-Forwarded-Host": "example.org", "X-Original-URL": "/admin/"},
        {"Sec-Purpose": "prefetch"},
    )
    for headers in ways:
        hear(house, client.get(path, headers=headers), allowed=allowed)
    for method in ("head", "options", "post", "put"):
        hear(house, getattr(client, method)(path), allowed=allowed)


def links_in(address: str, answer: object) -> Iterator[str]:
    kind = answer.headers.get("Content-Type", "")  # type: ignore[attr-defined]
    if "Location" in answer.headers:  # type: ignore[attr-defined]
        yield from ours(address, answer.headers["Location"])  # type: ignore[attr-defined]
    if kind.startswith(("text/", "application/xml", "application/rss")):
        for found in ADDRESS.findall(text_of(answer)):
            yield from ours(address, unescape("".join(found)))


def ours(address: str, link: str) -> Iterator[str]:
    whole = urlsplit(urljoin(f"http://testserver{address}", link.strip()))
    known = whole.path.startswith(("/static/", "/media/", "/admin/"))
    if whole.scheme == "http" and whole.netloc == "testserver" and not known:
        yield whole.path + (f"?{whole.query}" if whole.query else "")


def text_of(answer: object) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if answer.headers.get("Content-Encoding") == "gzip":  # type: ignore[attr-defined]
        body = gzip.decompress(body)
    return body.decode("utf-8", "replace")


def hear(house: House, answer: object, *, allowed: Allowed) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())  # type: ignore[attr-defined]
    text = text_of(answer) + headers
    for decode in DECODINGS:
        leaked = house.newsroom.found_in(decode(text)) - allowed
        assert not leaked, f"{answer.request['PATH_INFO']} leaked {leaked}"  # type: ignore[attr-defined]


def from_base64(text: str) -> str:
    """Every run that could be base64, read from each of its first four characters on."""
    pieces = [
        piece.translate(str.maketrans("-_", "+/")) for piece in re.findall(r"[A-Za-z0-9+/_-]{24,}", text)
    ]
    parts = (piece[start:][: (len(piece) - start) // 4 * 4] for piece in pieces for start in range(4))
    return " ".join(base64.b64decode(part).decode("latin-1") for part in parts)


DECODINGS: tuple[Callable[[str], str], ...] = (str, unescape, unquote, lambda text: text[::-1], from_base64)
