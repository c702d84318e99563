"""All calls that the stand-in answers: importing their modules is what makes them known."""

from . import account, catalogue, checkout, coupons, customers, paying, payments, refunds, webhooks

__all__ = [
    "account",
    "catalogue",
    "checkout",
    "coupons",
    "customers",
    "paying",
    "payments",
    "refunds",
    "webhooks",
]
