"""Locked text never leaks. Every gated block carries a canary; every address that can be found is fetched
as every kind of reader; and no canary may sing before someone who has no right to it.

The same sweep goes over a running site: ``manage.py canary_sweep``, and tests/deployment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, PageViewRestriction

from accounts.models import User
from articles.models import BriefingPage
from briefings_site.canary.addresses import known
from briefings_site.canary.asking import Answer, Request
from briefings_site.canary.hearing import Ear
from briefings_site.canary.manifest import Manifest, Place, PlantedReader
from briefings_site.canary.planting import described, files_of, with_aliases
from briefings_site.canary.report import Report
from briefings_site.canary.searching import told_apart
from briefings_site.canary.sweeping import GUESSES_SHARED_BY
from briefings_site.canary.visiting import Visit
from briefings_site.canary.ways import Lures, all_ways
from briefings_site.canary.words import new_seed
from insights.unlocks import Intent, give, unlock
from tests.newsroom import LOST, Newsroom, editor, member, open_newsroom, reader

MOST_ADDRESSES = 600
# As few as a minute's limit of searches allows.
SEARCHED_FOR = 12
# Each way of asking is tried at one address of so many here; behind nginx at others, over the wire.
SHARE = 12


@dataclass
class House:
    """A newsroom in which every state of a briefing and of a section occurs once."""

    newsroom: Newsroom
    pages: dict[str, BriefingPage]

    def whole(self, *names: str) -> list[Place]:
        return [place for place in set(self.words.values()) if place.page in names and place.part != LOST]

    @property
    def words(self) -> dict[str, Place]:
        names = {page.pk: name for name, page in self.pages.items()}
        planted = [*self.newsroom.canaries.items(), *self.newsroom.in_files.items()]
        return {word: Place(names[pk], part) for (pk, part), words in planted for word in words}

    @property
    def for_visitors(self) -> list[Place]:
        return [Place("part public", "key-insights")]

    @property
    def for_registered(self) -> list[Place]:
        return [*self.for_visitors, Place("part registered", "takeaways"), *self.whole("free")]

    def manifest(self, sees: list[Place]) -> Manifest:
        return Manifest(
            seed=new_seed(),
            session_cookie="sessionid",
            pages={name: described(page) for name, page in with_aliases(self.pages).items()},
            words=self.words,
            files=[address for page in with_aliases(self.pages).values() for address in files_of(page)],
            readers={"visitor": PlantedReader(sees=self.for_visitors), "someone": PlantedReader(sees=sees)},
        )


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """Once for all: every test works in a transaction within this one."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def house(built: House, db: None) -> House:
    return built


def build() -> House:
    newsroom = open_newsroom()
    publish = partial(newsroom.publish, illustrated=True)
    file = partial(newsroom.file, illustrated=True)
    pages = {
        "locked": publish("All locked", slug="locked"),
        "mine": publish("Unlocked by one", slug="mine"),
        "given": publish("Given to one", slug="given"),
        "part public": publish("Partly public", slug="part-public", key_insights_access="public"),
        "part registered": publish("Partly registered", slug="part", takeaways_access="registered"),
        "free": publish("Costs nothing", slug="free", price=0),
        "dear": publish("Dear", slug="dear", price=99, section=newsroom.technology),
        "withdrawn": publish("Withdrawn", slug="withdrawn"),
        "restricted": publish("For a group", slug="restricted"),
        "draft": file("A draft", slug="draft", live=False),
    }
    pages["withdrawn"].unpublish()
    PageViewRestriction.objects.create(page=pages["restricted"], restriction_type="login")
    pages["locked"].create_alias(parent=newsroom.technology)
    edited = pages["locked"]
    edited.title = "All locked, edited"
    edited.save_revision()
    return House(newsroom, pages)


