from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .addresses import owner_of
from .entrance import Entrance, carried
from .models import User


def limit_codes(request: HttpRequest, email: str) -> None:
    if not ratelimit.consume(request, action="request_login_code", key=email):
        raise get_adapter().validation_error("too_many_login_attempts")


def to_code_page(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("account_confirm_login_code") + carried(request))


class SignupForm(allauth.SignupForm):
    """Asks for an address and nothing else, and looks nothing up: known or not, the answer is one."""

    def clean_email(self) -> str:
        email = get_adapter().clean_email(self.cleaned_data["email"].lower())
        limit_codes(context.request, email)
        return email

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        Entrance.begin(request, self.cleaned_data["email"])
        return None, to_code_page(request)


class RequestLoginCodeForm(allauth.RequestLoginCodeForm):
    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        limit_codes(context.request, email)
        owner = owner_of(email)
        self._user = owner if owner and owner.is_active else None
        return email


class LoginForm(allauth.LoginForm):
    """With a password it signs in; without one it sends a code."""

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False
        self.fields["password"].help_text = ""

    def _clean_without_password(self, email: str | None, phone: str | None) -> dict[str, Any]:
        form = RequestLoginCodeForm({"email": email})
        if form.is_valid():
            self.user = form._user
        for errors in form.errors.values():
            self.add_error("login", errors)
        return self.cleaned_data

    def _login_by_code(
        self, request: HttpRequest, redirect_url: str | None, credentials: Any
    ) -> HttpResponse:
        super()._login_by_code(request, redirect_url, credentials)
        return to_code_page(request)


class CloseAccountForm(forms.Form):
    email = forms.EmailField(
        label="Your email address",
        help_text="Type it in full, so that nobody closes an account by accident.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email.lower() != self.user.email:
            raise forms.ValidationError("That is not the address of this account.")
        return email


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name"]
