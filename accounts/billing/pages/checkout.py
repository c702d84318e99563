"""From a form to the payment page, and what is said where that is not to be had."""

import logging
from typing import Any

from allauth.account.utils import get_next_redirect_url
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from .. import orders
from ..errors import NotSetUp, PaymentError, Unavailable
from ..models import Order

logger = logging.getLogger(__name__)
LONGEST_PATH = 500
AWAY = "The card service does not answer. Nothing was charged. Try again in a minute."
NOT_NOW = "Cards cannot be taken here at the moment. Nothing was charged. Write to {support}."
REFUSED = "The payment page could not be opened. Nothing was charged. Write to {support} and say when."


class CheckoutMixin:
    """For a form view: ``start`` writes the order of a valid form down."""

    request: HttpRequest

    def start(self, form: Any) -> Order:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return to_payment(self.start(form))
        except PaymentError as trouble:
            form.add_error(None, said(trouble))
            return self.form_invalid(form)  # type: ignore[attr-defined]
        except forms.ValidationError as refusal:
            form.add_error(None, refusal)
            return self.form_invalid(form)  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"cards": bool(settings.STRIPE_SECRET_KEY), "support_email": settings.SUPPORT_EMAIL}


def to_payment(order: Order) -> HttpResponseRedirect:
    return HttpResponseRedirect(orders.checkout_url(order), status=303)


def said(trouble: PaymentError) -> str:
    """For the reader. What went wrong stands in the log alone."""
    if isinstance(trouble, Unavailable):
        logger.warning("Stripe is away: %s", trouble)
        return AWAY
    logger.error("No payment page: %s: %s", type(trouble).__name__, trouble)
    words = NOT_NOW if isinstance(trouble, NotSetUp) else REFUSED
    return words.format(support=settings.SUPPORT_EMAIL)


def back_to(request: HttpRequest) -> str:
    """The path of ours that the reader came from, or nothing."""
    came_from: str = get_next_redirect_url(request) or ""
    return came_from if len(came_from) <= LONGEST_PATH else ""