class InProcess:
    """The sweep's requests through Django's own client, where an error in the site is an error here."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def cookies(self) -> dict[str, str]:
        return {name: morsel.value for name, morsel in self.client.cookies.items()}

    def ask(self, request: Request) -> Answer:
        lines: dict[str, str] = {}
        for name, value in request.headers:
            lines[name] = f"{lines[name]}; {value}" if name in lines else value
        response = self.client.generic(request.method, request.target, request.body, headers=lines)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return Answer(response.status_code, tuple(response.items()), body)


def test_a_visitor_finds_what_is_public_and_nothing_else(house: House) -> None:
    sweep(house, Client(), sees=house.for_visitors)


def test_a_reader_without_credits_finds_what_is_registered(house: House) -> None:
    sweep(house, signed_in(reader()), sees=house.for_registered)


def test_a_reader_finds_what_they_unlocked_and_were_given(house: House) -> None:
    someone = reader(credits=3)
    unlock(reader=someone, page=house.pages["mine"], intent=Intent(price=1))
    give(reader=someone, page=house.pages["given"])
    sweep(house, signed_in(someone), sees=[*house.for_registered, *house.whole("mine", "given")])


def test_a_member_finds_all_that_is_published(house: House) -> None:
    names = [name for name in house.pages if name not in ("withdrawn", "draft")]
    sweep(house, signed_in(member()), sees=house.whole(*names))


def test_a_lapsed_member_finds_what_is_registered(house: House) -> None:
    hour = timedelta(hours=1)
    lapsed = member(starts_at=timezone.now() - 2 * hour, ends_at=timezone.now() - hour)
    sweep(house, signed_in(lapsed), sees=house.for_registered)


def test_an_editor_of_another_desk_finds_only_that_desk(house: House) -> None:
    someone = editor()
    GroupPagePermission.objects.filter(group__name="Editors").update(page=house.newsroom.technology)
    assert BriefingPage.objects.filter(alias_of=house.pages["locked"]).exists()
    sweep(house, signed_in(someone), sees=[*house.for_registered, *house.whole("dear", "locked")])


def test_the_sweep_would_hear_a_canary(house: House) -> None:
    """A member's pages searched with a visitor's rights: the sweep must fail on each locked briefing."""
    report = swept(house, signed_in(member()), sees=house.for_visitors)
    hidden = {"draft", "withdrawn"}
    assert {leak.place.partition("/")[0] for leak in report.leaks} == house.pages.keys() - hidden


def test_after_the_end_of_a_right_nothing_is_found(house: House) -> None:
    someone = member()
    client = signed_in(someone)
    client.get(house.pages["locked"].url)
    someone.memberships.update(ends_at=timezone.now())
    sweep(house, client, sees=house.for_registered)


def test_after_signing_out_nothing_is_found(house: House) -> None:
    client = signed_in(member())
    client.get(house.pages["locked"].url)
    client.post(reverse("account_logout"))
    sweep(house, client, sees=house.for_visitors)


def test_a_failed_unlock_says_nothing(house: House) -> None:
    client = signed_in(reader())
    ear = Ear(house.words)
    for headers in ({}, {"HX-Request": "true"}):
        for name in ("locked", "dear"):
            address = reverse("unlock", args=[house.pages[name].pk])
            answer = client.post(address, {"price": 99}, headers=headers, follow=True)
            assert ear.hear(answer.content) == {}


def test_search_does_not_tell_a_locked_word_from_one_that_is_nowhere(house: House) -> None:
    secret = [word for word, place in house.words.items() if place not in house.for_visitors]
    for client in (Client(), signed_in(reader())):
        assert list(told_apart(InProcess(client), secret[:: len(secret) // SEARCHED_FOR])) == []


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
    assert Ear(house.words).hear(said.encode()) == {}


def signed_in(someone: User) -> Client:
    client = Client()
    client.force_login(someone)
    return client


def sweep(house: House, client: Client, *, sees: list[Place]) -> None:
    """What is seen is exactly what may be seen."""
    report = swept(house, client, sees=sees)
    assert report.clean, "\n".join(report.lines)


def swept(house: House, client: Client, *, sees: list[Place]) -> Report:
    report = Report(kinds=["someone"])
    manifest = house.manifest(sees)
    asker, origin = InProcess(client), "http://testserver"
    visit = Visit("someone", asker, manifest, ear=Ear(manifest.words), report=report, origin=origin)
    visit.crawl(known(manifest, share=GUESSES_SHARED_BY, turn=len(sees)), most=MOST_ADDRESSES)
    first = house.pages["locked"].relative_url(None)
    pages = [page.path for page in manifest.pages.values()]
    visit.try_ways(pages, all_ways(Lures(first, "sessionid")), share=SHARE, turn=len(sees))
    visit.miss()
    return report
