from django.db import models
from django.db.models import Q

from credits.models import LedgerTransaction

from ...models.membership import Membership, Tier
from ...models.user import User
from .order import Interval, Order


class Subscription(models.Model):
    """What Stripe last said of a subscription, and the membership that came of it.

    Each has a membership of its own, so the end of an old one never closes a newer one's.
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="subscriptions")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    tier = models.ForeignKey(
        Tier,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: a price we do not know.",
    )
    interval = models.CharField(max_length=5, choices=Interval, blank=True)
    price_id = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=40, help_text="Stripe's own word.")
    livemode = models.BooleanField(default=False)
    created_at = models.DateTimeField(help_text="By Stripe's clock.")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    cancel_at = models.DateTimeField(
        null=True, help_text="It ends then unless the reader changes their mind."
    )
    trial_end = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    past_due_since = models.DateTimeField(null=True)
    membership = models.OneToOneField(
        Membership, on_delete=models.PROTECT, null=True, related_name="subscription"
    )
    looked_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="subscription_ends_after_it_began",
                condition=Q(period_end__gte=models.F("period_start")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id}: {self.status}"


class Allowance(models.Model):
    """A month's credits of a membership, given once."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="allowances")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    month_start = models.DateTimeField()
    transaction = models.OneToOneField(LedgerTransaction, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-month_start"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscription", "month_start"], name="one_allowance_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} from {self.month_start:%Y-%m-%d}"
