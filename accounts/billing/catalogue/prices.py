"""Products and prices. A price never changes: another takes its place, and the former is no longer sold."""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ... import money
from ...models import Pack
from ..gateway import catalogue as gateway
from ..models import StripePrice
from ..offers import Good, PriceAtStripe, PriceOffer
from .steps import Plan


def plan_product(made: Plan, good: Good) -> None:
    wanted, there = good.product, made.found.products.get(good.product.id)
    if there is None:
        if wanted.active:
            made.step(f"product {wanted.id}: create {wanted.name}", lambda: gateway.create_product(wanted))
    elif there.ours != wanted.ours:
        made.refuse(
            f"product {wanted.id}: somebody else made it ({there.name}): set another STRIPE_PREFIX, or add"
            f" {gateway.MARK}={wanted.ours} to its metadata if it is ours after all"
        )
    elif there != wanted:
        changed = ", ".join(
            name
            for name in ("name", "description", "active")
            if getattr(there, name) != getattr(wanted, name)
        )
        made.step(f"product {wanted.id}: change {changed}", lambda: gateway.update_product(wanted))


def plan_prices(made: Plan, good: Good) -> None:
    for offer in good.prices:
        plan_price(made, good, offer)
    wanted = {offer.lookup_key for offer in good.prices}
    known = {row.stripe_id for row in rows_of(good).filter(active=True)}
    for price in made.found.of_product(good.product.id):
        ours = price.offer.lookup_key.startswith(f"{good.product.id}_") or price.id in known
        if ours and price.offer.lookup_key not in wanted and (price.active or price.id in known):
            retire(made, price)


def plan_price(made: Plan, good: Good, offer: PriceOffer) -> None:
    holder = made.found.holder_of(offer.lookup_key)
    if holder and why_not_ours(holder, offer):
        made.refuse(f"price {holder.id} has our lookup key {offer.lookup_key}, {why_not_ours(holder, offer)}")
    elif holder and holder.livemode != settings.STRIPE_LIVEMODE:
        made.refuse(f"price {holder.id}: the key is for {mode(settings.STRIPE_LIVEMODE)}, the price is not")
    elif holder and holder.offer.terms == offer.terms:
        keep(made, good, holder, offer)
    else:
        replace(made, good, holder, offer)


def why_not_ours(holder: PriceAtStripe, offer: PriceOffer) -> str:
    """What no price of that key of ours can differ in: somebody gave the key away at Stripe."""
    there = holder.offer
    if there.product_id != offer.product_id:
        return f"and is of another product, {there.product_id}: take the key from it in the dashboard"
    if (there.currency, there.interval) != (offer.currency, offer.interval):
        return f"and is in {period(there)}, not {period(offer)}: take the key from it in the dashboard"
    return ""


def period(offer: PriceOffer) -> str:
    return f"{offer.currency} {f'a {offer.interval}' if offer.interval else 'once'}"


def keep(made: Plan, good: Good, price: PriceAtStripe, offer: PriceOffer) -> None:
    if not price.active:
        text = f"price {offer.lookup_key}: sell {price.id} again"
        made.step(text, lambda: note(good, gateway.take_up_price(price.id, lookup_key=offer.lookup_key)))
    elif not rows_of(good).filter(stripe_id=price.id, active=True, amount=offer.amount).exists():
        made.step(f"price {offer.lookup_key}: note down {price.id}", lambda: note(good, price))


def replace(made: Plan, good: Good, holder: PriceAtStripe | None, offer: PriceOffer) -> None:
    """A former price with these terms is sold again before another is made."""
    amount = money.exact(offer.amount, offer.currency)
    former = [one for one in made.found.of_product(offer.product_id) if one.offer.terms == offer.terms]
    if former:
        old = former[0]
        text = f"price {offer.lookup_key}: {amount}, sell {old.id} again"
        made.step(text, lambda: note(good, gateway.take_up_price(old.id, lookup_key=offer.lookup_key)))
    else:
        text = f"price {offer.lookup_key}: create {amount}"
        made.step(text, lambda: note(good, gateway.create_price(offer)))
    if holder:
        retire(made, holder)


def retire(made: Plan, price: PriceAtStripe) -> None:
    amount = money.exact(price.offer.amount, price.offer.currency)
    made.step(f"price {price.id}: no longer sell at {amount}", lambda: take_down(price))


def take_down(price: PriceAtStripe) -> None:
    """Here first: what is not for sale at Stripe must not be offered."""
    StripePrice.objects.filter(stripe_id=price.id).update(active=False)
    if price.active:
        gateway.retire_price(price.id)


def note(good: Good, price: PriceAtStripe) -> None:
    """Our row of it, in place of the one that was sold so far."""
    offer = price.offer
    with transaction.atomic():
        sold = rows_of(good).filter(
            currency=offer.currency, interval=offer.interval, livemode=price.livemode, active=True
        )
        sold.exclude(stripe_id=price.id).update(active=False)
        StripePrice.objects.update_or_create(
            stripe_id=price.id,
            defaults={
                "product_id": offer.product_id,
                **thing_of(good),
                "interval": offer.interval,
                "currency": offer.currency,
                "amount": offer.amount,
                "livemode": price.livemode,
                "active": True,
            },
        )


def rows_of(good: Good) -> QuerySet[StripePrice]:
    return StripePrice.objects.filter(**thing_of(good))


def thing_of(good: Good) -> dict[str, object]:
    return {"pack" if isinstance(good.thing, Pack) else "tier": good.thing}


def plan_what_is_forgotten(made: Plan) -> None:
    """Prices that we sell and Stripe never heard of: usually the key is another account's."""
    sold = StripePrice.objects.filter(active=True, livemode=settings.STRIPE_LIVEMODE)
    lost = [row for row in sold if row.stripe_id not in made.found.prices]
    if lost and not made.wishes.forget:
        made.refuse(
            f"{len(lost)} prices that we sell are unknown to Stripe, {lost[0].stripe_id} first: does the key"
            " belong to another account? If so, --forget-prices lets them go"
        )
    for row in lost:
        made.step(f"price {row.stripe_id}: forget it, Stripe does not know it", lambda row=row: forget(row))  # type: ignore[misc]


def forget(row: StripePrice) -> None:
    StripePrice.objects.filter(pk=row.pk).update(active=False)


def mode(live: bool) -> str:
    return "live mode" if live else "test mode"
