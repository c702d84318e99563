from datetime import datetime

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from .account import LedgerAccount
from .kinds import LotKind
from .transaction import LedgerTransaction


class CreditLotQuerySet(models.QuerySet["CreditLot"]):
    def spendable(self, at: datetime | None = None) -> "CreditLotQuerySet":
        """Lots with something left and not past their expiry, posted away or not."""
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=at or timezone.now())
        return self.filter(lasting, remaining__gt=0)

    def reached(self) -> "list[CreditLot]":
        """These, and all that their credits moved on to in other wallets."""
        found: list[CreditLot] = list(self.all())
        newest = found
        while newest:
            newest = list(CreditLot.objects.filter(parent__in=newest))
            found = [*found, *newest]
        return found

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
    """Credits that came in together: one kind, one expiry. What is left of them is spent in order.

    Credits that moved from another wallet are a lot of their own, whose ``parent`` they came from.

    A trigger holds that its kind is known, that it grants something, and that paid credits never expire.
    """

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
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="children",
        editable=False,
        db_index=False,
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
            models.Index("parent", name="lots_from_a_lot", condition=Q(parent__isnull=False)),
            models.Index("transaction", name="lots_of_a_transaction"),
            models.Index("expires_at", name="lots_that_expire", condition=Q(expires_at__isnull=False)),
        ]
        constraints = [
            # Not `remaining <= granted`: a refund that is taken back gives a lot its credits again, and the
            # debt it made may have been paid by another lot meanwhile.
            models.CheckConstraint(name="lot_remaining_never_below_zero", condition=Q(remaining__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.granted} {self.get_kind_display().lower()}"


class LotMovement(models.Model):
    """Which lot paid for (-) or received (+) what, so that a reversal goes back to the lot that paid.

    ``owed`` is the part that the lot no longer had and the wallet's debt took (-), or that the lot paid
    off for it (+).

    Triggers hold both keys, as those of an entry, and that a movement moves something.
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
    owed = models.BigIntegerField(db_default=0, editable=False)
    remaining_after = models.BigIntegerField(editable=False)

    class Meta:
        indexes = [models.Index("lot", F("id").desc(), name="movements_of_a_lot_latest")]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "lot"], name="one_movement_a_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
