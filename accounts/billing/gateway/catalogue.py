"""Products, prices, the customer portal's configuration and the webhook endpoint."""

from collections.abc import Iterable
from typing import Any, cast

import stripe
from stripe.params import (
    PriceCreateParams,
    PriceListParams,
    ProductCreateParams,
    ProductUpdateParams,
    WebhookEndpointCreateParams,
    WebhookEndpointUpdateParams,
)
from stripe.params.billing_portal import (
    ConfigurationCreateParams,
    ConfigurationCreateParamsFeatures,
    ConfigurationUpdateParams,
)

from ..errors import NoSuchObject
from ..offers import (
    EndpointAtStripe,
    PortalAtStripe,
    PortalOffer,
    PriceAtStripe,
    PriceOffer,
    ProductOffer,
)
from . import reading
from .client import options, stripe_client
from .payments import PAGE

# What the installed library is written for. An endpoint's events are in this shape.
API_VERSION: str = stripe.api_version
MARK = "marquee"
# What members may change in the portal, of themselves and of their plan.
UPDATES = ("name", "address", "tax_id")
SWITCHES = ("price", "promotion_code")


def product(product_id: str) -> ProductOffer | None:
    """None where Stripe has never heard of it, or it was deleted there."""
    try:
        with stripe_client() as client:
            seen = reading.living(client.v1.products.retrieve(product_id, options=options()))
    except NoSuchObject:
        return None
    return ProductOffer(
        id=seen.id,
        name=seen.name,
        description=seen.description or "",
        active=seen.active,
        ours=_mark(seen.metadata),
    )


def create_product(offer: ProductOffer) -> None:
    params: ProductCreateParams = {
        "id": offer.id,
        "name": offer.name,
        "description": offer.description,
        "active": offer.active,
        "metadata": {MARK: offer.ours},
    }
    with stripe_client() as client:
        client.v1.products.create(params, options())


def update_product(offer: ProductOffer) -> None:
    params: ProductUpdateParams = {
        "name": offer.name,
        "description": offer.description,
        "active": offer.active,
    }
    with stripe_client() as client:
        client.v1.products.update(offer.id, params, options())


def prices_of(product_id: str) -> list[PriceAtStripe]:
    """All that the product ever had. None of them can be deleted."""
    return _prices({"product": product_id, "limit": PAGE})


def prices_with(lookup_keys: Iterable[str]) -> list[PriceAtStripe]:
    """Of any product. Stripe takes ten keys at once."""
    keys = list(lookup_keys)
    tens = [keys[start : start + 10] for start in range(0, len(keys), 10)]
    return [price for ten in tens for price in _prices({"lookup_keys": ten, "limit": PAGE})]


def _prices(params: PriceListParams) -> list[PriceAtStripe]:
    with stripe_client() as client:
        found = client.v1.prices.list(params, options())
        return [_price(one) for one in found.auto_paging_iter()]


def _price(seen: stripe.Price) -> PriceAtStripe:
    return PriceAtStripe(
        id=seen.id,
        active=seen.active,
        livemode=seen.livemode,
        offer=PriceOffer(
            lookup_key=seen.lookup_key or "",
            product_id=reading.id_of(seen.product) or "",
            currency=seen.currency.upper(),
            amount=seen.unit_amount or 0,
            interval=reading.interval_of(seen.recurring),
            tax_behavior=seen.tax_behavior or "unspecified",
        ),
    )


def create_price(offer: PriceOffer) -> PriceAtStripe:
    """It takes the lookup key from the price that has it."""
    params: PriceCreateParams = {
        "product": offer.product_id,
        "currency": offer.currency.lower(),
        "unit_amount": offer.amount,
        "tax_behavior": offer.tax_behavior,
        "lookup_key": offer.lookup_key,
        "transfer_lookup_key": True,
    }
    if offer.interval:
        params["recurring"] = {"interval": offer.interval}
    with stripe_client() as client:
        return _price(client.v1.prices.create(params, options()))


def take_up_price(price_id: str, *, lookup_key: str) -> PriceAtStripe:
    """An old price is sold again, and takes the lookup key from the one that has it."""
    with stripe_client() as client:
        seen = client.v1.prices.update(
            price_id,
            {"active": True, "lookup_key": lookup_key, "transfer_lookup_key": True},
            options(),
        )
        return _price(seen)


def retire_price(price_id: str) -> None:
    with stripe_client() as client:
        client.v1.prices.update(price_id, {"active": False}, options())


