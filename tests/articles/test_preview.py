"""What an editor sees of a draft, as each kind of reader would find it."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from articles.models import BriefingPage
from articles.preview import PREVIEW_MODES
from insights.models import Opening
from tests.newsroom import Newsroom, editor, member, reader

pytestmark = pytest.mark.django_db

LOCKED = ("visitor", "registered", "broke")
OPEN = ("unlocked", "member")


@pytest.fixture
def draft(newsroom: Newsroom) -> BriefingPage:
    """A published briefing with a changed draft."""
    page = newsroom.publish("As published")
    page.title = "As drafted"
    page.save_revision()
    return page


@pytest.fixture
def preview(draft: BriefingPage) -> Any:
    client = Client()
    client.force_login(editor())
    url = reverse("wagtailadmin_pages:view_draft", args=[draft.pk])
    return lambda mode: client.get(url, {"mode": mode})


def test_every_mode_is_known() -> None:
    assert {name for name, _ in PREVIEW_MODES} == {*LOCKED, *OPEN}


@pytest.mark.parametrize("mode", [*LOCKED, "no-such-mode", ""])
def test_who_has_no_right_sees_no_gated_word(newsroom: Newsroom, preview: Any, mode: str) -> None:
    text = preview(mode).content.decode()
    assert "As drafted" in text
    assert 'data-gate="locked"' in text
    assert newsroom.found_in(text) == set()


@pytest.mark.parametrize("mode", OPEN)
def test_who_has_the_right_sees_it_all(
    newsroom: Newsroom, draft: BriefingPage, preview: Any, mode: str
) -> None:
    text = preview(mode).content.decode()
    assert 'data-gate="open"' in text
    assert newsroom.missing_from(text, draft) == []


def test_each_mode_shows_the_way_in_that_its_reader_has(preview: Any) -> None:
    assert b"data-register" in preview("visitor").content
    assert b"Sign in" in preview("visitor").content
    assert b"data-unlock" in preview("registered").content
    assert b"Buy credits" in preview("broke").content
    assert b'data-reason="unlocked"' in preview("unlocked").content
    assert b'data-reason="club"' in preview("member").content


@pytest.mark.parametrize("mode", [*LOCKED, *OPEN])
def test_a_preview_is_private_and_never_kept(preview: Any, mode: str) -> None:
    response = preview(mode)
    cache_control = response.headers["Cache-Control"]
    assert "private" in cache_control
    assert "no-store" in cache_control
    assert "public" not in cache_control
    assert [key for key in cache._cache if ":visitor:" in key] == []


def test_a_visitor_is_shown_what_is_published_after_a_preview(draft: BriefingPage, preview: Any) -> None:
    for mode in (*LOCKED, *OPEN):
        preview(mode)
    text = Client().get(draft.url).content.decode()
    assert "As published" in text
    assert "As drafted" not in text


def test_a_preview_as_a_member_records_no_opening(preview: Any) -> None:
    preview("member")
    assert not Opening.objects.exists()


@pytest.mark.parametrize("person", [None, reader, member], ids=["visitor", "reader", "member"])
def test_only_people_who_may_edit_preview(newsroom: Newsroom, draft: BriefingPage, person: Any) -> None:
    client = Client()
    if person:
        client.force_login(person())
    for mode in OPEN:
        response = client.get(reverse("wagtailadmin_pages:view_draft", args=[draft.pk]), {"mode": mode})
        assert response.status_code == 302
        assert "As drafted" not in response.content.decode()


def test_an_old_revision_is_gated_too(newsroom: Newsroom, draft: BriefingPage) -> None:
    client = Client()
    client.force_login(editor())
    revision = draft.revisions.order_by("created_at").first()
    url = reverse("wagtailadmin_pages:revisions_view", args=[draft.pk, revision.pk])
    text = client.get(url).content.decode()
    assert "As published" in text
    assert newsroom.found_in(text) == set()
