import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError

from accounts.models import Membership, Tier, User
from credits.errors import InsufficientCredits
from credits.models import LedgerTransaction
from credits.statements import spendable
from insights.models import Opening, Unlock
from insights.stakes import stakes_of
from insights.unlocks import Intent, Outcome, PriceChanged, pay_and_open, unlock
from tests.newsroom import Newsroom, member, reader


def test_one_unlock_spends_the_price_once_and_opens_it_for_good(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(price=2), reader(credits=3)
    assert unlock(reader=someone, page=page, intent=Intent(price=2)) == Outcome(spent=2, balance=1)
    row = Unlock.objects.get()
    assert (row.reader, row.briefing_key, row.price, row.reason) == (
        someone,
        page.briefing_key,
        2,
        "unlocked",
    )
    assert row.transaction.reference == str(page.briefing_key)


def test_a_second_time_spends_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    assert unlock(reader=someone, page=page, intent=Intent(price=1)) == Outcome(spent=0, balance=2)
    assert Unlock.objects.count() == 1


def test_too_few_credits_change_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(price=3), reader(credits=2)
    before = LedgerTransaction.objects.count()
    with pytest.raises(InsufficientCredits) as short:
        unlock(reader=someone, page=page, intent=Intent(price=3))
    assert (short.value.needed, short.value.balance) == (3, 2)
    assert (Unlock.objects.count(), LedgerTransaction.objects.count(), spendable(someone.wallet_id)) == (
        0,
        before,
        2,
    )


def test_a_price_that_rose_since_it_was_shown_is_not_paid(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(price=3), reader(credits=5)
    with pytest.raises(PriceChanged):
        unlock(reader=someone, page=page, intent=Intent(price=2))
    assert spendable(someone.wallet_id) == 5


def test_a_price_that_fell_since_it_was_shown_is_the_one_paid(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(price=1), reader(credits=5)
    assert unlock(reader=someone, page=page, intent=Intent(price=3)).spent == 1


def test_a_member_spends_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), member()
    assert unlock(reader=someone, page=page, intent=Intent(price=1)).spent == 0
    assert not Unlock.objects.exists()


def test_a_free_briefing_spends_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(price=0), reader(credits=1)
    assert unlock(reader=someone, page=page, intent=Intent(price=0)) == Outcome(spent=0, balance=1)


def test_an_unlock_without_a_payment_is_refused_by_the_database(newsroom: Newsroom, db_refuses) -> None:
    page, someone = newsroom.publish(), reader()
    with db_refuses("an_unlock_is_paid_for_or_given"):
        Unlock.objects.create(reader=someone, briefing_key=page.briefing_key, title="", price=1)


def test_a_reader_with_unlocks_cannot_be_deleted_from_under_them(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    with pytest.raises(ProtectedError):
        someone.delete()


def test_a_members_first_reading_is_recorded_once(newsroom: Newsroom, client) -> None:
    page, someone = newsroom.publish(), member()
    client.force_login(someone)
    for _ in range(3):
        client.get(page.url)
    assert [(row.reader, row.briefing_key, row.reason) for row in Opening.objects.all()] == [
        (someone, page.briefing_key, "club")
    ]


def test_a_prefetch_is_not_a_reading(newsroom: Newsroom, client) -> None:
    page = newsroom.publish()
    client.force_login(member())
    client.get(page.url, headers={"Sec-Purpose": "prefetch;prerender"})
    assert not Opening.objects.exists()


def test_a_member_who_owns_a_briefing_opens_nothing_free(newsroom: Newsroom, client) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    tier = Tier.objects.create(name="Executives Club", slug="club")
    Membership.objects.create(reader=someone, tier=tier)
    client.force_login(someone)
    client.get(page.url)
    assert not Opening.objects.exists()


def test_a_twin_under_another_headline_pays_once(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    pay_and_open(someone, stakes_of(page), Intent(price=1))
    page.title = "The same briefing in another language"
    assert pay_and_open(someone, stakes_of(page), Intent(price=1)) == Outcome(spent=0, balance=2)
    assert Unlock.objects.count() == 1


def test_a_closed_account_unlocks_nothing(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    User.objects.update(is_active=False)
    with pytest.raises(PermissionDenied):
        unlock(reader=someone, page=page, intent=Intent(price=1))
    assert not Unlock.objects.exists()
