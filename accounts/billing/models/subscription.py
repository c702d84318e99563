from typing import Self

from django.db import models
from django.db.models import Q

from credits.models import LedgerTransaction

from ...models.membership import Membership, Tier
from ...models.user import User
from .order import Interval, Order

OVER = ("canceled", "incomplete_expired")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def living(self) -> Self:
        """Those that Stripe may still charge for, whether they open anything or not."""
        return self.exclude(status__in=OVER)

    def to_be_ended(self) -> Self:
        return self.living().exclude(end_because="")


class Subscription(models.Model):
    """What Stripe last said of a subscription, and the membership that came of it.

    Each has a membership of its own, so the end of an old one never closes a newer one's.
    """

    class End(models.TextChoices):
        """Why we end it at once. What is paid back with it follows from this: see `ending.py`."""

        SECOND = "second", "The reader is a member already"
        MERGED = "merged", "The reader was merged with another member"
        CLOSED = "closed", "The account was closed"
        DISPUTED = "disputed", "A payment was lost to a dispute"
        WITHDRAWN = "withdrawn", "The reader withdrew from the contract"
        CANCELLED = "cancelled", "The reader cancelled what is not paid"

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
    end_because = models.CharField(max_length=9, choices=End, blank=True)
    end_asked_at = models.DateTimeField(null=True, help_text="Stripe is asked until it has ended it.")
    looked_at = models.DateTimeField()

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="subscription_ends_after_it_began",
                condition=Q(period_end__gte=models.F("period_start")),
            ),
            models.CheckConstraint(
                name="subscription_is_ended_for_a_reason",
                condition=Q(end_because="", end_asked_at=None)
                | ~Q(end_because="") & Q(end_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id}: {self.status}"

    @property
    def lives(self) -> bool:
        return self.status not in OVER


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
