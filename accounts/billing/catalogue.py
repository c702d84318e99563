"""Bring Stripe's products, prices, portal and webhook endpoint to what our own data say.

First everything is read and compared; what cannot be mended is refused before anything is changed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from .. import money
from ..models import Pack
from . import handlers
from .gateway import catalogue as gateway
from .models import PortalConfiguration, StripePrice
from .offers import (
    EndpointAtStripe,
    Good,
    PortalAtStripe,
    PortalOffer,
    PriceAtStripe,
    PriceOffer,
    ProductOffer,
    goods,
)

WEBHOOK = "/stripe/webhook/"
RETURN = "/club/"


class Refused(Exception):
    """A drift that only a person can mend. Nothing was changed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True)
class Step:
    """`text` says what it does, `do` does it and may answer with what has to be said afterwards."""

    text: str
    do: Callable[[], str | None]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What Stripe holds of ours, read before anything is changed."""

    goods: list[Good]
    products: dict[str, ProductOffer]
    prices: dict[str, PriceAtStripe]
    portals: list[PortalAtStripe]
    endpoints: list[EndpointAtStripe]

    def holder_of(self, lookup_key: str) -> PriceAtStripe | None:
        return next((one for one in self.prices.values() if one.offer.lookup_key == lookup_key), None)

    def of_product(self, product_id: str) -> list[PriceAtStripe]:
        return [one for one in self.prices.values() if one.offer.product_id == product_id]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person allows in so many words. `forget`: prices that Stripe knows nothing of any more."""

    replace_endpoint: bool = False
    forget: bool = False


@dataclass(kw_only=True)
class Plan:
    found: Found
    wishes: Wishes
    steps: list[Step] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, text: str, do: Callable[[], str | None]) -> None:
        self.steps.append(Step(text=text, do=do))

    def refuse(self, why: str) -> None:
        self.refused.append(why)


def read() -> Found:
    wanted = goods()
    products = {good.product.id: gateway.product(good.product.id) for good in wanted}
    there = {product_id: product for product_id, product in products.items() if product}
    prices = [price for product_id in there for price in gateway.prices_of(product_id)]
    prices += gateway.prices_with(offer.lookup_key for good in wanted for offer in good.prices)
    return Found(
        goods=wanted,
        products=there,
        prices={price.id: price for price in prices},
        portals=gateway.portals(settings.STRIPE_PREFIX),
        endpoints=gateway.endpoints(),
    )


def plan(found: Found, wishes: Wishes = Wishes()) -> Plan:
    """Raises `Refused`. What the steps say is what would be done; they are to be done in their order."""
    made = Plan(found=found, wishes=wishes)
    plan_what_is_forgotten(made)
    for good in found.goods:
        plan_product(made, good)
        plan_prices(made, good)
    plan_portal(made)
    plan_endpoint(made)
    if made.refused:
        raise Refused(made.refused)
    return made


# Products and prices


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


# The customer portal


def plan_portal(made: Plan) -> None:
    keys = {good.product.id: keys_of(good) for good in made.found.goods if good.switchable}
    if not made.found.portals:
        made.step("portal: create its configuration", lambda: create_portal(keys))
        return
    newest, *others = made.found.portals
    if others:
        ids = ", ".join(one.id for one in others)
        made.refuse(f"portal: {ids} are ours too: archive all but {newest.id} in the dashboard")
    elif not newest.complete or newest.offer != portal_offer(keys, ids_in(made)):
        made.step(f"portal: renew {newest.id}", lambda: renew_portal(newest.id, keys))
    elif not PortalConfiguration.objects.filter(stripe_id=newest.id).exists():
        made.step(f"portal: note down {newest.id}", lambda: note_portal(newest.id))


def keys_of(good: Good) -> tuple[str, ...]:
    return tuple(offer.lookup_key for offer in good.prices)


def ids_in(made: Plan) -> dict[str, str]:
    """Those that stay. What is to be replaced has another id afterwards."""
    offers = [offer for good in made.found.goods for offer in good.prices]
    held = [(offer, made.found.holder_of(offer.lookup_key)) for offer in offers]
    return {
        offer.lookup_key: holder.id for offer, holder in held if holder and holder.offer.terms == offer.terms
    }


