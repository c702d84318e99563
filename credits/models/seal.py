from django.db import models
from django.db.models import Q

from .transaction import LedgerTransaction


class LedgerSeal(models.Model):
    """A batch of transactions, hashed together with the seal before. Made by `ledger_seal` alone."""

    id = models.BigIntegerField(primary_key=True, editable=False)
    previous = models.CharField(max_length=64, unique=True, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    count = models.BigIntegerField(editable=False)
    highest = models.BigIntegerField(editable=False)
    sealed_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_seal_covers_something", condition=Q(count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"seal {self.pk}"


class SealedTransaction(models.Model):
    """What one transaction consisted of when it was sealed: the names of its rows, a line each, and their
    digests, 32 bytes each, in the same order.

    Its key is held by no constraint, since the row it points at cannot be deleted; if somebody deletes it
    all the same, this one remains and says so.
    """

    transaction = models.OneToOneField(
        LedgerTransaction,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="sealed",
        editable=False,
        db_constraint=False,
    )
    seal = models.ForeignKey(
        LedgerSeal, on_delete=models.PROTECT, related_name="sealed", editable=False, db_index=False
    )
    names = models.TextField(editable=False)
    digests = models.BinaryField(editable=False)

    def __str__(self) -> str:
        return f"transaction {self.transaction_id}"
