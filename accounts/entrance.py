"""The way in by an emailed code. See docs/decisions/0003-one-door.md."""

import time

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from .addresses import hold, owner_or_new


class Entrance(LoginCodeVerificationProcess):
    """Allauth's login by code, begun with an address. Whose it is, is asked only once the code is proven."""

    @classmethod
    def begin(cls, request: HttpRequest, email: str) -> "Entrance":
        login = Login(email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(
            cls.initial_state(user=None, email=email), initiated_by_user=True, open_to_all=True
        )
        process = cls(stage)
        process.send()
        process.persist()
        return process

    @property
    def open_to_all(self) -> bool:
        return bool(self.state.get("open_to_all"))

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:
        if self.open_to_all:
            context = {"request": self.request, "code": self.generate_code()}
            get_adapter().send_mail("account/email/login_code", email, context)
        else:
            super().send_by_email(email, skip_enumeration_mails=skip_enumeration_mails)

    def resend(self) -> None:
        self.state["at"] = time.time()
        super().resend()

    def finish(self, redirect_url: str | None) -> HttpResponse:
        email = self.state["email"]
        if self.open_to_all:
            self._user = owner_or_new(email)
        else:
            hold(self.user, email)
        return super().finish(redirect_url)


def carried(request: HttpRequest) -> str:
    """What of the query goes along from page to page until the reader is in, as ``?…`` or nothing."""
    wanted = {"next": get_next_redirect_url(request), "unlock": request.GET.get("unlock")}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"?{query}" if query else ""
