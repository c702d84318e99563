from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.generic import TemplateView, View
from django_ratelimit.decorators import ratelimit

from ...views import ReaderMixin
from ..models import Receipt
from ..receipt_paper import Sheet, draw, file_name
from ..receipts import of_reader

A_PAGE = 50


class ReceiptsView(ReaderMixin, TemplateView):
    template_name = "accounts/billing/receipts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = of_reader(self.reader).select_related("corrects")
        shown = {"rows": Paginator(own, A_PAGE).get_page(self.request.GET.get("page"))}
        return super().get_context_data(**kwargs) | shown


class OneReceipt(ReaderMixin):
    kwargs: dict[str, Any]

    @property
    def receipt(self) -> Receipt:
        """Somebody else's is not there."""
        own = of_reader(self.reader).select_related("corrects")
        return get_object_or_404(own, number=self.kwargs["number"])


class ReceiptView(OneReceipt, TemplateView):
    template_name = "accounts/billing/receipt.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        receipt = self.receipt
        shown = {"receipt": receipt, "sheet": Sheet(receipt), "notes": receipt.corrections.all()}
        return super().get_context_data(**kwargs) | shown


@method_decorator(ratelimit(key="user_or_ip", rate="20/m", block=True), name="dispatch")
class ReceiptPdfView(OneReceipt, View):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        receipt = self.receipt
        response = HttpResponse(draw(receipt), content_type="application/pdf")
        name = content_disposition_header(True, file_name(receipt))
        response["Content-Disposition"] = name or "attachment"
        return response
