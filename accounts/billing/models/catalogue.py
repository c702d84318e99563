from django.db import models
from django.db.models import Q
from django.utils import timezone

from ...models.membership import Tier
from ...models.pack import Pack
from .order import Interval


class StripePrice(models.Model):
    """What Stripe calls one of our prices. Old ones stay: subscriptions may still be on them."""

    stripe_id = models.CharField(max_length=255, unique=True)
    product_id = models.CharField(max_length=255)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, null=True, related_name="stripe_prices")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="stripe_prices")
    interval = models.CharField(max_length=5, choices=Interval, blank=True)
    currency = models.CharField(max_length=3)
    amount = models.PositiveIntegerField()
    livemode = models.BooleanField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="stripe_price_is_of_a_pack_or_a_tier",
                condition=Q(pack__isnull=False, tier=None, interval="")
                | Q(pack=None, tier__isnull=False, interval__in=("month", "year")),
            ),
            models.UniqueConstraint(
                fields=["pack", "currency", "livemode"],
                condition=Q(active=True, pack__isnull=False),
                name="one_stripe_price_a_pack_and_currency",
            ),
            models.UniqueConstraint(
                fields=["tier", "interval", "currency", "livemode"],
                condition=Q(active=True, tier__isnull=False),
                name="one_stripe_price_a_tier_and_interval",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id


class Reconciliation(models.Model):
    """One comparison with Stripe: what was found, what was mended, what waits for a person."""

    full = models.BooleanField()
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    looked_at = models.PositiveIntegerField(default=0)
    mended = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class PortalConfiguration(models.Model):
    """What Stripe's customer portal lets our members do: sent along whenever one is led there."""

    stripe_id = models.CharField(max_length=255)
    livemode = models.BooleanField(unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.stripe_id