def portals(mark: str) -> list[PortalAtStripe]:
    """Those of ours that are in use."""
    with stripe_client() as client:
        found = client.v1.billing_portal.configurations.list({"active": True, "limit": PAGE}, options())
        return [_portal(one) for one in found.auto_paging_iter() if _mark(one.metadata) == mark]


def create_portal(offer: PortalOffer, *, mark: str) -> str:
    params = _portal_params(offer)
    params["metadata"] = {MARK: mark}
    with stripe_client() as client:
        return client.v1.billing_portal.configurations.create(params, options()).id


def update_portal(portal_id: str, offer: PortalOffer) -> None:
    # Of the same form, but the library names each feature twice.
    params = cast(ConfigurationUpdateParams, _portal_params(offer))
    with stripe_client() as client:
        client.v1.billing_portal.configurations.update(portal_id, params, options())


def _portal_params(offer: PortalOffer) -> ConfigurationCreateParams:
    return {
        "business_profile": {"headline": offer.headline},
        "default_return_url": offer.return_url,
        "features": _features(offer),
    }


def _features(offer: PortalOffer) -> ConfigurationCreateParamsFeatures:
    """A change of plan is charged at once, so that nobody holds what they have not paid for."""
    features: ConfigurationCreateParamsFeatures = {
        "customer_update": {"enabled": True, "allowed_updates": list(UPDATES)},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end", "proration_behavior": "none"},
        "subscription_update": {"enabled": False},
    }
    if offer.switches:
        features["subscription_update"] = {
            "enabled": True,
            "default_allowed_updates": list(SWITCHES),
            "proration_behavior": "always_invoice",
            "products": [
                {"product": product_id, "prices": list(prices)}
                for product_id, prices in offer.switches.items()
            ],
        }
    return features


def _portal(seen: stripe.billing_portal.Configuration) -> PortalAtStripe:
    features, switching = seen.features, seen.features.subscription_update
    products = (switching.products if "products" in switching else None) or []
    switches = {one.product: tuple(sorted(one.prices)) for one in products} if switching.enabled else {}
    return PortalAtStripe(
        id=seen.id,
        complete=(
            features.customer_update.enabled
            and set(features.customer_update.allowed_updates) == set(UPDATES)
            and features.invoice_history.enabled
            and features.payment_method_update.enabled
            and features.subscription_cancel.enabled
            and features.subscription_cancel.mode == "at_period_end"
            and _switching_is_ours(switching)
        ),
        offer=PortalOffer(
            headline=seen.business_profile.headline or "",
            return_url=seen.default_return_url or "",
            switches=switches,
        ),
    )


def _switching_is_ours(seen: stripe.billing_portal.Configuration.Features.SubscriptionUpdate) -> bool:
    if not seen.enabled:
        return True
    return set(seen.default_allowed_updates) == set(SWITCHES) and seen.proration_behavior == "always_invoice"


def endpoints() -> list[EndpointAtStripe]:
    with stripe_client() as client:
        found = client.v1.webhook_endpoints.list({"limit": PAGE}, options())
        return [
            EndpointAtStripe(
                id=one.id,
                url=one.url,
                api_version=one.api_version or "",
                enabled=one.status == "enabled",
                events=frozenset(one.enabled_events),
            )
            for one in found.auto_paging_iter()
        ]


def create_endpoint(url: str, *, events: Iterable[str]) -> str:
    """The secret it signs with, which Stripe tells this once."""
    params: WebhookEndpointCreateParams = {
        "url": url,
        "api_version": cast(Any, API_VERSION),
        "enabled_events": _types(events),
        "description": "Orders, clubs, refunds and disputes",
    }
    with stripe_client() as client:
        return client.v1.webhook_endpoints.create(params, options()).secret or ""


def update_endpoint(endpoint_id: str, *, events: Iterable[str]) -> None:
    params: WebhookEndpointUpdateParams = {"enabled_events": _types(events), "disabled": False}
    with stripe_client() as client:
        client.v1.webhook_endpoints.update(endpoint_id, params, options())


def delete_endpoint(endpoint_id: str) -> None:
    with stripe_client() as client:
        client.v1.webhook_endpoints.delete(endpoint_id, options=options())


def _types(events: Iterable[str]) -> list[Any]:
    """The library lists every type there is: ours are looked up in it by a test."""
    return sorted(events)


def _mark(metadata: Any) -> str:
    return str(metadata[MARK]) if metadata is not None and MARK in metadata else ""
