"""What a reversal will do is shown first, and what was shown is what happens."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import StaffPosting, User
from credits import ledger
from credits.models import LedgerTransaction
from credits.statements import owed, spendable

from .conftest import Give

pytestmark = pytest.mark.django_db


def page(transaction_id: int) -> str:
    return f"/admin/ledger/transactions/{transaction_id}/reverse/"


def reverse(desk: Client, transaction_id: int, **changed: str) -> str:
    """Read the page, send its form; the text of the answer."""
    form = desk.get(page(transaction_id)).context["form"]
    sent = {"key": str(uuid4()), "seen": form["seen"].value(), "reason": "A mistake"} | changed
    return desk.post(page(transaction_id), sent, follow=True).content.decode()


def test_a_grant_that_is_whole_is_taken_back(desk: Client, reader: User, give: Give) -> None:
    posted = give(10).transaction_id
    assert "All 10 credits are left" in desk.get(page(posted)).content.decode()
    reverse(desk, posted)
    assert spendable(reader.wallet_id) == 0
    undone = LedgerTransaction.objects.get(reverses=posted)
    assert StaffPosting.objects.get(posted=undone).what == "reversal"


def test_what_is_spent_of_a_grant_is_shown_and_becomes_debt(
    desk: Client, reader: User, give: Give, take: Give
) -> None:
    posted = give(10).transaction_id
    take(7)
    html = desk.get(page(posted)).content.decode()
    assert "3 are left and are taken back; 7 are gone and become a debt" in html
    reverse(desk, posted)
    assert (spendable(reader.wallet_id), owed(reader.wallet_id)) == (0, 7)


def test_credits_that_moved_on_are_found_where_they_are(desk: Client, give: Give, second: User) -> None:
    posted = give(10)
    ledger.transfer(
        source_id=wallet_of(posted.transaction_id),
        target_id=second.wallet_id,
        amount=4,
        key="t",
        reason="Moved",
    )
    assert "All 10 credits are left" in desk.get(page(posted.transaction_id)).content.decode()
    reverse(desk, posted.transaction_id)
    assert spendable(second.wallet_id) == 0


def test_a_spend_comes_back_to_its_lots(desk: Client, reader: User, give: Give, take: Give) -> None:
    give(10)
    spent = take(4).transaction_id
    assert "4 credits go back to the lots that paid" in desk.get(page(spent)).content.decode()
    reverse(desk, spent)
    assert spendable(reader.wallet_id) == 10


def test_what_comes_back_past_its_day_is_told(desk: Client, reader: User, give: Give, take: Give) -> None:
    give(3, expires_at=timezone.now() + timedelta(seconds=0.5))
    spent = take(3).transaction_id
    give(1)
    while True:
        html = desk.get(page(spent)).content.decode()
        if "expire at once" in html:
            break
    assert "3 of them expire at once" in html
    reverse(desk, spent)
    assert spendable(reader.wallet_id) == 1


def test_what_comes_back_pays_a_debt_first(desk: Client, reader: User, give: Give, take: Give) -> None:
    first, spent = give(5), take(5)
    ledger.reverse(transaction_id=first.transaction_id, key="r", reason="Back")
    html = desk.get(page(spent.transaction_id)).content.decode()
    assert "5 of them pay what the reader owes" in html
    reverse(desk, spent.transaction_id)
    assert (spendable(reader.wallet_id), owed(reader.wallet_id)) == (0, 0)


def test_nobody_agrees_to_something_else_than_was_shown(
    desk: Client, reader: User, give: Give, take: Give
) -> None:
    posted = give(10).transaction_id
    seen = desk.get(page(posted)).context["form"]["seen"].value()
    take(2)
    form = {"key": str(uuid4()), "seen": seen, "reason": "A mistake"}
    answer = desk.post(page(posted), form)
    html = answer.content.decode()
    assert "The wallet has changed since you looked" in html
    assert "2 are gone and become a debt" in html
    assert "A mistake" in html
    assert not StaffPosting.objects.exists()
    again = form | {"seen": answer.context["form"]["seen"].value()}
    desk.post(page(posted), again)
    assert owed(reader.wallet_id) == 2


def test_the_same_form_sent_twice_reverses_once(desk: Client, give: Give) -> None:
    posted = give(10).transaction_id
    seen = desk.get(page(posted)).context["form"]["seen"].value()
    form = {"key": str(uuid4()), "seen": seen, "reason": "A mistake"}
    first, again = desk.post(page(posted), form), desk.post(page(posted), form)
    assert first.url == again.url
    assert LedgerTransaction.objects.filter(reverses=posted).count() == 1


def test_only_what_the_ledger_reverses_can_be_asked_for(desk: Client, reader: User, give: Give) -> None:
    posted = give(10).transaction_id
    ledger.refund(transaction_id=posted, amount=3, key="f", reason="Refunded")
    assert "Part of this grant is refunded" in reverse_text(desk, posted)
    undone = ledger.reverse(
        transaction_id=LedgerTransaction.objects.get(refunds=posted).pk, key="r", reason="Back"
    )
    assert "Only grants, spends and refunds" in reverse_text(desk, undone.transaction_id)
    reverse(desk, posted)
    assert "is reversed already" in reverse_text(desk, posted)
    assert "Reverse</a>" not in desk.get(f"/admin/ledger/transactions/{posted}/").content.decode()


def test_a_refund_can_be_reversed(desk: Client, reader: User, give: Give) -> None:
    refund = ledger.refund(
        transaction_id=give(10).transaction_id, amount=4, key="f", reason="Refunded"
    ).transaction_id
    assert "4 credits go back" in desk.get(page(refund)).content.decode()
    reverse(desk, refund)
    assert spendable(reader.wallet_id) == 10


def test_the_amount_that_moves_counts(desk: Client, reader: User, give: Give) -> None:
    reverse(desk, give(101).transaction_id)
    assert StaffPosting.objects.waiting().get().amount == 101
    assert spendable(reader.wallet_id) == 101


def test_a_second_wish_to_reverse_the_same_is_refused(desk: Client, give: Give) -> None:
    posted = give(101).transaction_id
    reverse(desk, posted)
    assert "Somebody asked to reverse this transaction already" in reverse_text(desk, posted)
    assert StaffPosting.objects.count() == 1


def test_a_wallet_without_a_reader_is_left_alone(desk: Client) -> None:
    wallet = ledger.open_wallet()
    posted = ledger.grant(wallet_id=wallet.pk, amount=1, kind="paid", key="w", reason="A team's")
    assert "belongs to no reader" in reverse_text(desk, posted.transaction_id)


def reverse_text(desk: Client, transaction_id: int) -> str:
    return desk.get(page(transaction_id), follow=True).content.decode()


def wallet_of(transaction_id: int) -> int:
    return LedgerTransaction.objects.get(pk=transaction_id).lots.get().wallet_id
