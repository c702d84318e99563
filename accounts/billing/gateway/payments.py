"""Customers, checkout sessions, payments, refunds and disputes. Amounts are in minor units."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import stripe
from django.conf import settings
from stripe.params import (
    CustomerCreateParams,
    DisputeListParams,
    PaymentIntentListParams,
    PaymentIntentRetrieveParams,
    RefundCreateParams,
    RefundListParams,
)
from stripe.params.checkout import SessionCreateParams, SessionListParams, SessionRetrieveParams

from ...models import User
from ..errors import NoSuchObject
from ..objects import Dispute, Payment, Refund, Session, SessionRequest
from . import reading
from .client import options, stripe_client

PAGE = 100
CHARGE = "latest_charge.refunds"
OF_A_SESSION = ["line_items.data.taxes", "payment_intent", f"payment_intent.{CHARGE}"]

RefundReason = Literal["duplicate", "fraudulent", "requested_by_customer"]


def create_customer(*, reader: User, key: str) -> str:
    params: CustomerCreateParams = {"email": reader.email, "metadata": {"reader": str(reader.pk), **_site()}}
    with stripe_client() as client:
        return client.v1.customers.create(params, options(key)).id


def customer_lives(customer_id: str) -> bool:
    try:
        with stripe_client() as client:
            reading.living(client.v1.customers.retrieve(customer_id, options=options()))
    except NoSuchObject:
        return False
    return True


def living_customers() -> set[str]:
    """The ids of all that the account has, also another site's."""
    with stripe_client() as client:
        found = client.v1.customers.list({"limit": PAGE}, options())
        return {one.id for one in found.auto_paging_iter()}


def delete_customer(customer_id: str) -> None:
    """Also ends the customer's subscriptions. One that is gone already stays gone."""
    try:
        with stripe_client() as client:
            client.v1.customers.delete(customer_id, options=options())
    except NoSuchObject:
        return


def create_session(request: SessionRequest, *, key: str) -> Session:
    with stripe_client() as client:
        return reading.session(client.v1.checkout.sessions.create(_session_params(request), options(key)))


def _session_params(request: SessionRequest) -> SessionCreateParams:
    metadata = {reading.ORDER: request.order_key, **_site()}
    params: SessionCreateParams = {
        "mode": request.mode,
        "customer": request.customer_id,
        "client_reference_id": request.order_key,
        "line_items": [{"price": request.price_id, "quantity": request.quantity}],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "locale": request.locale,
        "metadata": metadata,
        # Stripe would otherwise charge in the reader's own currency, and no amount would be the one we asked.
        "adaptive_pricing": {"enabled": False},
        "tax_id_collection": {"enabled": True},
        "customer_update": {"name": "auto", "address": "auto"},
    }
    if settings.STRIPE_AUTOMATIC_TAX:
        params["automatic_tax"] = {"enabled": True}
    if request.mode == "payment":
        params["payment_intent_data"] = {"metadata": metadata}
        params["invoice_creation"] = {"enabled": False}
    else:
        params["subscription_data"] = {"metadata": metadata}
        if request.trial_days:
            params["subscription_data"]["trial_period_days"] = request.trial_days
    return _with_discount(params, request)


def _with_discount(params: SessionCreateParams, request: SessionRequest) -> SessionCreateParams:
    """Stripe takes one of the three and refuses two."""
    if request.coupon_id:
        params["discounts"] = [{"coupon": request.coupon_id}]
    elif request.promotion_code_id:
        params["discounts"] = [{"promotion_code": request.promotion_code_id}]
    elif request.allow_codes:
        params["allow_promotion_codes"] = True
    return params


def _site() -> dict[str, str]:
    """Two sites may share a Stripe account."""
    return {"site": urlsplit(settings.BASE_URL).netloc}


def session(session_id: str) -> Session:
    """With its payment, and that with its refunds and disputes."""
    params: SessionRetrieveParams = {"expand": OF_A_SESSION}
    with stripe_client() as client:
        return _session(client, client.v1.checkout.sessions.retrieve(session_id, params, options()))


