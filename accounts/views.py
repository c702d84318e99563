from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.views.generic import FormView, TemplateView, UpdateView

from credits.statements import spendable

from .closing import close_account
from .forms import CloseAccountForm, NameForm
from .models import Membership, User


class ReaderMixin(LoginRequiredMixin):
    request: HttpRequest

    @property
    def reader(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user


class SupportMixin:
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"support_email": settings.SUPPORT_EMAIL}


class InactiveView(SupportMixin, TemplateView):
    template_name = "account/account_inactive.html"


class SignedOutView(TemplateView):
    template_name = "accounts/signed_out.html"


class ProfileView(ReaderMixin, UpdateView):
    template_name = "accounts/profile.html"
    form_class = NameForm
    success_url = reverse_lazy("profile")

    def get_object(self, queryset: Any = None) -> User:
        return self.reader

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.reader
        return super().get_context_data(
            memberships=live_memberships(user), balance=spendable(user.wallet_id), **kwargs
        )

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your name is saved.")
        return super().form_valid(form)


class CloseAccountView(ReaderMixin, FormView):
    template_name = "accounts/close_account.html"
    form_class = CloseAccountForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.reader}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(balance=spendable(self.reader.wallet_id), **kwargs)

    def form_valid(self, form: CloseAccountForm) -> HttpResponse:
        close_account(form.user)
        logout(self.request)
        return HttpResponseRedirect(f"{reverse('signed_out')}?closed")


def live_memberships(user: Any) -> list[Membership]:
    if not user.is_authenticated:
        return []
    return list(Membership.objects.live().filter(reader=user).select_related("tier", "subscription__tier"))
