from django.db import models
from django.db.models import Q
from django.utils import timezone

from credits.models import LedgerTransaction

from ...models.user import User
from .order import Order
from .subscription import Subscription


class Withdrawal(models.Model):
    """A reader withdrew from a contract within 14 days. What is paid back, and that we said we heard it."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="withdrawal")
    subscription = models.OneToOneField(
        Subscription, on_delete=models.PROTECT, null=True, related_name="withdrawal"
    )
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="withdrawals")
    asked_at = models.DateTimeField(default=timezone.now)
    statement = models.TextField(help_text="What the reader declared, word for word.")
    credits = models.PositiveIntegerField(default=0, help_text="Unspent ones, given back.")
    amount = models.PositiveIntegerField(help_text="To be paid back, in minor units.")
    currency = models.CharField(max_length=3)
    refund_id = models.CharField(max_length=255, blank=True)
    done_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True, help_text="When the confirmation was mailed.")

    class Meta:
        ordering = ["-asked_at"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="withdrawal_is_from_one_contract",
                condition=Q(order__isnull=False, subscription=None)
                | Q(order=None, subscription__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Withdrawal {self.pk}"


class DeliveryConsent(models.Model):
    """A reader had credits spent within 14 days of buying them, and agreed that this cannot be undone."""

    transaction = models.OneToOneField(LedgerTransaction, on_delete=models.PROTECT, related_name="+")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    wording = models.CharField(max_length=20, help_text="Version of the wording.")
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-given_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.wording} for {self.transaction_id}"
