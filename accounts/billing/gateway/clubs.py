"""Subscriptions with their invoices, discounts and the customer portal. Amounts are in minor units."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache

import stripe
from stripe.params import (
    CouponCreateParams,
    InvoiceListParams,
    InvoicePaymentListParams,
    InvoiceRetrieveParams,
    PaymentIntentListParams,
    PromotionCodeListParams,
    SubscriptionCancelParams,
    SubscriptionListParams,
    SubscriptionRetrieveParams,
    SubscriptionUpdateParams,
)
from stripe.params.billing_portal import SessionCreateParams, SessionCreateParamsFlowData

from ..objects import Invoice, Payment, PromotionCode, SubscriptionState
from . import reading
from .client import options, stripe_client
from .payments import PAGE, refunds_of

# Stripe's bound for a coupon's name.
LONGEST_NAME = 40


def subscription(subscription_id: str) -> SubscriptionState:
    """With its latest invoice. Also one that is over: Stripe keeps those."""
    params: SubscriptionRetrieveParams = {"expand": ["latest_invoice.payments"]}
    with stripe_client() as client:
        return _state(client, client.v1.subscriptions.retrieve(subscription_id, params, options()))


def subscriptions(
    *, customer_id: str | None = None, since: datetime | None = None
) -> Iterator[SubscriptionState]:
    """Of every status, the newest first, without their invoices."""
    params: SubscriptionListParams = {"status": "all", "limit": PAGE}
    if customer_id:
        params["customer"] = customer_id
    if since:
        params["created"] = {"gte": int(since.timestamp())}
    with stripe_client() as client:
        found = client.v1.subscriptions.list(params, options())
        yield from (reading.subscription(one) for one in found.auto_paging_iter())


def set_cancel_at_period_end(subscription_id: str, value: bool, *, key: str) -> SubscriptionState:
    params: SubscriptionUpdateParams = {"cancel_at_period_end": value}
    with stripe_client() as client:
        return reading.subscription(client.v1.subscriptions.update(subscription_id, params, options(key)))


def cancel_now(
    subscription_id: str, *, key: str, prorate: bool = False, invoice_now: bool = False
) -> SubscriptionState:
    """`prorate` leaves what is unused with Stripe as the customer's credit: it pays nothing back."""
    params: SubscriptionCancelParams = {"prorate": prorate, "invoice_now": invoice_now}
    with stripe_client() as client:
        return reading.subscription(client.v1.subscriptions.cancel(subscription_id, params, options(key)))


def invoice(invoice_id: str) -> Invoice:
    params: InvoiceRetrieveParams = {"expand": ["payments"]}
    with stripe_client() as client:
        return _invoice(client, client.v1.invoices.retrieve(invoice_id, params, options()))


def invoices(subscription_id: str) -> list[Invoice]:
    """All of a subscription's, the newest first."""
    params: InvoiceListParams = {
        "subscription": subscription_id,
        "limit": PAGE,
        "expand": ["data.payments"],
    }
    with stripe_client() as client:
        rate_of = _rates(client)
        found = client.v1.invoices.list(params, options())
        return [reading.invoice(one, rate_of=rate_of) for one in found.auto_paging_iter()]


def invoice_of_payment(intent_id: str) -> Invoice | None:
    """The invoice a payment was for: one for credits has none."""
    params: InvoicePaymentListParams = {
        "payment": {"type": "payment_intent", "payment_intent": intent_id},
        "limit": 1,
    }
    with stripe_client() as client:
        found = client.v1.invoice_payments.list(params, options()).data
    invoice_id = reading.id_of(found[0].invoice) if found else None
    return invoice(invoice_id) if invoice_id else None


def payments(customer_id: str, *, since: datetime) -> dict[str, Payment]:
    """By payment intent, with refunds and disputes: one request for many, where few are disputed."""
    params: PaymentIntentListParams = {
        "customer": customer_id,
        "created": {"gte": int(since.timestamp())},
        "limit": PAGE,
        "expand": ["data.latest_charge.refunds"],
    }
    with stripe_client() as client:
        found = client.v1.payment_intents.list(params, options())
        return {one.id: _payment(client, one) for one in found.auto_paging_iter()}


