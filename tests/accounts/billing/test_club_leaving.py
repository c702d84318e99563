from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.billing import leaving
from accounts.billing.allowances import clubs_with_a_month_due
from accounts.billing.errors import Unavailable
from accounts.billing.models import Allowance, PortalConfiguration, Receipt, StripeCustomer, Subscription
from accounts.closing import close_account
from accounts.merging import merge_readers
from accounts.models import Membership, Tier, User
from credits.statements import spendable
from tests.emulator import LATER_DECLINED_CARD, Emulator

from ..conftest import make_reader
from .club_till import Club, join, make_tier
from .till import at_stripe

pytestmark = pytest.mark.django_db


def at_stripe_now(club: Club) -> str:
    return str(at_stripe().v1.subscriptions.retrieve(club.stripe_id).status)


def test_cancelled_it_lasts_as_long_as_it_is_paid_and_can_be_taken_back(
    emulator: Emulator, reader: User
) -> None:
    club = join(emulator, reader, make_tier())
    held = leaving.cancel(reader)
    assert held.cancel_at == held.period_end
    assert club.membership.ends_at == held.period_end
    assert leaving.resume(reader).cancel_at is None
    assert club.membership.ends_at == held.period_end + timedelta(days=7)
    leaving.cancel(reader)
    club.after(days=32)
    assert club.row.status == "canceled"
    assert not club.is_open
    assert Receipt.objects.count() == 1
    with pytest.raises(leaving.NoClub):
        leaving.resume(reader)


def test_what_is_not_paid_is_cancelled_at_once(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier())
    club.card(LATER_DECLINED_CARD)
    club.after(days=32)
    assert leaving.cancel(reader).status == "canceled"
    assert club.row.end_because == Subscription.End.CANCELLED


def test_the_portal_opens_for_the_club_and_without_one(emulator: Emulator, reader: User) -> None:
    made = at_stripe().v1.billing_portal.configurations.create(
        {"features": {"invoice_history": {"enabled": True}, "payment_method_update": {"enabled": True}}}
    )
    PortalConfiguration.objects.create(stripe_id=made.id, livemode=False)
    assert leaving.portal_url(reader, return_url="http://localhost/club/").startswith("http")
    join(emulator, reader, make_tier())
    flow = "payment_method_update"
    assert leaving.portal_url(reader, return_url="http://localhost/club/", flow=flow).startswith("http")
    assert all(made.id in str(asked["body"]) for asked in emulator.requests("/v1/billing_portal/sessions"))
    emulator.down()
    with pytest.raises(Unavailable):
        leaving.portal_url(reader, return_url="http://localhost/club/")


@pytest.mark.django_db(transaction=True)
def test_a_closed_account_pays_no_more_even_if_stripe_is_away(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier())
    emulator.down()
    close_account(reader)
    assert not club.is_open
    with pytest.raises(CommandError, match="cannot be asked now"):
        call_command("end_clubs")
    emulator.clear()
    assert at_stripe_now(club) == "active"
    call_command("end_clubs")
    assert at_stripe_now(club) == "canceled"
    assert (club.row.status, club.row.end_because) == ("canceled", "closed")
    # It was used until then: nothing is paid back.
    assert Receipt.objects.count() == 1
    call_command("end_clubs")


@pytest.mark.django_db(transaction=True)
def test_a_closed_account_is_told_to_stripe_at_once(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier())
    close_account(reader)
    assert at_stripe_now(club) == "canceled"


def merged(source: User, target: User) -> list[str]:
    return merge_readers(source=source, target=target, by=None, reason="One person").did


@pytest.mark.django_db(transaction=True)
def test_of_two_merged_members_the_older_club_stays_and_the_others_unused_days_are_paid_back(
    emulator: Emulator, reader: User
) -> None:
    tier = make_tier(allowance=4)
    older = join(emulator, reader, tier)
    other = make_reader("other@example.com")
    newer = join(emulator, other, tier, "year")
    emulator.advance(days=10)
    assert "paid back" in " ".join(merged(reader, other))
    older.sync()
    assert (older.row.reader, older.row.status) == (other, "active")
    assert (newer.row.status, newer.row.end_because) == ("canceled", "merged")
    left = Receipt.objects.filter(subscription=newer.row)
    assert sum(receipt.total for receipt in left) == 12000 - round(12000 * 355 / 365)
    assert Membership.objects.live().get().subscription == older.row
    assert set(StripeCustomer.objects.values_list("reader", flat=True)) == {other.pk}
    assert Allowance.objects.count() == 2
    assert spendable(other.wallet_id) == 4


def test_a_club_goes_along_when_its_reader_is_merged(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=4))
    ends = club.membership.ends_at
    other = make_reader("other@example.com")
    assert "1 club moved" in merged(reader, other)
    club.sync()
    assert club.row.reader == other
    assert (club.membership.reader, club.membership.ends_at) == (other, ends)
    assert club.is_open
    club.after(days=32)
    assert spendable(other.wallet_id) == 8
    assert leaving.cancel(other).cancel_at


def test_an_old_clubs_end_closes_no_newer_one(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    first = join(emulator, reader, tier)
    at_stripe().v1.subscriptions.cancel(first.stripe_id)
    first.sync()
    second = join(emulator, reader, tier)
    first.now = second.now
    first.sync()
    assert not first.is_open
    assert second.is_open
    assert Membership.objects.live(second.now).count() == 1


def test_a_year_gets_its_months_credits_by_the_clock(emulator: Emulator, reader: User) -> None:
    tier = make_tier(allowance=4)
    club = join(emulator, reader, tier, "year")
    assert clubs_with_a_month_due(club.now + timedelta(days=20)) == []
    club.now += timedelta(days=33)
    assert clubs_with_a_month_due(club.now) == [club.row]
    club.after(days=33)
    assert spendable(reader.wallet_id) == 8
    assert clubs_with_a_month_due(club.now + timedelta(hours=7)) == []


def test_the_clock_asks_stripe_only_where_a_month_is_due(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    club = join(emulator, reader, tier, "year")
    asked = len(emulator.requests("/v1/subscriptions"))
    call_command("give_allowances")
    assert len(emulator.requests("/v1/subscriptions")) == asked
    Tier.objects.update(allowance=4)
    Subscription.objects.update(looked_at=club.now - timedelta(hours=7))
    emulator.down()
    with pytest.raises(CommandError, match="cannot be asked now"):
        call_command("give_allowances")
    emulator.clear()
    call_command("give_allowances")
    assert spendable(reader.wallet_id) == 4
    call_command("give_allowances")
    assert spendable(reader.wallet_id) == 4
