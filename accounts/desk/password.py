"""Credits move only for somebody who gave their password within the last five minutes."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.views import PasswordSetView
from allauth.core.exceptions import ReauthenticationRequired
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator


class PasswordAgain:
    """Before each act and its form. What was sent is kept by allauth and done once the password is given.

    If it is refused then, its form is shown at allauth's address, where the admin's scripts must run too.
    """

    @method_decorator(csp(settings.ADMIN_CONTENT_SECURITY_POLICY))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not has_password(request):
            return TemplateResponse(request, "accounts/desk/no_password.html", status=403)
        if not gave_password_lately(request):
            raise ReauthenticationRequired
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def has_password(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.has_usable_password()


def gave_password_lately(request: HttpRequest) -> bool:
    """Not allauth's own question, which takes a code from the mail too and lets the passwordless through."""
    times = [
        record["at"]
        for record in get_authentication_records(request, request.user)
        if record["method"] == "password"
    ]
    return bool(times) and time.time() - times[-1] < app_settings.REAUTHENTICATION_TIMEOUT


class SetPasswordView(PasswordSetView):
    """Whoever sits down at a colleague's open screen must not choose the password that is asked for here:
    who works in the admin sets one with a code from the mail.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.has_perm("wagtailadmin.access_admin") and not has_password(request):
            return redirect("account_reset_password")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response
