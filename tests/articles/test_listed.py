"""The table of what is listed is what is published, whoever published it and how."""

import datetime
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from articles.models import BriefingPage, ListedBriefing, PublicText, SectionPage
from tests.newsroom import Newsroom

pytestmark = pytest.mark.django_db

STEPS = 10
Row = tuple[str, datetime.date, datetime.datetime | None, bool]


def listed() -> dict[int, Row]:
    return {
        row.pk: (row.under, row.date, row.first_published_at, row.is_alias)
        for row in ListedBriefing.objects.all()
    }


def published() -> dict[int, Row]:
    pages = BriefingPage.objects.live()
    return {
        page.pk: (page.path[:-4], page.date, page.first_published_at, page.alias_of_id is not None)
        for page in pages
    }


def any_briefing(random: Random) -> BriefingPage | None:
    """Not an alias: those follow, and are not edited."""
    pages = list(BriefingPage.objects.filter(alias_of=None).order_by("pk"))
    return random.choice(pages) if pages else None


def file(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    newsroom.file(f"Number {random.random()}", live=random.random() < 0.7)


def publish(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    page.date -= datetime.timedelta(days=random.randrange(9))
    page.save_revision().publish()


def unpublish(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    page.unpublish()


def move(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    to = random.choice([newsroom.technology, newsroom.entertainment])
    page.move(SectionPage.objects.get(pk=to.pk), pos="first-child")


def move_the_section(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    one, other = SectionPage.objects.order_by("path")
    other.move(one, pos="left")


def alias(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    page.create_alias(parent=SectionPage.objects.get(pk=newsroom.technology.pk))


def copy(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    page.copy(update_attrs={"slug": f"copy-{random.randrange(10**9)}"}, keep_live=random.random() < 0.5)


def delete(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    page.delete()


def take_many_down(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    Page.objects.filter(pk__lte=page.pk, depth=4).update(live=False)


def put_many_up(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    Page.objects.filter(pk__lte=page.pk, depth=4).update(live=True, first_published_at=timezone.now())


def date_many(newsroom: Newsroom, random: Random, page: BriefingPage) -> None:
    BriefingPage.objects.filter(pk__lte=page.pk).update(date=page.date - datetime.timedelta(days=1))


DOINGS: list[Callable[[Newsroom, Random, Any], None]] = [
    *(file, file, publish, unpublish, move, move_the_section, alias, copy, delete),
    *(take_many_down, put_many_up, date_many),
]


def test_whatever_is_done_the_table_lists_what_is_published(newsroom: Newsroom) -> None:
    random = Random(5)
    newsroom.file("Number one")
    for _ in range(STEPS):
        page, doing = any_briefing(random), random.choice(DOINGS)
        (doing if page else file)(newsroom, random, page)
        assert listed() == published(), doing.__name__
    assert listed()


def test_what_goes_with_its_section_is_listed_and_found_no_more(newsroom: Newsroom) -> None:
    newsroom.publish("Number one")
    newsroom.file("Elsewhere", section=newsroom.technology)
    SectionPage.objects.get(pk=newsroom.entertainment.pk).delete()
    assert listed() == published()
    assert len(listed()) == 1
    assert not PublicText.objects.exists()


def test_what_is_restricted_is_listed_nowhere_under_any_alias(newsroom: Newsroom) -> None:
    page = newsroom.publish("Board only")
    alias = page.create_alias(parent=newsroom.technology)
    third = newsroom.home.add_child(instance=SectionPage(title="Third", slug="third", show_in_menus=True))
    again = alias.create_alias(parent=third)
    newsroom.publish("Open", section=newsroom.technology)
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    for path in ("/", "/entertainment/", "/technology/", "/third/", "/feed/", "/third/feed/", "/sitemap.xml"):
        text = Client().get(path).content.decode()
        assert "Board only" not in text, path
        assert "board-only" not in text, path
    assert [Client().get(each.url).status_code for each in (page, alias, again)] == [302, 302, 302]


def test_a_restriction_counts_until_it_is_lifted(newsroom: Newsroom) -> None:
    page = newsroom.publish("Board only")
    restriction = PageViewRestriction.objects.create(page=newsroom.entertainment, restriction_type="login")
    assert Client().get(page.url).status_code == 302
    assert b"Board only" not in Client().get("/").content
    restriction.delete()
    assert Client().get(page.url).status_code == 200
    assert b"Board only" in Client().get("/").content
