import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.urls import reverse

from .models import User
from .signals import arrived
from .starter import grant_starter

logger = logging.getLogger(__name__)
# In characters; also of what a database column holds of one. RFC 3696, erratum 1690.
LONGEST_ADDRESS = 254


class MailNotSent(Exception):
    """The mail server is away or takes nothing at the moment."""


class Adapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "address_too_long": "No address is as long. Check it for what is not part of it.",
        "account_inactive": "This account is closed. Write to us if that is a mistake.",
        "duplicate_email": "This is already the address of your account.",
        "email_password_mismatch": "That address and password do not go together. "
        "Try again, or leave the password empty and we email you a code.",
        "email_taken": "Another account has this address. Sign in with it instead.",
        "enter_current_password": "That is not your current password.",
        "incorrect_code": "That is not the code we sent. Check the newest mail and try again.",
        "incorrect_password": "That is not your password.",
        "same_as_current": "This is already the address of your account.",
        "too_many_login_attempts": "Too many tries. Wait a few minutes, then try again.",
        "rate_limited": "Too many tries. Wait a minute, then try again.",
    }

    def clean_email(self, email: str) -> str:
        cleaned: str = super().clean_email(email)
        if len(cleaned) > LONGEST_ADDRESS:
            raise self.validation_error("address_too_long")
        return cleaned

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        site = {"site_name": settings.WAGTAIL_SITE_NAME, "support_email": settings.SUPPORT_EMAIL}
        try:
            super().send_mail(template_prefix, email, {**site, **context})
        except (SMTPException, OSError) as error:
            logger.warning("%s could not be sent: %s: %s", template_prefix, type(error).__name__, error)
            raise MailNotSent from error

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("profile")

    def post_login(
        self, request: HttpRequest, user: User, *, redirect_url: str | None, **kwargs: Any
    ) -> HttpResponse:
        destination = arrive(request, user)
        return super().post_login(request, user, redirect_url=destination or redirect_url, **kwargs)


def arrive(request: HttpRequest, user: User) -> str | None:
    """What happens once a reader is in; the address where they should go, if anyone has one."""
    if grant_starter(user):
        number = settings.STARTER_CREDITS
        messages.success(request, f"{number} credit{pluralize(number)} to start with, from us.")
    answers = arrived.send(sender=User, request=request, user=user)
    return next((url for _, url in answers if url), None)
