"""Joins arrivals and purchases (accounts) to wishes to unlock (insights), which must not know each other."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from accounts.billing.models import Order
from accounts.models import User
from accounts.signals import arrived, arriving, buying, returned

from . import wishes


@receiver(arriving)
def note_wish(request: HttpRequest, **kwargs: Any) -> None:
    wishes.note(request)


@receiver(arrived)
def fulfil_wish(request: HttpRequest, user: User, **kwargs: Any) -> str | None:
    return wishes.fulfil(request, user)


@receiver(buying)
def note_wish_to_buy(request: HttpRequest, **kwargs: Any) -> None:
    wishes.note_to_buy(request)


@receiver(returned)
def fulfil_wish_after_buying(request: HttpRequest, user: User, order: Order, **kwargs: Any) -> str | None:
    return wishes.fulfil_after_buying(request, user, order.back_to)
