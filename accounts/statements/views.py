from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.generic import View
from django_ratelimit.decorators import ratelimit

from accounts.views import ReaderMixin
from credits.freezes import open_freezes
from credits.period_statements import Statement
from credits.statements import lots, owed

from .pdf import MOST_LINES, Document
from .periods import Period, PeriodForm, offered
from .spreadsheet import sheet

A_PAGE = 50
TOO_LONG = "The PDF holds up to {most:,} lines and these days have {lines:,}. Choose fewer days, or the CSV."


class WalletView(ReaderMixin, View):
    """The wallet, with a statement of the days asked for. Wrong days are said, and the page stays whole."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = PeriodForm(request.GET)
        statement = form.period.statement(wallet_id=self.reader.wallet_id)
        return self.answer(form, statement) if form.is_valid() else self.page(form, statement, status=400)

    def answer(self, form: PeriodForm, statement: Statement) -> HttpResponseBase:
        return self.page(form, statement)

    def page(self, form: PeriodForm, statement: Statement, *, status: int = 200) -> HttpResponse:
        context = self.context(form, statement)
        return TemplateResponse(self.request, "accounts/wallet.html", context, status=status)

    def context(self, form: PeriodForm, statement: Statement) -> dict[str, Any]:
        held = lots(wallet_id=self.reader.wallet_id)
        balance = sum(lot.remaining for lot in held)
        return {
            "form": form,
            "period": form.period,
            "periods": offered(timezone.localdate()),
            "zone": timezone.get_current_timezone_name(),
            "lots": held,
            "balance": balance,
            "owed": owed(self.reader.wallet_id),
            "on_hold": open_freezes(self.reader.wallet_id).exists(),
            "support_email": settings.SUPPORT_EMAIL,
            # What has expired and is not posted away yet: seen where the statement goes up to now.
            "overdue": 0 if form.period.end else statement.closing - balance,
            "statement": statement,
            "lines": Paginator(statement, A_PAGE).get_page(self.request.GET.get("page")),
        }


class CsvView(WalletView):
    def answer(self, form: PeriodForm, statement: Statement) -> HttpResponseBase:
        written = sheet(statement, form.period)
        response = StreamingHttpResponse(written, content_type="text/csv; charset=utf-8")
        return as_file(response, form.period, "csv")


@method_decorator(ratelimit(key="user_or_ip", rate="10/m", block=True), name="dispatch")
class PdfView(WalletView):
    def answer(self, form: PeriodForm, statement: Statement) -> HttpResponseBase:
        if len(statement) > MOST_LINES:
            form.add_error(None, TOO_LONG.format(most=MOST_LINES, lines=len(statement)))
            return self.page(form, statement, status=400)
        drawn = Document(
            statement=statement, period=form.period, reader=self.reader.email, drawn_up=timezone.localtime()
        ).draw()
        return as_file(HttpResponse(drawn, content_type="application/pdf"), form.period, "pdf")


def as_file(response: HttpResponseBase, period: Period, ending: str) -> HttpResponseBase:
    end = period.end or timezone.localdate()
    name = f"{slugify(settings.SITE_NAME)}-credits-{period.start or 'all'}-to-{end}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
