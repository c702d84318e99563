from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone
from wagtail.models import GroupPagePermission

from accounts.models import Membership, Tier
from articles.models import BriefingPage
from insights.access import WayIn, access_for
from insights.models import Unlock
from insights.unlocks import Intent, give, unlock
from tests.acting import as_superuser
from tests.newsroom import Newsroom, editor, member, open_newsroom, reader


def state(reader: object, page: BriefingPage) -> str:
    return access_for(reader, page).state


def test_a_visitor_costs_no_query(newsroom: Newsroom, django_assert_num_queries) -> None:
    page = newsroom.publish()
    with django_assert_num_queries(0):
        access = access_for(AnonymousUser(), page)
    assert (access.state, access.way_in) == ("locked", WayIn.REGISTER)


def test_a_signed_in_reader_costs_one_query(newsroom: Newsroom, django_assert_num_queries) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    with django_assert_num_queries(1):
        access_for(someone, page)


@pytest.mark.parametrize(
    ("credits", "way_in", "missing"),
    [(0, WayIn.BUY, 2), (1, WayIn.BUY, 1), (2, WayIn.UNLOCK, 0), (9, WayIn.UNLOCK, 0)],
)
def test_the_way_in_is_the_cheapest_the_reader_has(
    newsroom: Newsroom, credits: int, way_in: WayIn, missing: int
) -> None:
    access = access_for(reader(credits=credits), newsroom.publish(price=2))
    assert (access.way_in, access.missing, access.standing.balance) == (way_in, missing, credits)


def test_locked_parts_carry_no_text(newsroom: Newsroom) -> None:
    access = access_for(AnonymousUser(), newsroom.publish())
    assert [part.blocks for part in access.sections] == [None, None, None]


def test_open_parts_carry_their_text(newsroom: Newsroom) -> None:
    page = newsroom.publish()
    access = access_for(member(), page)
    text = " ".join(str(part.blocks) for part in access.sections)
    assert newsroom.missing_from(text, page) == []


def test_each_section_has_its_own_level(newsroom: Newsroom) -> None:
    page = newsroom.publish(key_insights_access="public", takeaways_access="registered")
    assert [part.is_open for part in access_for(AnonymousUser(), page).sections] == [True, False, False]
    assert [part.is_open for part in access_for(reader(), page).sections] == [True, True, False]


def test_an_empty_section_is_not_offered(newsroom: Newsroom) -> None:
    access = access_for(AnonymousUser(), newsroom.publish(takeaways=[]))
    assert [part.section.slug for part in access.sections] == ["key-insights", "executive-actions"]


def test_a_membership_opens_from_its_start_to_its_end(newsroom: Newsroom) -> None:
    page, now = newsroom.publish(), timezone.now()
    hour = timedelta(hours=1)
    assert state(member("a@example.com"), page) == "open"
    assert state(member("b@example.com", starts_at=now + hour), page) == "locked"
    assert state(member("c@example.com", starts_at=now - 2 * hour, ends_at=now - hour), page) == "locked"


def test_a_lapsed_membership_closes_at_the_next_look(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), member()
    assert state(someone, page) == "open"
    Membership.objects.update(ends_at=timezone.now())
    assert state(someone, page) == "locked"


def test_a_tier_that_does_not_open_everything_opens_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), member()
    Tier.objects.update(opens_everything=False)
    assert state(someone, page) == "locked"


def test_what_was_unlocked_stays_open_when_the_membership_ends(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    assert access_for(someone, page).owned == "unlocked"


def test_a_gift_opens_and_costs_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    give(reader=someone, page=page)
    access = access_for(someone, page)
    assert (access.owned, access.standing.balance) == ("gift", 1)


def test_an_editor_reads_what_they_may_edit(newsroom: Newsroom) -> None:
    page = newsroom.publish()
    assert access_for(editor(), page).owned == "editor"


def test_staff_who_may_not_edit_the_page_find_it_locked(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), editor()
    GroupPagePermission.objects.update(page=newsroom.technology)
    assert state(someone, page) == "locked"


def test_a_closed_account_is_a_visitor(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), member()
    someone.is_active = False
    someone.save()
    assert state(someone, page) == "locked"


def test_a_reader_deactivated_since_the_session_began_is_a_visitor(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), member()
    type(someone).objects.update(is_active=False)
    assert state(someone, page) == "locked"


def test_an_alias_opens_with_its_original(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    alias = page.create_alias(parent=newsroom.technology)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    assert alias.translation_key != page.translation_key
    assert state(someone, BriefingPage.objects.get(pk=alias.pk)) == "open"
    assert Unlock.objects.count() == 1


def test_a_copy_is_another_briefing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    assert state(someone, page.copy(update_attrs={"slug": "a-copy"})) == "locked"


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_found_out_is_locked(superuser: None, caplog: pytest.LogCaptureFixture) -> None:
    page, someone = open_newsroom().publish(), member()
    with as_superuser(connection), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_membership RENAME TO accounts_membership_gone")
    try:
        assert state(someone, page) == "locked"
    finally:
        with as_superuser(connection), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_membership_gone RENAME TO accounts_membership")
    assert "locked" in caplog.text
