from django.db import models

from .order import Order
from .subscription import Subscription


class Dispute(models.Model):
    """A bank took a payment back for its customer, or asks about it. ``status`` is Stripe's own word."""

    stripe_id = models.CharField(max_length=255, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="disputes")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="disputes"
    )
    charge_id = models.CharField(max_length=255)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.stripe_id}: {self.status}"
