"""Joins the reader's arrival (accounts) to the wish to unlock (insights), which must not know each other."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import arrived, arriving

from . import wishes


@receiver(arriving)
def note_wish(request: HttpRequest, **kwargs: Any) -> None:
    wishes.note(request)


@receiver(arrived)
def fulfil_wish(request: HttpRequest, user: User, **kwargs: Any) -> str | None:
    return wishes.fulfil(request, user)
