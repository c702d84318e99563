from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from credits.models import LedgerTransaction

from ...models.membership import Tier
from ...models.pack import Pack
from ...models.user import User


class Interval(models.TextChoices):
    MONTH = "month", "Monthly"
    YEAR = "year", "Yearly"


class OrderQuerySet(models.QuerySet["Order"]):
    def unsettled(self) -> Self:
        return self.filter(state__in=(Order.State.STARTED, Order.State.PENDING))

    def paid(self) -> Self:
        return self.filter(state=Order.State.PAID)


class Order(models.Model):
    """What a reader set out to buy, written down before Stripe hears of it.

    Its key is the idempotency key and travels with everything that Stripe makes of it. What is granted is
    what stands here, never what an event says. Amounts are in minor units of the currency.
    """

    class What(models.TextChoices):
        PACK = "pack", "Credits"
        GIFT = "gift", "Credits for somebody else"
        CLUB = "club", "Club membership"

    class State(models.TextChoices):
        STARTED = "started", "Not paid yet"
        PENDING = "pending", "Payment on its way"
        PAID = "paid", "Paid"
        FAILED = "failed", "Payment failed"
        EXPIRED = "expired", "Never paid"
        PARKED = "parked", "Waits for a person"

    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="orders")
    what = models.CharField(max_length=4, choices=What)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, null=True, related_name="orders")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="orders")
    interval = models.CharField(max_length=5, choices=Interval, blank=True)
    title = models.CharField(max_length=200, help_text="What was bought, as it was called then.")
    quantity = models.PositiveSmallIntegerField(default=1)
    credits = models.PositiveIntegerField(default=0, help_text="Of the whole order.")
    bonus = models.PositiveIntegerField(default=0, help_text="Of the whole order.")
    bonus_days = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    amount = models.PositiveIntegerField(help_text="Before discounts, tax included where prices include it.")
    rebate = models.PositiveIntegerField(default=0, help_text="Off the first payment, for credits spent.")
    trial_days = models.PositiveSmallIntegerField(default=0, help_text="Free days before the first payment.")
    promotion_code = models.CharField(max_length=100, blank=True)
    back_to = models.CharField(max_length=500, blank=True, help_text="The path the reader came from.")
    state = models.CharField(max_length=7, choices=State, default=State.STARTED)
    parked_because = models.CharField(max_length=300, blank=True)
    session_id = models.CharField(max_length=255, blank=True)
    payment_intent_id = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField(default=False)
    amount_paid = models.PositiveIntegerField(null=True)
    amount_discount = models.PositiveIntegerField(null=True)
    amount_tax = models.PositiveIntegerField(null=True)
    amount_refunded = models.PositiveIntegerField(default=0)
    granted = models.OneToOneField(LedgerTransaction, on_delete=models.PROTECT, null=True, related_name="+")
    bonus_granted = models.OneToOneField(
        LedgerTransaction, on_delete=models.PROTECT, null=True, related_name="+"
    )
    consent = models.CharField(
        max_length=20, blank=True, help_text="Version of the wording agreed to on delivery at once."
    )
    consented_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="When Stripe was last asked about it.")
    failure_told_at = models.DateTimeField(null=True, help_text="When the reader was mailed that it failed.")

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        permissions = [
            ("view_order", "Can read orders, receipts and Stripe's events"),
            ("replay_stripeevent", "Can have an event worked again"),
            ("sell", "Can edit packs and tiers"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="order_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["session_id"], condition=~Q(session_id=""), name="one_order_a_session"
            ),
            models.UniqueConstraint(
                fields=["payment_intent_id"], condition=~Q(payment_intent_id=""), name="one_order_a_payment"
            ),
            models.CheckConstraint(
                name="order_is_for_credits_or_the_club",
                condition=Q(what__in=("pack", "gift"), pack__isnull=False, tier=None, interval="")
                & Q(credits__gte=1)
                | Q(what="club", pack=None, tier__isnull=False, interval__in=("month", "year"))
                & Q(credits=0, bonus=0),
            ),
            models.CheckConstraint(name="order_has_a_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="order_grants_nothing_before_it_is_paid",
                condition=Q(granted=None, bonus_granted=None) | Q(paid_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_for_the_club_grants_nothing",
                condition=~Q(what="club") | Q(granted=None, bonus_granted=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.key})"