def _payment(client: stripe.StripeClient, seen: stripe.PaymentIntent) -> Payment:
    charge = reading.full(seen.latest_charge)
    if charge is None:
        return reading.payment(seen, refunds=(), disputes=())
    disputes: list[stripe.Dispute] = []
    if charge.disputed:
        listed = client.v1.disputes.list({"payment_intent": seen.id, "limit": PAGE}, options())
        disputes = list(listed.auto_paging_iter())
    return reading.payment(seen, refunds=refunds_of(client, charge), disputes=disputes)


def portal(
    customer_id: str,
    *,
    return_url: str,
    configuration_id: str = "",
    flow: str = "",
    subscription_id: str | None = None,
) -> str:
    """Where the customer looks after card, invoices and plan themselves; `flow` leads to one of these.

    Without a configuration it is the account's default, which is whatever the dashboard says.
    """
    params: SessionCreateParams = {"customer": customer_id, "return_url": return_url}
    if configuration_id:
        params["configuration"] = configuration_id
    if flow:
        params["flow_data"] = _flow(flow, subscription_id)
    with stripe_client() as client:
        return client.v1.billing_portal.sessions.create(params, options()).url


def _flow(flow: str, subscription_id: str | None) -> SessionCreateParamsFlowData:
    wanted: SessionCreateParamsFlowData = {"type": flow}
    if flow == "subscription_update" and subscription_id:
        wanted["subscription_update"] = {"subscription": subscription_id}
    elif flow == "subscription_cancel" and subscription_id:
        wanted["subscription_cancel"] = {"subscription": subscription_id}
    return wanted


def create_coupon(*, amount: int, currency: str, name: str, key: str, months: int = 0) -> str:
    """For one payment of one customer; with `months`, for the payments of so many from its redemption on."""
    params: CouponCreateParams = {
        "amount_off": amount,
        "currency": currency.lower(),
        "name": name[:LONGEST_NAME],
        "duration": "repeating" if months else "once",
        "max_redemptions": 1,
    }
    if months:
        params["duration_in_months"] = months
    with stripe_client() as client:
        return client.v1.coupons.create(params, options(key)).id


def promotion_code(code: str) -> PromotionCode | None:
    """One that can be entered now. Stripe minds no capitals."""
    params: PromotionCodeListParams = {
        "code": code,
        "active": True,
        "limit": 1,
        "expand": ["data.promotion.coupon.applies_to"],
    }
    with stripe_client() as client:
        found = client.v1.promotion_codes.list(params, options()).data
    return _promotion_code(found[0]) if found else None


def _promotion_code(seen: stripe.PromotionCode) -> PromotionCode | None:
    coupon = reading.full(seen.promotion.coupon)
    if coupon is None or not coupon.valid:
        return None
    limits = seen.restrictions
    applies_to = coupon.applies_to if "applies_to" in coupon else None
    return PromotionCode(
        id=seen.id,
        code=seen.code,
        amount_off=coupon.amount_off or 0,
        percent_off=Decimal(str(coupon.percent_off or 0)),
        currency=(coupon.currency or "").upper(),
        duration=coupon.duration,
        minimum=limits.minimum_amount or 0,
        minimum_currency=(limits.minimum_amount_currency or "").upper(),
        first_time_only=limits.first_time_transaction,
        customer_id=reading.id_of(seen.customer),
        product_ids=tuple(applies_to.products) if applies_to else (),
    )


def _state(client: stripe.StripeClient, seen: stripe.Subscription) -> SubscriptionState:
    latest = reading.full(seen.latest_invoice)
    return reading.subscription(seen, latest=_invoice(client, latest) if latest else None)


def _invoice(client: stripe.StripeClient, seen: stripe.Invoice) -> Invoice:
    return reading.invoice(seen, rate_of=_rates(client))


def _rates(client: stripe.StripeClient) -> reading.RateOf:
    """Lines name a rate by id alone. A rate is asked for once, however many lines it is on."""

    @cache
    def rate_of(tax_rate_id: str) -> tuple[str, Decimal | None]:
        try:
            rate = client.v1.tax_rates.retrieve(tax_rate_id, options=options())
        except stripe.InvalidRequestError:
            # A word on paper: no membership waits for it.
            return reading.unknown_rate(tax_rate_id)
        return rate.display_name, Decimal(str(rate.percentage))

    return rate_of
