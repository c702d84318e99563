"""Which days a statement covers. Days are those of the site's time zone, and both ends are meant."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode

from accounts.forms import Plain
from credits import period_statements

FIRST_YEAR = 2000
LAST_YEAR = 2999
NOT_A_DAY = "Write a day as 2026-01-31."
TOO_FAR = f"Choose a day from {FIRST_YEAR} to {LAST_YEAR}."
NAMES = {"start": "from", "end": "to"}


@dataclass(frozen=True, kw_only=True)
class Period:
    """Open at an end that is None: from the first credit on, or up to now."""

    start: date | None = None
    end: date | None = None

    def __str__(self) -> str:
        first, last = (date_format(day, "j F Y") if day else "" for day in (self.start, self.end))
        if first and last:
            return first if first == last else f"{first} to {last}"
        return (first and f"{first} to now") or (last and f"up to {last}") or "everything so far"

    @property
    def query(self) -> str:
        days = {"from": self.start, "to": self.end}
        return urlencode({name: day.isoformat() for name, day in days.items() if day})

    def statement(self, *, wallet_id: int) -> period_statements.Statement:
        return period_statements.statement_of(
            wallet_id=wallet_id,
            start=midnight(self.start) if self.start else period_statements.BEGINNING,
            end=midnight(self.end + timedelta(days=1)) if self.end else period_statements.END,
        )


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def offered(today: date) -> dict[str, Period]:
    this_month = today.replace(day=1)
    last_month_end = this_month - timedelta(days=1)
    return {
        "Everything": Period(),
        "This month": Period(start=this_month, end=today),
        "Last month": Period(start=last_month_end.replace(day=1), end=last_month_end),
        "This year": Period(start=today.replace(month=1, day=1), end=today),
    }


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": NOT_A_DAY}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValidationError(TOO_FAR)


class PeriodForm(Plain, forms.Form):
    start = DayField(label="From")
    end = DayField(label="To")

    def add_prefix(self, field_name: str) -> str:
        return NAMES.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        if days.get("start") and days.get("end") and days["start"] > days["end"]:
            self.add_error("end", "The last day must not come before the first.")
        return days

    @property
    def period(self) -> Period:
        """The days asked for; everything, where they make no period."""
        made = not {"start", "end"} & set(self.errors)
        return Period(**self.cleaned_data) if made else Period()
