from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .kinds import READERS_OWN, AccountKind

HOUSE = ~Q(kind__in=READERS_OWN)


class LedgerAccount(models.Model):
    """A place credits are counted: a wallet, the debt that belongs to it, or one of the house's own.

    Wallets and debts store a balance, a debt's being what is owed with a minus. House accounts store none:
    a stored total would make every posting wait for it.

    Triggers hold that its kind is known, that a debt belongs to a wallet, and that only a wallet is merged
    into another: see credits/sql/0010_one_look.sql.
    """

    kind = models.CharField(max_length=20, choices=AccountKind, editable=False)
    balance = models.BigIntegerField(null=True, editable=False)
    wallet = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="debt", editable=False
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged_from", editable=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="wallets_hold_debts_owe_and_the_house_stores_nothing",
                condition=Q(kind=AccountKind.WALLET, balance__isnull=False, balance__gte=0)
                | Q(kind=AccountKind.DEBT, balance__isnull=False, balance__lte=0)
                | (HOUSE & Q(balance__isnull=True)),
            ),
            models.UniqueConstraint(fields=["kind"], name="one_house_account_a_kind", condition=HOUSE),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def holder(self) -> "LedgerAccount":
        """Where this wallet's credits are by now: the one it was merged into, at last."""
        wallet, passed = self, set[int]()
        # Should there ever be a circle, this ends all the same.
        while wallet.merged_into is not None and wallet.pk not in passed:
            passed.add(wallet.pk)
            wallet = wallet.merged_into
        return wallet
