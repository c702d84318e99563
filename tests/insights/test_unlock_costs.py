"""What an unlock asks of the database, over HTTP and in the house."""

from dataclasses import fields
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from accounts.models import Membership, Tier
from articles.models import BriefingPage
from insights.asked import page_at_stake
from insights.stakes import Stakes, stakes_of
from insights.standing import Standing
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, editor, member, reader


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.publish()


def press(client: Client, briefing: BriefingPage) -> None:
    assert client.post(reverse("unlock", args=[briefing.pk]), {"price": 1}).status_code == 303


def test_an_unlock_is_one_question(briefing: BriefingPage, django_assert_num_queries) -> None:
    someone = reader(credits=1)
    with django_assert_num_queries(1):
        assert unlock(reader=someone, page=briefing, intent=Intent(price=1)).spent == 1


@pytest.mark.parametrize("who", [member, editor], ids=["member", "editor"])
def test_who_may_read_for_another_reason_is_looked_at_by_the_rule(who, briefing: BriefingPage) -> None:
    assert unlock(reader=who(), page=briefing, intent=Intent(price=1)).spent == 0


def test_the_form_costs_session_reader_page_and_unlock(
    newsroom: Newsroom, briefing: BriefingPage, client: Client, django_assert_num_queries
) -> None:
    before = newsroom.publish("Unlocked before")
    client.force_login(reader(credits=2))
    # The first asks for the plan of the site as well, which the process keeps.
    press(client, before)
    with django_assert_num_queries(4):
        press(client, briefing)


def test_restrictions_elsewhere_keep_nobody_out(
    newsroom: Newsroom, briefing: BriefingPage, client: Client
) -> None:
    elsewhere = newsroom.publish("Elsewhere", section=newsroom.technology)
    PageViewRestriction.objects.create(page=elsewhere, restriction_type="login")
    client.force_login(reader(credits=1))
    press(client, briefing)
    assert client.post(reverse("unlock", args=[elsewhere.pk]), {"price": 1}).status_code == 303


def test_a_page_fetched_without_its_text_is_at_stake_as_a_whole_one(
    newsroom: Newsroom, briefing: BriefingPage, rf
) -> None:
    partly = newsroom.publish(
        "Partly", takeaways=[], executive_actions_access="public", key_insights_access="registered", price=2
    )
    for whole in (
        briefing,
        partly,
        newsroom.publish("Bare", key_insights=[], takeaways=[], executive_actions=[]),
    ):
        slim = page_at_stake(str(whole.pk), rf.get("/"))
        assert slim is not None
        assert stakes_of(slim) == stakes_of(whole)
    assert stakes_of(partly).levels == ("registered", "public")


def test_a_new_kind_of_right_is_told_to_the_function() -> None:
    """Whoever gives a Standing another field looks at `special` in insights/sql/ too."""
    assert {field.name for field in fields(Standing)} == {
        "signed_in", "unlock", "membership", "editor", "balance", "owed", "on_hold", "recorded"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "closed"),
    [
        ({}, True),
        ({"unlock": "unlocked"}, False),
        ({"unlock": "gift"}, False),
        ({"membership": "paid"}, False),
        ({"editor": True}, False),
        ({"balance": 9, "recorded": True}, True),
    ],
)
def test_closed_is_what_the_rule_says(facts: dict[str, object], closed: bool, briefing: BriefingPage) -> None:
    stakes: Stakes = stakes_of(briefing)
    assert stakes.closed_to(Standing(signed_in=True, **facts)) is closed


def test_a_lapsed_member_is_looked_at_and_pays(briefing: BriefingPage, django_assert_num_queries) -> None:
    now = timezone.now()
    lapsed = reader(credits=1)
    tier = Tier.objects.create(name="Executives Club", slug="club")
    Membership.objects.create(
        reader=lapsed, tier=tier, starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=1)
    )
    with django_assert_num_queries(3):
        assert unlock(reader=lapsed, page=briefing, intent=Intent(price=1)).spent == 1
