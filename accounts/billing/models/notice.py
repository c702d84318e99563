from django.db import models
from django.utils import timezone

from .subscription import Subscription


class BillingNotice(models.Model):
    """A member was told by mail that free days begin or end, or that a payment failed. Once for each."""

    class Kind(models.TextChoices):
        JOINED = "joined", "The free days begin"
        PAYMENT_FAILED = "failed", "A payment failed"
        TRIAL_ENDS = "trial", "The free days end"

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=6, choices=Kind)
    about = models.DateTimeField(help_text="When they joined, when it fell due, or when the free days end.")
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "kind", "about"], name="one_notice_a_subscription_and_matter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subscription_id}"
