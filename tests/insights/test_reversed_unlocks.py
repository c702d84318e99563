"""An unlock whose spend was taken back: it opens nothing, counts for nothing, and can be had again."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from articles.models import BriefingPage
from credits import ledger
from credits.models import LedgerTransaction
from credits.statements import spendable
from insights.access import access_for
from insights.figures import by_briefing, totals
from insights.models import Unlock
from insights.stakes import stakes_of
from insights.states import states_for
from insights.unlocks import Intent, Outcome, give, pay_and_open, unlock
from tests.newsroom import Newsroom, reader


@pytest.fixture
def someone(db: None) -> User:
    return reader(credits=3)


@pytest.fixture
def briefing(newsroom: Newsroom, someone: User) -> BriefingPage:
    """Unlocked, and taken back."""
    briefing = newsroom.publish()
    unlock(reader=someone, page=briefing, intent=Intent(price=1))
    take_back(Unlock.objects.get())
    return briefing


def take_back(row: Unlock) -> None:
    assert row.transaction_id
    ledger.reverse(transaction_id=row.transaction_id, key=f"refund:{row.transaction_id}", reason="Refunded")


def again(someone: User, briefing: BriefingPage) -> Outcome:
    return unlock(reader=someone, page=briefing, intent=Intent(price=briefing.price))


def test_it_opens_nothing_at_the_next_look(briefing: BriefingPage, someone: User) -> None:
    access = access_for(someone, briefing)
    assert (access.state, access.way_in, access.standing.balance) == ("locked", "unlock", 3)


def test_the_standing_still_costs_one_query(
    briefing: BriefingPage, someone: User, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1):
        access_for(someone, briefing)


def test_no_list_knows_it(briefing: BriefingPage, someone: User, client: Client) -> None:
    client.force_login(someone)
    assert briefing.title not in client.get(reverse("library")).content.decode()
    assert states_for(someone, [briefing.briefing_key]) == {}
    assert (totals().unlocks, totals().credits, totals().readers) == (0, 0, 0)
    assert by_briefing() == []


def test_the_briefing_may_be_deleted_again(briefing: BriefingPage) -> None:
    briefing.delete()
    assert not BriefingPage.objects.filter(pk=briefing.pk).exists()


def test_unlocking_again_is_paid_again_and_keeps_one_row(briefing: BriefingPage, someone: User) -> None:
    assert again(someone, briefing) == Outcome(spent=1, balance=2)
    assert access_for(someone, briefing).owned == "unlocked"
    assert Unlock.objects.get().stands
    assert again(someone, briefing) == Outcome(spent=0, balance=2)


def test_it_can_be_taken_back_and_had_again_any_number_of_times(
    briefing: BriefingPage, someone: User
) -> None:
    for _ in range(3):
        assert again(someone, briefing).spent == 1
        take_back(Unlock.objects.get())
    assert spendable(someone.wallet_id) == 3
    assert LedgerTransaction.objects.filter(kind="spend").count() == 4


def test_the_price_of_the_second_time_is_that_of_the_day(briefing: BriefingPage, someone: User) -> None:
    briefing.price = 2
    briefing.save_revision().publish()
    assert again(someone, briefing) == Outcome(spent=2, balance=1)
    assert Unlock.objects.get().price == 2


def test_a_twin_who_looked_before_the_first_was_done_pays_nothing(
    briefing: BriefingPage, someone: User
) -> None:
    pay_and_open(someone, stakes_of(briefing), Intent(price=1))
    assert pay_and_open(someone, stakes_of(briefing), Intent(price=1)) == Outcome(spent=0, balance=2)


def test_a_gift_takes_its_place_and_nothing_is_spent(briefing: BriefingPage, someone: User) -> None:
    give(reader=someone, page=briefing)
    assert access_for(someone, briefing).owned == "gift"
    assert spendable(someone.wallet_id) == 3


def test_a_gift_does_not_take_the_place_of_what_was_paid(newsroom: Newsroom, someone: User) -> None:
    briefing = newsroom.publish()
    again(someone, briefing)
    assert give(reader=someone, page=briefing).reason == "unlocked"
