"""The ledger's only writer. Each posting is one call of one PL/pgSQL function: see credits/sql/.

Postings join the caller's transaction. A refusal raises a `LedgerError` after PostgreSQL has answered,
so nothing is posted and the transaction can go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from .errors import (
    AlreadyMerged,
    AlreadyRefunded,
    AlreadyReversed,
    Frozen,
    InDebt,
    InsufficientCredits,
    InvalidAmount,
    InvalidExpiry,
    InvalidText,
    KeyReused,
    LedgerError,
    NoSuchTransaction,
    NoSuchWallet,
    NotReversible,
    OverRefunded,
    SameWallet,
)
from .models import CreditLot, LedgerAccount, LotKind

MAX_AMOUNT = 1_000_000
MAX_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class Posting:
    """`balance` is what the wallet holds now. Not `created`: the same was posted before under its key."""

    transaction_id: int
    balance: int
    created: bool


def open_wallet() -> LedgerAccount:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_open_wallet()")
        return LedgerAccount.objects.get(pk=cursor.fetchone()[0])


def grant(
    *,
    wallet_id: int,
    amount: int,
    kind: LotKind,
    reason: str,
    key: str,
    expires_at: datetime | None = None,
    reference: str = "",
) -> Posting:
    """Give credits. What the wallet owes is paid from them first, in a posting of its own."""
    _check_amount(amount)
    _check_texts(reason=reason, key=key, reference=reference)
    kind = LotKind(kind)
    _check_expiry(kind, expires_at)
    return _post("ledger_grant", wallet_id, amount, kind.value, expires_at, reason, reference, key)


def spend(*, wallet_id: int, amount: int, key: str, reason: str, reference: str = "") -> Posting:
    """Take from promotional lots first, then the earliest expiry, then the oldest.

    Raises `InsufficientCredits`, `InDebt` while credits are owed, `Frozen` while spending is on hold.
    """
    _check_amount(amount)
    _check_texts(reason=reason, key=key, reference=reference)
    return _post("ledger_spend", wallet_id, amount, reason, reference, key)


def reverse(*, transaction_id: int, key: str, reason: str) -> Posting:
    """Undo a grant, a spend or a refund, once.

    A spend goes back to the lots that paid, which keep their expiry. Of a grant, what is gone is owed.
    Raises `NotReversible`.
    """
    _check_texts(reason=reason, key=key)
    return _post("ledger_reverse", transaction_id, reason, key)


def refund(*, transaction_id: int, amount: int, key: str, reason: str) -> Posting:
    """Take back a number of a grant's credits, in as many parts as it comes to; what is gone is owed.

    They are taken from their own lot, wherever its credits have moved to, and from no other.
    Raises `OverRefunded` if less is left to take back, `NotReversible`.
    """
    _check_amount(amount)
    _check_texts(reason=reason, key=key)
    return _post("ledger_refund", transaction_id, amount, reason, key)


def transfer(
    *, source_id: int, target_id: int, amount: int, key: str, reason: str, reference: str = ""
) -> Posting:
    """Move credits to another wallet, in the order of spending; they keep their kind and expiry.

    The balance answered is the source's. Raises what `spend` raises, and `SameWallet`.
    """
    _check_amount(amount)
    _check_texts(reason=reason, key=key, reference=reference)
    return _post("ledger_transfer", source_id, target_id, amount, reason, reference, key)


def merge(*, source_id: int, target_id: int, key: str, reason: str) -> Posting | None:
    """Move all that a wallet holds and owes, for good: what reaches it later goes on to the target.

    None where it neither held nor owed anything. The balance answered is the target's.
    Raises `AlreadyMerged`, `SameWallet`, `Frozen`.
    """
    _check_texts(reason=reason, key=key)
    return _answer("ledger_merge", source_id, target_id, reason, key)


def expire_lots(now: datetime | None = None) -> int:
    """Post away what is left of lots that expired by `now`; return how many. Each wallet on its own."""
    now = now or timezone.now()
    due = CreditLot.objects.filter(remaining__gt=0, expires_at__lte=now).order_by("wallet_id")
    wallets = list(due.values_list("wallet_id", flat=True).distinct())
    return sum(_expire(wallet_id, now) for wallet_id in wallets)


def lock_wallets(*wallet_ids: int) -> None:
    """Take the locks of several wallets in id order, before posting to more than one in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock(%s)", [list(wallet_ids)])


def _expire(wallet_id: int, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_expire(%s, %s)", [wallet_id, now])
        return int(cursor.fetchone()[0])


def _post(function: str, *arguments: Any) -> Posting:
    posting = _answer(function, *arguments)
    assert posting is not None
    return posting


def _answer(function: str, *arguments: Any) -> Posting | None:
    marks = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}({marks})", arguments)  # noqa: S608 - names from this module
        outcome, transaction_id, balance, needed = cursor.fetchone()
    if outcome not in ("posted", "repeated"):
        raise REFUSALS[outcome](balance, needed)
    if transaction_id is None:
        return None
    return Posting(transaction_id=transaction_id, balance=balance, created=outcome == "posted")


REFUSALS: dict[str, Callable[[int, int], LedgerError]] = {
    "invalid_amount": lambda balance, needed: InvalidAmount("a posting moves at least one credit"),
    "no_such_wallet": lambda balance, needed: NoSuchWallet("there is no such wallet"),
    "no_such_transaction": lambda balance, needed: NoSuchTransaction("there is no such transaction"),
    "key_reused": lambda balance, needed: KeyReused(
        "the key stands for a posting that asked for something else"
    ),
    "expired_already": lambda balance, needed: InvalidExpiry("the expiry has passed"),
    "insufficient": lambda balance, needed: InsufficientCredits(balance=balance, needed=needed),
    "in_debt": lambda balance, needed: InDebt(owed=needed),
    "frozen": lambda balance, needed: Frozen("spending from this wallet is on hold"),
    "not_reversible": lambda balance, needed: NotReversible("only grants, spends and refunds are reversed"),
    "not_a_grant": lambda balance, needed: NotReversible("only grants are refunded"),
    "already_reversed": lambda balance, needed: AlreadyReversed("the transaction is reversed already"),
    "already_refunded": lambda balance, needed: AlreadyRefunded(refunded=balance),
    "over_refunded": lambda balance, needed: OverRefunded(refundable=balance, amount=needed),
    "same_wallet": lambda balance, needed: SameWallet("both are one wallet"),
    "already_merged": lambda balance, needed: AlreadyMerged("the wallet was merged into another already"),
}


def _check_amount(amount: int) -> None:
    if type(amount) is not int or not 1 <= amount <= MAX_AMOUNT:
        raise InvalidAmount(f"a posting moves a whole number of credits from 1 to {MAX_AMOUNT:,}")


def _check_texts(*, reason: str, key: str, reference: str = "") -> None:
    for name, text in (("reason", reason), ("key", key), ("reference", reference)):
        if len(text) > MAX_TEXT or "\x00" in text:
            raise InvalidText(f"the {name} must be plain text of at most {MAX_TEXT} characters")
    if not reason.strip() or not key.strip():
        raise InvalidText("a posting needs a reason and a key")


def _check_expiry(kind: LotKind, expires_at: datetime | None) -> None:
    if expires_at is None:
        return
    if kind is LotKind.PAID:
        raise InvalidExpiry("paid credits never expire")
    if timezone.is_naive(expires_at):
        raise InvalidExpiry("an expiry needs a time zone")
