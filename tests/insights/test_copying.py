"""Only whoever may edit a briefing makes another of it, in whatever way Wagtail offers."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page

from accounts.models import User
from articles.models import BriefingPage
from tests.newsroom import Newsroom, editor

pytestmark = pytest.mark.django_db

COPY = {"new_title": "Mine now", "new_slug": "mine-now", "copy_subpages": "on"}


@pytest.fixture
def shown(newsroom: Newsroom) -> BriefingPage:
    return newsroom.publish("Shown")


@pytest.fixture
def alias(newsroom: Newsroom, shown: BriefingPage) -> Page:
    """At the other desk."""
    return shown.create_alias(parent=newsroom.technology)


def signed_in(someone: Any) -> Client:
    client = Client()
    client.force_login(someone)
    return client


@pytest.fixture
def stranger(newsroom: Newsroom) -> Client:
    """An editor of the other desk."""
    someone = editor("stranger@example.com")
    GroupPagePermission.objects.update(page=newsroom.technology)
    return signed_in(someone)


def copied(client: Client, page: Page, to: Page, *, alias: str = "") -> Any:
    form = COPY | {"new_parent_page": to.pk, "alias": alias}
    return client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), form)


def converted(client: Client, page: Page) -> Any:
    return client.post(reverse("wagtailadmin_pages:convert_alias", args=[page.pk]))


def acted(client: Client, page: Page, action: str, **data: Any) -> Any:
    path = reverse("wagtailadmin_api:pages:action", args=[page.pk, action])
    return client.post(path, data, content_type="application/json")


def test_who_may_edit_it_copies_it(newsroom: Newsroom, shown: BriefingPage) -> None:
    copied(signed_in(editor()), shown, newsroom.technology)
    copy = BriefingPage.objects.get(slug="mine-now")
    assert copy.briefing_key != shown.briefing_key


def test_nobody_else_copies_it_or_its_section(
    newsroom: Newsroom, shown: BriefingPage, stranger: Client
) -> None:
    for page in (shown, newsroom.entertainment):
        for alias in ("", "on"):
            assert copied(stranger, page, newsroom.technology, alias=alias).status_code == 302
    assert BriefingPage.objects.get() == shown


def test_an_alias_at_another_desk_is_no_way_to_a_copy(
    newsroom: Newsroom, alias: Page, stranger: Client
) -> None:
    someone = User.objects.get(email="stranger@example.com")
    assert alias.permissions_for_user(someone).can_edit()
    assert copied(stranger, alias, newsroom.technology).status_code == 302
    assert converted(stranger, alias).status_code == 302
    alias.refresh_from_db()
    assert alias.alias_of_id
    assert BriefingPage.objects.count() == 2


def test_who_may_edit_the_source_makes_a_page_of_its_alias(alias: Page) -> None:
    converted(signed_in(editor()), alias)
    alias.refresh_from_db()
    assert alias.alias_of_id is None


@pytest.mark.parametrize("action", ["copy", "copy_for_translation", "create_alias", "convert_alias"])
def test_the_admins_api_is_no_way_round(
    newsroom: Newsroom, shown: BriefingPage, alias: Page, stranger: Client, action: str
) -> None:
    there = {"destination_page_id": newsroom.technology.pk, "keep_live": False, "locale": "en"}
    assert acted(stranger, alias, action, recursive=True, **there).status_code == 403
    for page in (shown, newsroom.entertainment):
        assert acted(stranger, page, action, recursive=True, **there).status_code == 404
    alias.refresh_from_db()
    assert alias.alias_of_id
    assert BriefingPage.objects.count() == 2


def test_who_may_edit_it_goes_by_the_api_as_before(newsroom: Newsroom, shown: BriefingPage) -> None:
    answer = acted(
        signed_in(editor()), shown, "copy", destination_page_id=newsroom.technology.pk, keep_live=False
    )
    assert answer.status_code == 201
    assert BriefingPage.objects.count() == 2
