"""Money went back, so credits do: in proportion, from the lots they came in by, and never more than that.

What is to be gone follows from what Stripe says is gone now; only the difference to what the ledger has taken
back already is posted. So parts lose nothing by rounding, and news may come twice or in any order.
"""

from collections.abc import Iterable

from django.db.models import QuerySet, Sum
from django.utils import timezone

from credits import ledger
from credits.models import LedgerEntry, LedgerTransaction, LotMovement, TransactionKind

from . import disputing, receipts
from .lots import lots_of
from .models import Order, Receipt
from .objects import Payment

COUNTED = ("pending", "requires_action", "succeeded")
UNDONE = ("failed", "canceled")


def credits_gone(whole: int, *, money_gone: int, paid: int) -> int:
    """Of so many credits, how many go with so much of the money: all with all of it, else rounded half up."""
    if money_gone <= 0 or paid <= 0:
        return 0
    if money_gone >= paid:
        return whole
    return receipts.share(whole, money_gone, paid)


def money_gone(payment: Payment) -> int:
    """Refunded, or lost to the bank; of both together no more than was paid."""
    lost = sum(one.amount for one in disputing.lost(payment.disputes))
    return min(payment.amount_refunded + lost, payment.amount_received)


def lock_wallets_of(order: Order) -> None:
    """Wherever its credits went, so that none is spent between looking and taking."""
    lots = [*lots_of(order.granted_id), *lots_of(order.bonus_granted_id)]
    ledger.lock_wallets(*{lot.wallet_id for lot in lots})


def take_back(order: Order, *, money_gone: int) -> None:
    reason = f"Paid back: {order.title}"
    if order.granted_id:
        target = credits_gone(order.credits, money_gone=money_gone, paid=order.amount_paid or 0)
        target = max(target, withdrawn(order, order.granted_id))
        bring_to(order.granted_id, target, key=f"refund:{order.key}:paid", reason=reason)
    if order.bonus_granted_id:
        target = credits_gone(order.bonus, money_gone=money_gone, paid=order.amount_paid or 0)
        target = bonus_gone(order, target)
        bring_to(order.bonus_granted_id, target, key=f"refund:{order.key}:bonus", reason=reason)


def withdrawn(order: Order, grant_id: int) -> int:
    """Of who withdrew stays gone what is gone: they gave it back, and the money is still on its way."""
    return taken_back(grant_id) if hasattr(order, "withdrawal") else 0


def bonus_gone(order: Order, target: int) -> int:
    """What expired is gone already, and nobody owes it. Who withdraws owes no bonus that they used."""
    assert order.bonus_granted_id is not None
    gone, left = taken_back(order.bonus_granted_id), unspent(order.bonus_granted_id)
    if hasattr(order, "withdrawal"):
        return max(gone, min(gone + left, order.bonus))
    return min(target, max(gone, order.bonus - expired(order.bonus_granted_id)))


def bring_to(grant_id: int, target: int, *, key: str, reason: str) -> None:
    """So many credits of the grant are to be gone. Of one that staff reversed nothing is left to take.

    The ledger's keys are made of `key`, of what was gone, of what is, and of how often that changed.
    """
    if LedgerTransaction.objects.filter(reverses=grant_id).exists():
        return
    gone = taken_back(grant_id)
    if target < gone:
        gone = restore(grant_id, target, gone)
    if target > gone:
        serial = LedgerTransaction.objects.filter(refunds=grant_id).count()
        ledger.refund(
            transaction_id=grant_id,
            amount=target - gone,
            key=f"{key}:{gone}-{target}:{serial}",
            reason=reason,
        )


def restore(grant_id: int, target: int, gone: int) -> int:
    """Undo the newest first until no more is gone than should be, and say how much is then."""
    for refund in standing_refunds(grant_id).order_by("-pk"):
        if gone <= target:
            break
        gone -= amount_of(refund)
        ledger.reverse(
            transaction_id=refund.pk, key=f"restore:{refund.pk}", reason="A refund that did not stand"
        )
    return gone


def standing_refunds(grant_id: int) -> QuerySet[LedgerTransaction]:
    return LedgerTransaction.objects.filter(refunds=grant_id, reversed_by=None)


def taken_back(grant_id: int) -> int:
    return sum(amount_of(refund) for refund in standing_refunds(grant_id))


def amount_of(refund: LedgerTransaction) -> int:
    """Into the house's account: the wallet's own entry leaves out what it owes."""
    house = LedgerEntry.objects.filter(transaction=refund, balance_after=None)
    return int(house.aggregate(total=Sum("amount", default=0))["total"])


def unspent(grant_id: int) -> int:
    now = timezone.now()
    return sum(lot.remaining for lot in lots_of(grant_id) if lot.expires_at is None or lot.expires_at > now)


def expired(grant_id: int) -> int:
    """Posted away already, or due to be."""
    lots = lots_of(grant_id)
    posted = LotMovement.objects.filter(lot__in=lots, transaction__kind=TransactionKind.EXPIRY)
    gone = -int(posted.aggregate(total=Sum("amount", default=0))["total"])
    return gone + sum(lot.remaining for lot in lots) - unspent(grant_id)


def revoke_what_it_opened(order: Order) -> None:
    """A lost dispute: every spend so far that drew on the order's credits is undone, with what it opened."""
    for grant_id in filter(None, (order.granted_id, order.bonus_granted_id)):
        for spend in spends_from(grant_id):
            ledger.reverse(
                transaction_id=spend.pk, key=f"dispute:{spend.pk}", reason="The payment was taken back"
            )


def spends_from(grant_id: int) -> Iterable[LedgerTransaction]:
    lots = [lot.pk for lot in lots_of(grant_id)]
    spends = LedgerTransaction.objects.filter(kind=TransactionKind.SPEND, reversed_by=None)
    return list(spends.filter(lot_movements__lot__in=lots).distinct().order_by("pk"))


def correct(receipt: Receipt, payment: Payment) -> None:
    """A credit note for each refund and each dispute lost; undone where the money is ours after all."""
    # Stripe lists the newest first, also of two of one second.
    oldest_first = reversed(payment.refunds)
    gone = [(one.id, one.amount, one.created) for one in oldest_first if one.status in COUNTED]
    back = [one.id for one in payment.refunds if one.status in UNDONE]
    back += [one.id for one in payment.disputes if not disputing.is_lost(one)]
    for note in Receipt.objects.filter(source__in=[f"refund:{refund_id}" for refund_id in back]):
        receipts.uncredit(note, when=timezone.now())
    for refund_id, amount, created in sorted(gone, key=lambda one: one[2]):
        receipts.credit(receipt, refund_id=refund_id, amount=amount, when=created)
    for dispute in disputing.lost(payment.disputes):
        write_note_of_dispute(receipt, dispute.id, dispute.amount)


def write_note_of_dispute(receipt: Receipt, dispute_id: str, amount: int) -> None:
    """What was refunded before the bank took it as well is not credited twice."""
    if Receipt.objects.filter(source=f"refund:{dispute_id}").exists():
        return
    left = receipt.total + receipt.corrections.aggregate(total=Sum("total", default=0))["total"]
    if left > 0:
        receipts.credit(receipt, refund_id=dispute_id, amount=min(amount, left), when=timezone.now())
