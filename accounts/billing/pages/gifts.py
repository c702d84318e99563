from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from django_ratelimit.decorators import ratelimit

from credits.errors import Frozen

from ...models import User
from ...views import ReaderMixin, SupportMixin
from .. import clawback, consents, gifts, orders
from ..models import Gift, Order
from .checkout import CheckoutMixin
from .forms import GiftForm
from .packs import ANOTHER_CURRENCY, currencies, currency_of, offers

ON_HOLD = "This gift or your wallet is on hold until we have looked at it. Write to us and we will."
SAID = ("giver_name", "recipient_name", "recipient_email", "message", "deliver_on")


@method_decorator(ratelimit(key="user_or_ip", rate="20/h", method="POST", block=True), name="dispatch")
class GiveCreditsView(ReaderMixin, CheckoutMixin, FormView):
    template_name = "accounts/billing/give.html"
    form_class = GiftForm

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        if ANOTHER_CURRENCY in request.POST:
            return self.get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        asked = super().get_form_kwargs() | {"wording": consents.AT_THE_CHECKOUT}
        return asked | {"data": None, "files": None} if ANOTHER_CURRENCY in self.request.POST else asked

    def get_initial(self) -> dict[str, Any]:
        """What was typed so far stays while prices are compared."""
        typed = self.request.POST.dict() if ANOTHER_CURRENCY in self.request.POST else {}
        return super().get_initial() | {"giver_name": self.reader.get_full_name()} | typed

    def start(self, form: Any) -> Order:
        return orders.start_gift(
            reader=self.reader,
            pack=form.cleaned_data["pack"],
            currency=currency_of(self.request),
            back_to="",
            consent=consents.WORDING,
            **{name: form.cleaned_data[name] for name in SAID},
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        currency = currency_of(self.request)
        shown = {
            "currency": currency,
            "currencies": currencies(),
            "offers": offers(currency, chosen=self.request.POST.get("pack", "")),
        }
        return super().get_context_data(**kwargs) | shown


@method_decorator(ratelimit(key="user_or_ip", rate="30/m", block=True), name="dispatch")
class GiftView(SupportMixin, TemplateView):
    """Whoever has the link sees what it holds. To claim it takes an account."""

    template_name = "accounts/billing/gift.html"

    @cached_property
    def gift(self) -> Gift:
        found = gifts.by_token(self.kwargs["token"])
        if found is None:
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        gift = self.gift
        shown = {
            "gift": gift,
            "order": gift.order,
            "held": gifts.held(gift),
            "gone": clawback.taken_back(gift.order.granted_id) if gift.order.granted_id else 0,
            "open": gifts.can_be_claimed(gift),
            "mine": gift.claimed_by_id is not None and gift.claimed_by_id == self.request.user.pk,
        }
        return super().get_context_data(**kwargs) | shown

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return HttpResponseRedirect(f"{reverse('account_signup')}?next={request.path}", status=303)
        try:
            number = gifts.claim(self.gift, reader=request.user)
        except (gifts.GiftRefused, Frozen) as refused:
            messages.error(request, str(refused) if isinstance(refused, gifts.GiftRefused) else ON_HOLD)
            return HttpResponseRedirect(request.path, status=303)
        messages.success(
            request, f"{number} credit{'' if number == 1 else 's'} came from {self.gift.giver_name}."
        )
        return HttpResponseRedirect(reverse("wallet"), status=303)
