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


STRONG = "At least eight characters, not a common word, not only digits."


class Plain:
    """Labels and help instead of placeholders, which are gone once one types."""

    helps: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = self.helps.get(name, "")


class CodeMixin(Plain):
    helps = {"code": "Eight letters. Capitals and the dash do not matter."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typing = {"autofocus": True, "autocapitalize": "characters", "spellcheck": "false"}
        self.fields["code"].widget.attrs |= typing  # type: ignore[attr-defined]


class SignupForm(Plain, allauth.SignupForm):
    """Asks for an address and nothing else, and looks nothing up: known or not, the answer is one."""

    def clean_email(self) -> str:
        email = get_adapter().clean_email(self.cleaned_data["email"].lower())
        limit_codes(context.request, email)
        return email

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        Entrance.begin(request, self.cleaned_data["email"])
        return None, to_code_page(request)


class RequestLoginCodeForm(Plain, allauth.RequestLoginCodeForm):
    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        limit_codes(context.request, email)
        owner = owner_of(email)
        self._user = owner if owner and owner.is_active else None
        return email


class LoginForm(Plain, allauth.LoginForm):
    """With a password it signs in; without one it sends a code."""

    helps = {"password": "Only if you have set one. Leave it empty for a code."}

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False

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


class ConfirmLoginCodeForm(CodeMixin, allauth.ConfirmLoginCodeForm):
    pass


class ConfirmAddressForm(CodeMixin, allauth.ConfirmEmailVerificationCodeForm):
    pass


class ConfirmPasswordResetForm(CodeMixin, allauth.ConfirmPasswordResetCodeForm):
    pass


class ChangeAddressForm(Plain, allauth.AddEmailForm):
    pass


class ChangePasswordForm(Plain, allauth.ChangePasswordForm):
    helps = {"oldpassword": "The one you sign in with now.", "password1": STRONG}


class SetPasswordForm(Plain, allauth.SetPasswordForm):
    helps = {"password1": STRONG}


class ResetPasswordForm(Plain, allauth.ResetPasswordForm):
    pass


class NewPasswordForm(Plain, allauth.ResetPasswordKeyForm):
    helps = {"password1": STRONG}


class ReauthenticateForm(Plain, allauth.ReauthenticateForm):
    helps = {"password": "The one you sign in with."}


class CloseAccountForm(Plain, forms.Form):
    helps = {"email": "Type it in full, so that nobody closes an account by accident."}

    email = forms.EmailField(
        label="Your email address", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email.lower() != self.user.email:
            raise forms.ValidationError("That is not the address of this account.")
        return email


class NameForm(Plain, forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name"]
