"""Allauth's pages of arriving and leaving, with the wish carried along and one way to start again."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account import views as allauth
from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginByCodeStage, LoginStage, LoginStageController
from allauth.account.utils import get_login_redirect_url
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic.edit import FormView

from .adapter import MailNotSent
from .entrance import Entrance, carried
from .signals import arriving

EXPIRED = "That code has run out. Ask for a new one below."
NOT_SENT = "We could not send the mail just now. Please try again in a minute."
USED_UP = "That was one wrong code too many. Ask for a new one below."


class ArrivingMixin:
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        arriving.send(sender=type(self), request=request)
        try:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except MailNotSent:
            return self.try_later()

    def try_later(self) -> HttpResponse:
        """Back to the same form, with nothing lost but the mail."""
        messages.error(self.request, NOT_SENT)
        return HttpResponseRedirect(self.request.get_full_path())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        extra = {
            "carried": carried(self.request),
            "wish": getattr(self.request, "wish", None),
            "starter_credits": settings.STARTER_CREDITS,
        }
        return super().get_context_data(**kwargs) | extra  # type: ignore[misc]


class SignupView(ArrivingMixin, allauth.SignupView):
    pass


class PendingCodeMixin:
    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponse | None:
        """Back to the code that is awaited, with the wish; but who sends a form means that form."""
        if request.method == "POST":
            clear_login(request)
            return None
        return HttpResponseRedirect(reverse(stage.urlname) + carried(request))


class LoginView(ArrivingMixin, PendingCodeMixin, allauth.LoginView):
    def get_authenticated_redirect_url(self) -> str:
        """Someone signed in whom the newsroom's admin turned away would otherwise be sent there for ever."""
        url: str = super().get_authenticated_redirect_url()
        turned_away = urlsplit(url).path.startswith(reverse("wagtailadmin_home"))
        if turned_away and not self.request.user.has_perm("wagtailadmin.access_admin"):
            return reverse("profile")
        return url


class RequestCodeView(ArrivingMixin, PendingCodeMixin, allauth.RequestLoginCodeView):
    def get_success_url(self) -> str | None:
        if self.request.user.is_authenticated:
            return None
        return reverse("account_confirm_login_code") + carried(self.request)


@method_decorator([never_cache, login_not_required], name="dispatch")
class CodeView(ArrivingMixin, allauth.ConfirmLoginCodeView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return HttpResponseRedirect(get_login_redirect_url(request))
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        self._process = stage and Entrance(stage).abort_if_invalid()
        if not self._process:
            return self.start_again(EXPIRED)
        arriving.send(sender=type(self), request=request)
        try:
            return FormView.dispatch(self, request, *args, **kwargs)
        except MailNotSent:
            return self.try_later()

    def start_again(self, why: str) -> HttpResponse:
        messages.error(self.request, why)
        return HttpResponseRedirect(reverse("account_login") + carried(self.request))

    def form_invalid(self, form: Any) -> HttpResponse:
        if self._process.record_invalid_attempt():
            return FormView.form_invalid(self, form)
        return self.start_again(USED_UP)

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        self._process.resend()
        messages.success(self.request, f"A new code is on its way to {self._process.state['email']}.")
        return HttpResponseRedirect(reverse("account_confirm_login_code") + carried(self.request))


class LogoutView(allauth.LogoutView):
    """What the browser kept is cleared by accounts.privacy, as at every other way out."""