def ids_now(keys: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """After the steps before, which may have made prices."""
    held = gateway.prices_with(key for some in keys.values() for key in some)
    return {price.offer.lookup_key: price.id for price in held}


def portal_offer(keys: dict[str, tuple[str, ...]], ids: dict[str, str]) -> PortalOffer:
    """Of a price that is yet to be made the key stands for the id: no configuration has such a one."""
    return PortalOffer(
        headline=settings.SITE_NAME,
        return_url=f"{settings.BASE_URL}{RETURN}",
        switches={
            product: tuple(sorted(ids.get(key, key) for key in wanted)) for product, wanted in keys.items()
        },
    )


def create_portal(keys: dict[str, tuple[str, ...]]) -> None:
    note_portal(gateway.create_portal(portal_offer(keys, ids_now(keys)), mark=settings.STRIPE_PREFIX))


def renew_portal(portal_id: str, keys: dict[str, tuple[str, ...]]) -> None:
    gateway.update_portal(portal_id, portal_offer(keys, ids_now(keys)))
    note_portal(portal_id)


def note_portal(portal_id: str) -> None:
    PortalConfiguration.objects.update_or_create(
        livemode=settings.STRIPE_LIVEMODE, defaults={"stripe_id": portal_id}
    )


# The webhook endpoint


def plan_endpoint(made: Plan) -> None:
    url = f"{settings.BASE_URL}{WEBHOOK}"
    if not reachable(url):
        made.notes.append(f"endpoint: {url} is no address that Stripe reaches: it was left out")
        return
    here = [one for one in made.found.endpoints if one.url == url]
    fitting = [one for one in here if one.api_version == gateway.API_VERSION]
    if fitting:
        mend_endpoint(made, fitting[0])
        for old in (one for one in here if one is not fitting[0]):
            made.step(f"endpoint {old.id}: delete, {fitting[0].id} is in its place", deletion(old))
    elif here and not made.wishes.replace_endpoint:
        made.refuse(
            f"endpoint {here[0].id} sends events of version {here[0].api_version or 'of the account'}, and we"
            f" read {gateway.API_VERSION}. Stripe changes no endpoint's version: --replace-endpoint makes"
            " another, and the next run after it deletes this one"
        )
    else:
        made.step(f"endpoint: create {url} for {len(events())} types of events", lambda: create_endpoint(url))


def reachable(url: str) -> bool:
    return url.startswith("https://") or bool(settings.STRIPE_API_BASE)


def events() -> frozenset[str]:
    return frozenset(handlers.TYPES)


def mend_endpoint(made: Plan, endpoint: EndpointAtStripe) -> None:
    texts = list(endpoint_drift(endpoint))
    if texts:
        text = f"endpoint {endpoint.id}: {', '.join(texts)}"
        made.step(text, lambda: gateway.update_endpoint(endpoint.id, events=events()))


def endpoint_drift(endpoint: EndpointAtStripe) -> Iterator[str]:
    if not endpoint.enabled:
        yield "switch on again"
    if missing := events() - endpoint.events:
        yield f"add {listed(missing)}"
    if surplus := endpoint.events - events():
        yield f"leave out {listed(surplus)}"


def listed(names: Iterable[str]) -> str:
    return " ".join(sorted(names))


def deletion(endpoint: EndpointAtStripe) -> Callable[[], None]:
    return lambda: gateway.delete_endpoint(endpoint.id)


def create_endpoint(url: str) -> str:
    secret = gateway.create_endpoint(url, events=events())
    if secret in settings.STRIPE_WEBHOOK_SECRET.split(","):
        return "it signs with the STRIPE_WEBHOOK_SECRET that is set"
    former = "after the one that is there, with a comma between" if settings.STRIPE_WEBHOOK_SECRET else "now"
    return f"it signs with {secret}, which is shown this once: put it into STRIPE_WEBHOOK_SECRET {former}"
