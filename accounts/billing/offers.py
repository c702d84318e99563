"""What is on sale, as it should be at Stripe and as it is there. Amounts are in minor units.

Each product of ours has an id of our own making and says in its metadata whose it is; each price has a lookup
key. So both are found again without our database, and what is not ours is never touched.
"""

from dataclasses import dataclass

from django.conf import settings

from ..models import Pack, Tier
from .models import Interval


@dataclass(frozen=True, kw_only=True)
class ProductOffer:
    """`ours`: who made it, as its metadata says: the site's prefix, and the pack or tier."""

    id: str
    name: str
    description: str
    active: bool
    ours: str


@dataclass(frozen=True, kw_only=True)
class PriceOffer:
    """`interval`: month, year, or empty for what is paid once."""

    lookup_key: str
    product_id: str
    currency: str
    amount: int
    interval: str = ""
    tax_behavior: str = "inclusive"

    @property
    def terms(self) -> tuple[str, str, int, str, str]:
        """What Stripe lets nobody change: another one means another price."""
        return self.product_id, self.currency, self.amount, self.interval, self.tax_behavior


@dataclass(frozen=True, kw_only=True)
class PriceAtStripe:
    id: str
    active: bool
    livemode: bool
    offer: PriceOffer


@dataclass(frozen=True, kw_only=True)
class PortalOffer:
    """`switches`: product id to the ids of the prices that a member may change to."""

    headline: str
    return_url: str
    switches: dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class PortalAtStripe:
    """`complete`: it lets members do exactly what ours does, whatever they may switch to."""

    id: str
    complete: bool
    offer: PortalOffer


@dataclass(frozen=True, kw_only=True)
class EndpointAtStripe:
    id: str
    url: str
    api_version: str
    enabled: bool
    events: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Good:
    """A pack or a tier with all that Stripe is to know of it."""

    thing: Pack | Tier
    product: ProductOffer
    prices: tuple[PriceOffer, ...]

    @property
    def switchable(self) -> bool:
        return isinstance(self.thing, Tier) and self.thing.visible and bool(self.prices)


def goods() -> list[Good]:
    """All packs, and all tiers: also what is no longer sold, so that Stripe stops selling it as well."""
    packs = Pack.objects.prefetch_related("prices").order_by("pk")
    return [of_pack(pack) for pack in packs] + [of_tier(tier) for tier in Tier.objects.order_by("pk")]


def of_pack(pack: Pack) -> Good:
    product_id = product_id_of("pack", pack.pk)
    prices = tuple(
        PriceOffer(
            lookup_key=f"{product_id}_{price.currency.lower()}",
            product_id=product_id,
            currency=price.currency,
            amount=price.amount,
        )
        for price in pack.prices.all()
    )
    bonus = f" and {pack.bonus} more as a bonus" if pack.bonus else ""
    product = ProductOffer(
        id=product_id,
        name=pack.name,
        description=f"{pack.credits} credits{bonus}",
        active=pack.active and bool(prices),
        ours=mark_of("pack", pack.pk),
    )
    return Good(thing=pack, product=product, prices=prices if pack.active else ())


def of_tier(tier: Tier) -> Good:
    product_id = product_id_of("tier", tier.pk)
    amounts = {Interval.MONTH: tier.price_monthly, Interval.YEAR: tier.price_yearly}
    prices = tuple(
        PriceOffer(
            lookup_key=f"{product_id}_{interval.value}_{tier.currency.lower()}",
            product_id=product_id,
            currency=tier.currency.upper(),
            amount=amount,
            interval=interval.value,
        )
        for interval, amount in amounts.items()
        if amount
    )
    product = ProductOffer(
        id=product_id,
        name=tier.name,
        description=" · ".join(tier.perk_lines) or tier.name,
        active=bool(prices),
        ours=mark_of("tier", tier.pk),
    )
    return Good(thing=tier, product=product, prices=prices)


def product_id_of(kind: str, pk: int) -> str:
    return f"{settings.STRIPE_PREFIX}_{kind}_{pk}"


def mark_of(kind: str, pk: int) -> str:
    return f"{settings.STRIPE_PREFIX} {kind} {pk}"