def expire_session(session_id: str) -> Session:
    """Nobody can pay it afterwards. Raises `PaymentError` where it was paid or had expired."""
    with stripe_client() as client:
        return reading.session(client.v1.checkout.sessions.expire(session_id, options=options()))


def sessions_since(moment: datetime) -> Iterator[Session]:
    """The newest first, as they are listed: without lines or payments."""
    params: SessionListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    with stripe_client() as client:
        found = client.v1.checkout.sessions.list(params, options())
        yield from (reading.session(one) for one in found.auto_paging_iter())


def _session(client: stripe.StripeClient, seen: stripe.checkout.Session) -> Session:
    intent = reading.full(seen.payment_intent)
    return reading.session(seen, payment=_payment(client, intent) if intent else None)


def payment(intent_id: str) -> Payment:
    params: PaymentIntentRetrieveParams = {"expand": [CHARGE]}
    with stripe_client() as client:
        return _payment(client, client.v1.payment_intents.retrieve(intent_id, params, options()))


def payment_of_charge(charge_id: str) -> Payment:
    """Raises `NoSuchObject` for a charge that was made without a payment intent: none of ours is."""
    with stripe_client() as client:
        charge = client.v1.charges.retrieve(charge_id, options=options())
    intent_id = reading.id_of(charge.payment_intent)
    if intent_id is None:
        raise NoSuchObject(f"{charge_id} has no payment intent")
    return payment(intent_id)


def payments_since(moment: datetime) -> Iterator[Payment]:
    """The newest first, without their refunds and disputes."""
    params: PaymentIntentListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    with stripe_client() as client:
        found = client.v1.payment_intents.list(params, options())
        yield from (reading.payment(one, refunds=(), disputes=()) for one in found.auto_paging_iter())


def _payment(client: stripe.StripeClient, seen: stripe.PaymentIntent) -> Payment:
    charge = reading.full(seen.latest_charge)
    if charge is None:
        return reading.payment(seen, refunds=(), disputes=())
    disputes = client.v1.disputes.list({"payment_intent": seen.id, "limit": PAGE}, options())
    return reading.payment(
        seen, refunds=refunds_of(client, charge), disputes=list(disputes.auto_paging_iter())
    )


def refunds_of(client: stripe.StripeClient, charge: stripe.Charge) -> list[stripe.Refund]:
    """A charge brings its first ten along."""
    refunds = charge.refunds if "refunds" in charge else None
    if refunds is not None and not refunds.has_more:
        return refunds.data
    listed = client.v1.refunds.list({"charge": charge.id, "limit": PAGE}, options())
    return list(listed.auto_paging_iter())


def refund(
    *,
    intent_id: str,
    amount: int,
    key: str,
    order_key: str,
    reason: RefundReason = "requested_by_customer",
) -> Refund:
    params: RefundCreateParams = {
        "payment_intent": intent_id,
        "amount": amount,
        "reason": reason,
        "metadata": {reading.ORDER: order_key, **_site()},
    }
    with stripe_client() as client:
        return reading.refund(client.v1.refunds.create(params, options(key)))


def refunds_since(moment: datetime) -> Iterator[Refund]:
    params: RefundListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    with stripe_client() as client:
        found = client.v1.refunds.list(params, options())
        yield from (reading.refund(one) for one in found.auto_paging_iter())


def refund_of(refund_id: str) -> Refund:
    with stripe_client() as client:
        return reading.refund(client.v1.refunds.retrieve(refund_id, options=options()))


def disputes_since(moment: datetime) -> Iterator[Dispute]:
    params: DisputeListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    with stripe_client() as client:
        found = client.v1.disputes.list(params, options())
        yield from (reading.dispute(one) for one in found.auto_paging_iter())


def dispute(dispute_id: str) -> Dispute:
    with stripe_client() as client:
        return reading.dispute(client.v1.disputes.retrieve(dispute_id, options=options()))
