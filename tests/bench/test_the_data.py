"""The newsroom that is measured is one that the site itself could have written."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.test import Client
from wagtail.models import Page

from accounts.models import User
from articles.models import BriefingPage, PublicText
from articles.search import index_briefing
from credits.audit import audit
from credits.models import LedgerEntry
from insights.models import Unlock
from insights.unlocks import Intent, unlock
from tests.acting import as_superuser

from . import newsroom, pages
from .copies import copy_briefings
from .history import post_history
from .names import email_of, is_member, session_of
from .pages import path_of, wanted_by
from .readership import gather
from .sizes import Size

WRITTEN = 8
TINY = Size("tiny", briefings=24, readers=10, entries=100, grown_from="base")


@pytest.fixture
def server(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """The tests' own connection as a superuser's: all is undone with the test."""
    monkeypatch.setattr(pages, "IN_DEMAND", TINY.briefings)
    monkeypatch.setattr(newsroom, "LONG_STORY", 200)
    monkeypatch.setattr(newsroom, "SHORT_STORY", 100)
    newsroom.open_newsroom(written=WRITTEN, drawn=0)
    with as_superuser(connection):
        copy_briefings(connection.connection, TINY.briefings)
        gather(connection.connection, TINY.readers)
        post_history(connection.connection, TINY.readers, TINY.deeds)
        yield connection.connection


def test_the_data_is_what_the_site_could_have_written(server: psycopg.Connection, client: Client) -> None:
    assert LedgerEntry.objects.count() == TINY.entries
    assert audit().first_difference is None
    assert BriefingPage.objects.count() == TINY.briefings
    assert Page.find_problems() == ([], [], [], [], [])
    readers_are_who_they_are_said_to_be(client)
    what_is_unlocked_is_open_and_the_rest_can_be()
    copies_are_found_by_their_own_words()


def readers_are_who_they_are_said_to_be(client: Client) -> None:
    member = next(number for number in range(TINY.readers) if is_member(number))
    for number in (3, member):
        client.cookies["sessionid"] = session_of(number)
        assert email_of(number) in client.get("/account/").content.decode()
    assert list(User.objects.filter(memberships__isnull=False).values_list("email", flat=True)) == [
        email_of(member)
    ]


def what_is_unlocked_is_open_and_the_rest_can_be() -> None:
    reader = User.objects.get(email=email_of(3))
    opened, locked = (
        BriefingPage.objects.get(url_path__endswith=path_of(wanted_by(3, TINY, unlocked=which) or 0))
        for which in (True, False)
    )
    assert Unlock.objects.filter(reader=reader, briefing_key=opened.briefing_key).exists()
    assert unlock(reader=reader, page=locked, intent=Intent(price=9)).spent == locked.price
    assert audit().first_difference is None


def copies_are_found_by_their_own_words() -> None:
    copied = BriefingPage.objects.get(slug=f"briefing-{TINY.briefings - 1}")
    words = {"document", "words"}
    before = PublicText.objects.values(*words).get(page=copied)
    index_briefing(copied)
    after = PublicText.objects.values(*words).get(page=copied)
    assert {name: lexemes(before[name]) for name in words} == {name: lexemes(after[name]) for name in words}


def lexemes(vector: str) -> list[str]:
    """Without their places, which a copied text has from its original."""
    return [pair.partition(":")[0] for pair in vector.split()]
