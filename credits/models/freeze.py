from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .account import LedgerAccount


class AccountFreeze(models.Model):
    """Spending from a wallet is on hold, from when until when, and why. Not a flag on the account: one
    that no longer adds up could not be written to."""

    wallet = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="freezes")
    cause = models.CharField(max_length=100, help_text="What put it on hold, such as audit or dispute:7.")
    detail = models.CharField(max_length=500, blank=True)
    frozen_at = models.DateTimeField(db_default=Now(), editable=False)
    lifted_at = models.DateTimeField(null=True, editable=False)
    lifted_because = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["-frozen_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "cause"],
                condition=Q(lifted_at__isnull=True),
                name="one_open_freeze_a_wallet_and_cause",
            ),
            models.CheckConstraint(
                name="a_freeze_is_lifted_for_a_reason",
                condition=Q(lifted_at__isnull=True, lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} on wallet {self.wallet_id}"
