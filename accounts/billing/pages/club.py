from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import FormView, View
from django_ratelimit.decorators import ratelimit

from ...models import User
from ...views import ReaderMixin, live_memberships
from .. import consents, joining, leaving
from ..errors import PaymentError
from ..models import Order
from .checkout import CheckoutMixin, back_to, said
from .forms import JoinForm
from .mine import clubs_of
from .plans import columns

at_most = method_decorator(
    ratelimit(key="user_or_ip", rate="20/m", method="POST", block=True), name="dispatch"
)
NO_CLUB = "You have no membership that this could be done to."


@at_most
class ClubView(CheckoutMixin, FormView):
    """For visitors without a form. Who is in can join here, and members see how they stand."""

    template_name = "accounts/billing/club.html"
    form_class = JoinForm

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, User):
            way_in = f"{reverse('account_signup')}?next={quote(here(back_to(request)))}"
            return HttpResponseRedirect(way_in, status=303)
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"wording": consents.FOR_THE_CLUB}

    def start(self, form: Any) -> Order:
        tier, interval = form.cleaned_data["plan"]
        assert isinstance(self.request.user, User)
        try:
            return joining.start_club(
                reader=self.request.user,
                tier=tier,
                interval=interval,
                back_to=back_to(self.request),
                consent=consents.WORDING,
                code=form.cleaned_data["code"],
            )
        except joining.JoinRefused as refused:
            raise ValidationError(str(refused)) from None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reader = self.request.user if isinstance(self.request.user, User) else None
        held = list(clubs_of(reader).living()) if reader else []
        memberships = live_memberships(self.request.user)
        came_from = back_to(self.request)
        shown = {
            "columns": columns(None if held else reader),
            "memberships": memberships,
            "subscriptions": held,
            "next": came_from,
            "here": here(came_from),
            "can_join": bool(reader and settings.STRIPE_SECRET_KEY) and not (held or memberships),
            "chosen": self.request.POST.get("plan", ""),
        }
        return super().get_context_data(**kwargs) | shown


def here(came_from: str) -> str:
    """This page, for who comes to it again with an account, and from it to where they set out."""
    return f"{reverse('club')}?{urlencode({'next': came_from})}" if came_from else reverse("club")


@at_most
class MemberView(ReaderMixin, View):
    """Something a member asks of Stripe. Then back to the Club's page, or on to one of Stripe's."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponseRedirect(self.act(), status=303)
        except PaymentError as trouble:
            messages.error(request, said(trouble))
        except leaving.NoClub:
            messages.error(request, NO_CLUB)
        return HttpResponseRedirect(reverse("club"), status=303)

    def act(self) -> str:
        """The address to go to."""
        raise NotImplementedError


class CancelView(MemberView):
    def act(self) -> str:
        leaving.cancel(self.reader)
        messages.success(self.request, "Your membership is cancelled. You are not charged again.")
        return reverse("club")


class ResumeView(MemberView):
    def act(self) -> str:
        leaving.resume(self.reader)
        messages.success(self.request, "Your membership goes on as before.")
        return reverse("club")


class PortalView(MemberView):
    def act(self) -> str:
        return leaving.portal_url(self.reader, return_url=f"{settings.BASE_URL}{reverse('club')}")
