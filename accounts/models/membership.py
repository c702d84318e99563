from datetime import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .. import money
from .user import User


class Tier(models.Model):
    """A plan a reader can hold. Prices are for show, in minor units of the currency (pence, cents)."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    perks = models.TextField(blank=True, help_text="What it gives, one perk a line.")
    price_monthly = models.PositiveIntegerField(
        "monthly price", null=True, blank=True, help_text="In pence or cents."
    )
    price_yearly = models.PositiveIntegerField(
        "yearly price", null=True, blank=True, help_text="In pence or cents."
    )
    currency = models.CharField(max_length=3, default="GBP", help_text="Three letters, such as GBP.")
    visible = models.BooleanField(default=True, help_text="Shown on the club page.")
    order = models.PositiveSmallIntegerField(default=0, help_text="Lower comes first.")
    opens_everything = models.BooleanField(default=True, help_text="Opens every locked part, free.")
    allowance = models.PositiveIntegerField(
        "monthly credits", default=0, help_text="Promotional credits given every paid month."
    )
    allowance_days = models.PositiveIntegerField(
        "days they last", default=92, help_text="Days until a month's credits expire. 0: they never do."
    )
    trial_days = models.PositiveSmallIntegerField(
        default=0, help_text="Free days before the first payment, once a reader. 0: none."
    )

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def prices(self) -> list[str]:
        shown = ((self.price_monthly, "a month"), (self.price_yearly, "a year"))
        return [f"{self.shown(amount)} {period}" for amount, period in shown if amount]

    def shown(self, amount: int) -> str:
        """``amount`` is in minor units. Whole pounds are written without pence."""
        return money.brief(amount, self.currency)

    @property
    def perk_lines(self) -> list[str]:
        return [line.strip() for line in self.perks.splitlines() if line.strip()]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self, at: datetime | None = None) -> Self:
        """Held at that instant: from ``starts_at`` on, up to but not including ``ends_at``."""
        at = at or timezone.now()
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)

    def opening_everything(self) -> Self:
        return self.filter(tier__opens_everything=True)


class Membership(models.Model):
    """A reader's hold on a tier: who has it, from when until when, and who gave it."""

    class Source(models.TextChoices):
        COMP = "comp", "Complimentary"
        PAID = "paid", "Paid"
        TEAM = "team", "Team"

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="memberships")
    source = models.CharField(max_length=4, choices=Source, default=Source.COMP)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until someone ends it.")
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    note = models.CharField(
        max_length=200, blank=True, help_text="Why, for the record. Readers do not see it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="membership_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["reader", "tier", "source"],
                condition=Q(ends_at__isnull=True),
                name="one_open_ended_membership_a_tier_and_source",
                violation_error_message="This reader already has this membership with no end.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} for {self.reader}"

    def clean(self) -> None:
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "The end must come after the start."})

    def is_live(self, at: datetime | None = None) -> bool:
        at = at or timezone.now()
        return self.starts_at <= at and (self.ends_at is None or self.ends_at > at)
