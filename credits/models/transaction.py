from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from .account import LedgerAccount
from .kinds import TransactionKind


class LedgerTransaction(models.Model):
    """One posting. Its entries sum to zero; a correction is a new transaction that reverses it, once.

    A trigger holds that its kind is known, that only a refund refunds, and that it has a key and a reason.
    """

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
    refunds = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="refunded_by",
        editable=False,
        db_index=False,
    )
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        indexes = [
            models.Index("refunds", name="refunds_of_a_grant", condition=Q(refunds__isnull=False)),
            models.Index("created_at", name="transactions_by_time"),
            models.Index("reference", name="transactions_by_reference", condition=~Q(reference="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="only_a_reversal_reverses",
                condition=Q(kind=TransactionKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=TransactionKind.REVERSAL) & Q(reverses__isnull=True)),
            ),
            models.UniqueConstraint(fields=["idempotency_key"], name="one_transaction_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class LedgerEntry(models.Model):
    """A signed number of credits into (+) or out of (-) one account; a wallet's with the balance after.

    Triggers hold both keys and that it moves something.
    """

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
            models.UniqueConstraint(fields=["transaction", "account"], name="one_entry_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
