"""The tiers on show and what each costs this reader, as the Club's page sets them beside each other."""

from dataclasses import dataclass

from ...models import Tier, User
from ...money import brief
from .. import joining
from ..models import Interval

MONTHS = 12
PERIODS = {Interval.MONTH.value: "a month", Interval.YEAR.value: "a year"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One way to pay for a tier. Texts are empty where there is nothing to say."""

    tier: Tier
    value: str
    price: str
    saving: str
    rebate: str
    first: str
    trial_days: int


@dataclass(frozen=True, kw_only=True)
class Column:
    tier: Tier
    plans: list[Plan]


def columns(reader: User | None) -> list[Column]:
    """For a visitor without what depends on who they are."""
    return [Column(tier=tier, plans=plans_of(tier, reader)) for tier in Tier.objects.filter(visible=True)]


def plans_of(tier: Tier, reader: User | None) -> list[Plan]:
    return [plan(tier, interval, amount, reader) for interval, amount in sold(tier).items()]


def sold(tier: Tier) -> dict[str, int]:
    """Price by interval, in minor units."""
    prices = {Interval.MONTH.value: tier.price_monthly, Interval.YEAR.value: tier.price_yearly}
    return {interval: amount for interval, amount in prices.items() if amount}


def plan(tier: Tier, interval: str, amount: int, reader: User | None) -> Plan:
    terms = joining.terms_for(reader, tier, interval) if reader else None
    off = terms.rebate if terms else 0
    return Plan(
        tier=tier,
        value=f"{tier.slug}:{interval}",
        price=f"{tier.shown(amount)} {PERIODS[interval]}",
        saving=saving(tier) if interval == Interval.YEAR else "",
        rebate=brief(off, tier.currency) if off else "",
        first=brief(amount - off, tier.currency) if off else "",
        trial_days=terms.trial_days if terms else tier.trial_days,
    )


def saving(tier: Tier) -> str:
    saved = MONTHS * (tier.price_monthly or 0) - (tier.price_yearly or 0)
    return f"{brief(saved, tier.currency)} less than by the month" if saved > 0 else ""


def chosen(value: str) -> tuple[Tier, str] | None:
    """What a form's choice stands for, while it is for sale."""
    slug, _, interval = value.partition(":")
    tier = Tier.objects.filter(visible=True, slug=slug).first()
    return (tier, interval) if tier and interval in sold(tier) else None
