"""What a call for a checkout session may ask, and what contradicts itself."""

from .api import Asked
from .catalogue import BEHAVIOURS, RECURRING
from .errors import invalid
from .parameters import (
    Fields,
    Required,
    address_of_page,
    anything,
    currency,
    flag,
    group,
    listing,
    metadata,
    natural,
    one_of,
    positive,
    text,
)
from .store import Object

PRICE_DATA = group(
    currency=Required(currency),
    product=text,
    product_data=group(
        name=Required(text),
        description=text,
        images=listing(text),
        metadata=metadata,
        tax_code=text,
        unit_label=text,
    ),
    recurring=RECURRING,
    tax_behavior=BEHAVIOURS,
    unit_amount=natural,
    unit_amount_decimal=text,
)
MESSAGE = group(message=Required(text))
ENABLED = group(enabled=Required(flag))
SUBSCRIPTION_DATA = group(
    billing_cycle_anchor=natural,
    billing_mode=anything,
    description=text,
    invoice_settings=anything,
    metadata=metadata,
    proration_behavior=text,
    trial_end=natural,
    trial_period_days=positive,
    trial_settings=group(
        end_behavior=Required(
            group(
                missing_payment_method=Required(one_of("cancel", "create_invoice", "pause")),
                billing_cycle_anchor=text,
            )
        )
    ),
)
SESSION: Fields = {
    "adaptive_pricing": ENABLED,
    "allow_promotion_codes": flag,
    "automatic_tax": group(enabled=Required(flag), liability=anything),
    "billing_address_collection": one_of("auto", "required"),
    "cancel_url": address_of_page,
    "client_reference_id": text,
    "consent_collection": group(
        payment_method_reuse_agreement=group(position=Required(one_of("auto", "hidden"))),
        promotions=one_of("auto", "none"),
        terms_of_service=one_of("none", "required"),
    ),
    "currency": currency,
    "custom_fields": anything,
    "custom_text": group(
        after_submit=MESSAGE, shipping_address=MESSAGE, submit=MESSAGE, terms_of_service_acceptance=MESSAGE
    ),
    "customer": text,
    "customer_creation": one_of("always", "if_required"),
    "customer_email": text,
    "customer_update": group(
        address=one_of("auto", "never"), name=one_of("auto", "never"), shipping=one_of("auto", "never")
    ),
    "discounts": listing(group(coupon=text, promotion_code=text)),
    "expires_at": natural,
    "invoice_creation": group(
        enabled=Required(flag),
        invoice_data=group(
            account_tax_ids=anything,
            custom_fields=anything,
            description=text,
            footer=text,
            issuer=anything,
            metadata=metadata,
            rendering_options=anything,
        ),
    ),
    "line_items": listing(
        group(
            adjustable_quantity=group(enabled=Required(flag), maximum=natural, minimum=natural),
            metadata=metadata,
            price=text,
            price_data=PRICE_DATA,
            quantity=positive,
        )
    ),
    "locale": text,
    "metadata": metadata,
    "mode": Required(one_of("payment", "subscription", "setup")),
    "name_collection": anything,
    "payment_intent_data": group(
        capture_method=text,
        description=text,
        metadata=metadata,
        receipt_email=text,
        setup_future_usage=one_of("off_session", "on_session"),
        statement_descriptor=text,
        statement_descriptor_suffix=text,
    ),
    "payment_method_collection": one_of("always", "if_required"),
    "payment_method_configuration": text,
    "payment_method_options": anything,
    "payment_method_types": listing(text),
    "phone_number_collection": ENABLED,
    "return_url": address_of_page,
    "saved_payment_method_options": group(
        allow_redisplay_filters=listing(text), payment_method_remove=text, payment_method_save=text
    ),
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "subscription_data": SUBSCRIPTION_DATA,
    "success_url": address_of_page,
    "tax_id_collection": group(enabled=Required(flag), required=one_of("if_supported", "never")),
    "ui_mode": one_of("hosted_page"),
}


def refuse_contradictions(asked: Asked) -> None:
    mode = asked.params["mode"]
    if asked.get("discounts") and asked.get("allow_promotion_codes") is not None:
        raise invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if asked.get("customer") and (asked.get("customer_email") or asked.get("customer_creation")):
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if asked.get("customer_update") and not asked.get("customer"):
        raise invalid("`customer_update` can only be used with `customer`.", param="customer_update")
    collects = asked.get("tax_id_collection", {}).get("enabled") and asked.get("customer")
    if collects and asked.get("customer_update", {}).get("name") != "auto":
        raise invalid(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection "
            "for an existing customer, please set `customer_update[name]` to `auto`.",
            param="customer_update",
        )
    if mode == "setup":
        raise invalid("This stand-in has no sessions in setup mode.", param="mode")
    if not asked.get("line_items"):
        raise invalid(
            f"`line_items` is required in {mode} mode.", param="line_items", code="parameter_missing"
        )
    if not asked.get("success_url"):
        raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
    ours: dict[str, tuple[str, ...]] = {"subscription": ("subscription_data", "payment_method_collection")}
    ours["payment"] = ("payment_intent_data", "invoice_creation", "customer_creation", "submit_type")
    other = "payment" if mode == "subscription" else "subscription"
    for name in ours[other]:
        if asked.get(name) is not None:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)


def refuse_unknown_place(asked: Asked, customer: Object | None) -> None:
    """Tax is reckoned by a customer's own address, unless the page may write it."""
    if customer is None or not asked.get("automatic_tax", {}).get("enabled"):
        return
    known = (customer["address"] or {}).get("country")
    if not known and asked.get("customer_update", {}).get("address") != "auto":
        raise invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid "
            "address to the Customer or set either `customer_update[address]` to 'auto' or "
            "`customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
        )
