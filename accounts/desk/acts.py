"""The four things staff can do at the desk. Each asks for the password, and each POST ends in a redirect."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts.models import StaffPosting
from accounts.models.posting import ALONE
from credits.models import LedgerTransaction

from .asking import ask_grant, ask_reversal, why_irreversible
from .deciding import approve, decline, may_approve
from .foresight import foresee
from .forms import ApproveForm, DeclineForm, GrantForm, ReverseForm
from .password import PasswordAgain
from .postings import foresight_of, may_decline
from .refusals import Changed, Refused, Settled
from .rights import APPROVE, GRANT, REVERSE, VIEW, DeskMixin, crumb
from .tables import owners_of, with_wallet

WAITS = "{}. It waits for a second person."


class ActView(DeskMixin, PasswordAgain, WagtailAdminTemplateMixin, FormView):
    template_name = "accounts/desk/act.html"
    any_permission_required = [VIEW]
    submit = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Explicit, since a form that waited for the password is answered from another address.
        extra = {"action_url": self.request.path, "submit_button_label": self.submit, "alone": ALONE}
        context = super().get_context_data(**extra, **kwargs)
        return {**context, "media": context["form"].media}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            posting = self.act(form)
        except Refused as refusal:
            return self.refused(form, refusal)
        self.tell(posting)
        return redirect("ledger:posting", posting.pk)

    def act(self, form: Any) -> StaffPosting:
        raise NotImplementedError

    def refused(self, form: Form, refusal: Refused) -> HttpResponse:
        form.add_error(None, refusal.sentence)
        return self.form_invalid(form)

    def tell(self, posting: StaffPosting) -> None:
        if posting.posted_id:
            messages.success(self.request, f"Posted: {posting}.")
        elif posting.waiting:
            messages.warning(self.request, WAITS.format(posting.get_waits_because_display()))
        else:
            messages.success(self.request, "Declined.")


class GrantView(ActView):
    permission_required = GRANT
    page_title = "Grant credits"
    header_icon = "plus"
    form_class = GrantForm
    submit = "Grant credits"

    def get_initial(self) -> dict[str, Any]:
        wallet = self.request.GET.get("wallet", "")
        reader = owners_of([int(wallet)]).get(int(wallet)) if wallet.isascii() and wallet.isdigit() else None
        return {**super().get_initial(), "email": reader.email if reader else ""}

    def act(self, form: GrantForm) -> StaffPosting:
        assert form.reader is not None
        return ask_grant(
            key=form.cleaned_data["key"],
            reader=form.reader,
            amount=form.cleaned_data["amount"],
            expires_at=form.expires_at,
            reason=form.cleaned_data["reason"],
            asked_by=self.person,
        )


class ReverseView(ActView):
    permission_required = REVERSE
    header_icon = "rotate"
    form_class = ReverseForm
    submit = "Reverse it"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.undo = get_object_or_404(LedgerTransaction, pk=kwargs["pk"])
        self.reader = with_wallet([self.undo])[0].reader  # type: ignore[attr-defined]

    def get_page_title(self) -> str:
        return f"Reverse {str(self.undo).lower()}"

    def trail(self) -> list[dict[str, str]]:
        return [*super().trail(), crumb(str(self.undo), "ledger:transaction", self.undo.pk)]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if why_not := self.why_not():
            messages.error(request, why_not)
            return redirect("ledger:transaction", self.undo.pk)
        return super().get(request, *args, **kwargs)

    def why_not(self) -> str:
        if self.reader is None:
            return "This wallet belongs to no reader, so nobody at the desk can reverse it."
        refusal = why_irreversible(self.undo)
        return refusal.sentence if refusal else ""

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "seen": foresee(self.undo).seen}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            undo=self.undo, reader=self.reader, foresight=foresee(self.undo), **kwargs
        )

    def act(self, form: ReverseForm) -> StaffPosting:
        if self.reader is None:
            raise PermissionDenied
        return ask_reversal(
            key=form.cleaned_data["key"],
            undo=self.undo,
            reader=self.reader,
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["seen"],
            asked_by=self.person,
        )

    def refused(self, form: Form, refusal: Refused) -> HttpResponse:
        if isinstance(refusal, Changed):
            see_afresh(form, foresee(self.undo).seen)
        return super().refused(form, refusal)


class DecisionView(ActView):
    any_permission_required = [VIEW]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        related = ("reader__wallet", "reverses", "asked_by")
        self.posting = get_object_or_404(StaffPosting.objects.select_related(*related), pk=kwargs["pk"])

    def trail(self) -> list[dict[str, str]]:
        here = crumb(str(self.posting), "ledger:posting", self.posting.pk)
        return [*super().trail(), crumb("Staff postings", "ledger:postings"), here]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.posting.waiting:
            return self.already_decided()
        return super().get(request, *args, **kwargs)

    def already_decided(self) -> HttpResponse:
        messages.info(self.request, Settled.sentence)
        return redirect("ledger:posting", self.posting.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(posting=self.posting, foresight=foresight_of(self.posting), **kwargs)

    def refused(self, form: Form, refusal: Refused) -> HttpResponse:
        if isinstance(refusal, Settled):
            return self.already_decided()
        if isinstance(refusal, Changed) and self.posting.reverses:
            see_afresh(form, foresee(self.posting.reverses).seen)
        return super().refused(form, refusal)


class ApproveView(DecisionView):
    permission_required = APPROVE
    page_title = "Approve"
    header_icon = "check"
    form_class = ApproveForm
    submit = "Approve and post"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not may_approve(self.posting, self.person):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        foresight = foresight_of(self.posting)
        return {**super().get_initial(), "seen": foresight.seen if foresight else ""}

    def act(self, form: ApproveForm) -> StaffPosting:
        return approve(posting_id=self.posting.pk, approved_by=self.person, seen=form.cleaned_data["seen"])


class DeclineView(DecisionView):
    page_title = "Decline"
    header_icon = "cross"
    form_class = DeclineForm
    submit = "Decline"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_decline(self.posting, request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def act(self, form: DeclineForm) -> StaffPosting:
        because = form.cleaned_data["because"]
        return decline(posting_id=self.posting.pk, declined_by=self.person, because=because)


def see_afresh(form: Form, seen: str) -> None:
    """What was typed stays; what is agreed to is what the page now says."""
    form.data = {**form.data.dict(), "seen": seen} if isinstance(form.data, QueryDict) else form.data
