"""The trial balance and the liability report, to read and to take along as CSV."""

from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput
from wagtail.admin.widgets.button import HeaderButton

from accounts.models import User
from accounts.statements.spreadsheet import MARK, Cell, write
from credits import reports
from credits.models import AccountKind
from credits.reports import ByKind, Liability, TrialBalance

from .rights import DeskMixin
from .tables import Number, Signed, desk_table

A_MONTH = timedelta(days=29)
A_YEAR = timedelta(days=366)
EARLIEST = date(2000, 1, 1)


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def day_field(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=AdminDateInput)


def within_reason(day: date) -> date:
    if not EARLIEST <= day <= today():
        raise ValidationError("Choose a day up to today.")
    return day


class PeriodForm(forms.Form):
    first = day_field("From")
    last = day_field("To")

    def clean_first(self) -> date:
        return within_reason(self.cleaned_data["first"])

    def clean_last(self) -> date:
        return within_reason(self.cleaned_data["last"])

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and not timedelta() <= last - first <= A_YEAR:
            raise ValidationError("Choose a period of at most a year that ends after it begins.")
        return self.cleaned_data


class DayForm(forms.Form):
    on = day_field("As of the end of")

    def clean_on(self) -> date:
        return within_reason(self.cleaned_data["on"])


class BooksView(DeskMixin, WagtailAdminTemplateMixin, TemplateView):
    """A report for days that are asked for in the address. Unfit days are said, and the usual ones shown."""

    form_class: type[forms.Form]
    usual: dict[str, date] = {}
    file_name = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.usual = self.usual_days()
        asked = {name: request.GET.get(name) or day for name, day in self.usual.items()}
        self.form = self.form_class(asked)
        self.days = self.form.cleaned_data if self.form.is_valid() else self.usual

    def usual_days(self) -> dict[str, date]:
        raise NotImplementedError

    def rows(self) -> Iterable[list[Cell]]:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "csv" and self.form.is_valid():
            return self.spreadsheet()
        return super().get(request, *args, **kwargs)

    def spreadsheet(self) -> HttpResponse:
        lines = "".join(map(write, self.rows()))
        response = HttpResponse(MARK + lines, content_type="text/csv; charset=utf-8")
        days = "-to-".join(day.isoformat() for day in self.days.values())
        response["Content-Disposition"] = f'attachment; filename="{self.file_name}-{days}.csv"'
        return response

    @property
    def header_buttons(self) -> list[HeaderButton]:
        query = self.request.GET.copy()
        query["export"] = "csv"
        return [HeaderButton("Download CSV", url=f"?{query.urlencode()}", icon_name="download")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(form=self.form, media=self.form.media, **kwargs)


class TrialBalanceView(BooksView):
    template_name = "accounts/desk/trial_balance.html"
    page_title = "Trial balance"
    header_icon = "calendar"
    form_class = PeriodForm
    file_name = "trial-balance"

    def usual_days(self) -> dict[str, date]:
        return {"first": today() - A_MONTH, "last": today()}

    def rows(self) -> Iterable[list[Cell]]:
        books = reports.trial_balance(**self.days)
        yield ["Day", *(kind.label for kind in AccountKind), "Sum"]
        for label, totals in lines_of(books):
            yield [label, *totals.values(), sum(totals.values())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        books = reports.trial_balance(**self.days)
        return super().get_context_data(books=books, table=balance_table(books), **kwargs)


def lines_of(books: TrialBalance) -> Iterable[tuple[str, reports.Totals]]:
    yield f"Before {books.first.isoformat()}", books.opening
    yield from ((day.day.isoformat(), day.moved) for day in books.days)
    yield f"After {books.last.isoformat()}", books.closing


def balance_table(books: TrialBalance) -> Any:
    kinds = [
        Signed(kind, label=kind.label, accessor=lambda line, kind=kind: line[1][kind]) for kind in AccountKind
    ]
    total = Number("sum", label="Sum", accessor=lambda line: sum(line[1].values()))
    columns = [Column("day", label="Day", accessor=lambda line: line[0], classname="desk-day"), *kinds, total]
    return desk_table(columns, lines_of(books), "Trial balance by day")


class LiabilityView(BooksView):
    template_name = "accounts/desk/liability.html"
    page_title = "Liability"
    header_icon = "decimal"
    form_class = DayForm
    file_name = "liability"

    def usual_days(self) -> dict[str, date]:
        return {"on": today()}

    def report(self) -> Liability:
        closed = User.objects.filter(closed_at__lt=reports.end_of(self.days["on"]))
        return reports.liability(on=self.days["on"], closed_wallets=closed.values("wallet"))

    def rows(self) -> Iterable[list[Cell]]:
        report = self.report()
        yield ["", "Promotional", "Paid", "Total"]
        for label, figures in [*report.lines.items(), *outcome_of(report)]:
            yield [label, figures.promotional, figures.paid, figures.total]
        yield ["Owed by readers", "", "", report.owed]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.report()
        return super().get_context_data(
            report=report,
            lines=kinds_table(report.lines.items(), "What moved lots"),
            outcome=kinds_table(outcome_of(report), "What readers hold"),
            **kwargs,
        )


def outcome_of(report: Liability) -> list[tuple[str, ByKind]]:
    return [
        ("Outstanding", report.outstanding),
        ("Of which past their expiry, not yet posted away", report.overdue),
        ("Of which in closed accounts", report.closed),
    ]


def kinds_table(lines: Iterable[tuple[str, ByKind]], caption: str) -> Any:
    columns = [
        Column("label", label="", accessor=lambda line: line[0]),
        Number("promotional", label="Promotional", accessor=lambda line: line[1].promotional),
        Number("paid", label="Paid", accessor=lambda line: line[1].paid),
        Number("total", label="Total", accessor=lambda line: line[1].total),
    ]
    return desk_table(columns, lines, caption)
