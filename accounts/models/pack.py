from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from ..money import CURRENCY_SIGNS

MOST_IN_A_PACK = 100_000
SMALLEST_PRICE = 50


class PackQuerySet(models.QuerySet["Pack"]):
    def for_sale(self) -> "PackQuerySet":
        return self.filter(active=True)


class Pack(ClusterableModel):
    """So many credits for a price, and some of them free: the bonus is a promotional lot of its own."""

    name = models.CharField(max_length=60, unique=True)
    credits = models.PositiveIntegerField(help_text="Paid for. They never expire.")
    bonus = models.PositiveIntegerField(default=0, help_text="Given on top, as promotional credits.")
    bonus_days = models.PositiveIntegerField(
        default=365, help_text="Days until the bonus expires. 0: it never does."
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Lower comes first.")
    active = models.BooleanField(default=True, help_text="For sale.")

    objects = PackQuerySet.as_manager()

    class Meta:
        ordering = ["order", "credits"]
        constraints = [
            models.CheckConstraint(
                name="pack_holds_credits",
                condition=Q(credits__gte=1, credits__lte=MOST_IN_A_PACK, bonus__lte=MOST_IN_A_PACK),
                violation_error_message=f"A pack holds 1 to {MOST_IN_A_PACK:,} credits.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def price_in(self, currency: str) -> "PackPrice | None":
        return next((price for price in self.prices.all() if price.currency == currency), None)


class PackPrice(models.Model):
    """What a pack costs in one currency, in its minor units (pence, cents), tax included."""

    pack = ParentalKey(Pack, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3, choices=[(code, code) for code in CURRENCY_SIGNS])
    amount = models.PositiveIntegerField(help_text="In pence or cents, tax included.")

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "currency"], name="one_price_a_pack_and_currency"),
            models.CheckConstraint(
                name="pack_price_is_worth_charging",
                condition=Q(amount__gte=SMALLEST_PRICE),
                violation_error_message=f"Cards are not charged less than {SMALLEST_PRICE} pence or cents.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack}: {self.amount} {self.currency}"

    def clean_fields(self, exclude: Any = None) -> None:
        self.currency = self.currency.upper()
        super().clean_fields(exclude=exclude)
        if self.currency not in CURRENCY_SIGNS:
            raise ValidationError({"currency": "Choose a currency that prices are shown in."})
