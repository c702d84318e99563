"""The ledger's tables. Rows are written by `credits.ledger` alone; PostgreSQL holds the promises."""

from datetime import datetime

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.utils import timezone


class AccountKind(models.TextChoices):
    WALLET = "wallet", "Wallet"
    PROMOTIONAL_ISSUE = "promotional_issue", "Promotional credits issued"
    PAID_ISSUE = "paid_issue", "Paid credits issued"
    SPENT = "spent", "Credits spent"
    EXPIRED = "expired", "Credits expired"


class LotKind(models.TextChoices):
    PROMOTIONAL = "promotional", "Promotional"
    PAID = "paid", "Paid"


class TransactionKind(models.TextChoices):
    GRANT = "grant", "Grant"
    SPEND = "spend", "Spend"
    EXPIRY = "expiry", "Expiry"
    REVERSAL = "reversal", "Reversal"


class LedgerAccount(models.Model):
    """A place credits are counted: a reader's or team's wallet, or one of the house's own accounts.

    Only wallets store a balance: a stored total on a house account would make every posting wait for it.
    """

    kind = models.CharField(max_length=20, choices=AccountKind, editable=False)
    balance = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="account_kind_is_known", condition=Q(kind__in=AccountKind.values)),
            models.CheckConstraint(
                name="only_wallets_store_a_balance_and_never_below_zero",
                condition=Q(kind=AccountKind.WALLET, balance__isnull=False, balance__gte=0)
                | (~Q(kind=AccountKind.WALLET) & Q(balance__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["kind"],
                name="one_house_account_a_kind",
                condition=~Q(kind=AccountKind.WALLET),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class LedgerTransaction(models.Model):
    """One posting. Its entries sum to zero; a correction is a new transaction that reverses it, once."""

    kind = models.CharField(max_length=10, choices=TransactionKind, editable=False)
    reason = models.CharField(max_length=200, editable=False)
    reference = models.CharField(max_length=200, blank=True, editable=False)
    idempotency_key = models.CharField(max_length=200, editable=False)
    request_hash = models.CharField(max_length=64, editable=False)
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="reversed_by",
        editable=False,
    )
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="transaction_kind_is_known",
                condition=Q(kind__in=TransactionKind.values),
            ),
            models.CheckConstraint(
                name="only_a_reversal_reverses",
                condition=Q(kind=TransactionKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=TransactionKind.REVERSAL) & Q(reverses__isnull=True)),
            ),
            models.CheckConstraint(
                name="transaction_has_a_key_and_a_reason",
                condition=~Q(idempotency_key="") & ~Q(reason=""),
            ),
            models.UniqueConstraint(fields=["idempotency_key"], name="one_transaction_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class LedgerEntry(models.Model):
    """A signed number of credits into (+) or out of (-) one account; a wallet's with the balance after."""

    transaction = models.ForeignKey(
        LedgerTransaction,
        on_delete=models.PROTECT,
        related_name="entries",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="entries",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    amount = models.BigIntegerField(editable=False)
    balance_after = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [models.Index("account", F("id").desc(), name="entries_of_an_account_latest")]
        constraints = [
            models.CheckConstraint(name="entry_moves_something", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="entry_leaves_no_balance_below_zero",
                condition=Q(balance_after__isnull=True) | Q(balance_after__gte=0),
            ),
            models.UniqueConstraint(fields=["transaction", "account"], name="one_entry_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"


class CreditLotQuerySet(models.QuerySet["CreditLot"]):
    def spendable(self, at: datetime | None = None) -> "CreditLotQuerySet":
        """Lots with something left and not past their expiry, posted away or not."""
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=at or timezone.now())
        return self.filter(lasting, remaining__gt=0)

    def in_spending_order(self) -> "CreditLotQuerySet":
        return self.order_by(
            F("kind").desc(),  # promotional before paid
            F("expires_at").asc(nulls_last=True),
            "id",
        )

    def spendable_of(self, wallet: OuterRef) -> Coalesce:
        """What the outer row's wallet can spend now, as one column of the outer query."""
        total = (
            self.spendable().filter(wallet=wallet).order_by().values("wallet").annotate(n=Sum("remaining"))
        )
        return Coalesce(Subquery(total.values("n")), 0, output_field=models.BigIntegerField())


class CreditLot(models.Model):
    """Credits that came in together: one kind, one expiry. What is left of them is spent in order."""

    wallet = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="lots",
        editable=False,
        db_index=False,
    )
    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="lots", editable=False, db_index=False
    )
    kind = models.CharField(max_length=12, choices=LotKind, editable=False)
    granted = models.BigIntegerField(editable=False)
    remaining = models.BigIntegerField(editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)

    objects = CreditLotQuerySet.as_manager()

    class Meta:
        indexes = [
            # `remaining` is in no index, so that spending from a lot rewrites its row and nothing else.
            models.Index("wallet", name="lots_of_a_wallet"),
            models.Index("expires_at", name="lots_that_expire", condition=Q(expires_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="lot_kind_is_known", condition=Q(kind__in=LotKind.values)),
            models.CheckConstraint(name="lot_grants_something", condition=Q(granted__gt=0)),
            models.CheckConstraint(
                name="lot_remaining_within_granted",
                condition=Q(remaining__gte=0, remaining__lte=F("granted")),
            ),
            models.CheckConstraint(
                name="paid_credits_never_expire",
                condition=~Q(kind=LotKind.PAID) | Q(expires_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.granted} {self.get_kind_display().lower()}"


class LotMovement(models.Model):
    """Which lot paid for (-) or received (+) what, so that a reversal goes back to the lot that paid.

    Triggers hold both keys, as those of an entry.
    """

    transaction = models.ForeignKey(
        LedgerTransaction,
        on_delete=models.PROTECT,
        related_name="lot_movements",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    lot = models.ForeignKey(
        CreditLot,
        on_delete=models.PROTECT,
        related_name="movements",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    amount = models.BigIntegerField(editable=False)
    remaining_after = models.BigIntegerField(editable=False)

    class Meta:
        indexes = [models.Index("lot", F("id").desc(), name="movements_of_a_lot_latest")]
        constraints = [
            models.CheckConstraint(name="movement_moves_something", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="movement_leaves_no_lot_below_zero",
                condition=Q(remaining_after__gte=0),
            ),
            models.UniqueConstraint(fields=["transaction", "lot"], name="one_movement_a_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
