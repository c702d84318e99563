from datetime import UTC, date, datetime, time
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from wagtail.admin.widgets import AdminDateInput

from accounts.addresses import owner_of
from accounts.models import User
from credits.ledger import MAX_AMOUNT, MAX_TEXT

READ_BY_READER = "The reader sees these words in their statement."


def reason_field(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=MAX_TEXT, help_text=help_text)


class KeyedForm(forms.Form):
    """The key is minted with the empty form: sent twice, it is one act."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class GrantForm(KeyedForm):
    email = forms.EmailField(label="Reader's email address")
    amount = forms.IntegerField(
        label="Credits", min_value=1, max_value=MAX_AMOUNT, help_text="Promotional: paid ones are bought."
    )
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        widget=AdminDateInput,
        help_text="The last day they can be spent, in UTC. Empty: they never expire.",
    )
    reason = reason_field("Reason", READ_BY_READER)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.reader: User | None = owner_of(email)
        if self.reader is None:
            raise ValidationError("No reader has this address. They need to sign up first.")
        return email

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and end_of(day) <= now():
            raise ValidationError("This day has passed.")
        return day

    @property
    def expires_at(self) -> datetime | None:
        day: date | None = self.cleaned_data["expires_on"]
        return end_of(day) if day else None


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


class ReverseForm(KeyedForm):
    seen = forms.CharField(widget=forms.HiddenInput)
    reason = reason_field("Reason", READ_BY_READER)


class ApproveForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class DeclineForm(forms.Form):
    because = reason_field("Why not", "For the record. The reader does not see it.")
