from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from ...adapter import LONGEST_ADDRESS
from ...forms import Plain
from ...models import Pack, Tier
from .plans import chosen

# Longer than anybody plans a present, and short enough for a card to be paid back.
LATEST_GIFT = timedelta(days=180)
LINKS = ("http", "www.", "://")


class AgreeingMixin(Plain):
    """With a tick without which nothing is sold."""

    wording = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = {"required": "Tick this to go on: without it we must not deliver before 14 days are over."}
        agreed = forms.BooleanField(label=self.wording, error_messages=missing)
        self.fields["agreed"] = agreed  # type: ignore[attr-defined]


class BuyForm(AgreeingMixin, forms.Form):
    pack = forms.ModelChoiceField(
        Pack.objects.for_sale(),
        error_messages={"invalid_choice": "This pack is no longer sold. Choose another."},
    )

    def __init__(self, *args: Any, wording: str, **kwargs: Any) -> None:
        self.wording = wording
        super().__init__(*args, **kwargs)


def no_link(text: str) -> None:
    """A present is mailed to whom we do not know: it must not carry somebody's advertising there."""
    if any(mark in text.casefold() for mark in LINKS):
        raise ValidationError("Leave out web addresses: we mail this for you.")


def one_line(text: str) -> None:
    if not text.isprintable():
        raise ValidationError("Write this on one line.")


class GiftForm(BuyForm):
    recipient_name = forms.CharField(label="Their name", max_length=100, validators=[no_link, one_line])
    recipient_email = forms.EmailField(label="Their email address", max_length=LONGEST_ADDRESS)
    giver_name = forms.CharField(
        label="Your name, as they know you", max_length=100, validators=[no_link, one_line]
    )
    message = forms.CharField(
        label="A message (if you like)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[no_link],
    )
    deliver_on = forms.DateField(
        label="Send it on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    field_order = ("pack", "recipient_name", "recipient_email", "message", "giver_name", "deliver_on")

    def clean_deliver_on(self) -> date:
        day: date = self.cleaned_data["deliver_on"]
        today = timezone.localdate()
        if not today <= day <= today + LATEST_GIFT:
            raise ValidationError("Choose a day from today to six months from now.")
        return day


class JoinForm(AgreeingMixin, forms.Form):
    plan = forms.CharField(error_messages={"required": "Choose how to pay."})
    code = forms.CharField(label="Promotion code (if you have one)", required=False, max_length=100)

    def __init__(self, *args: Any, wording: str, **kwargs: Any) -> None:
        self.wording = wording
        super().__init__(*args, **kwargs)

    def clean_plan(self) -> tuple[Tier, str]:
        found = chosen(self.cleaned_data["plan"])
        if found is None:
            raise ValidationError("This is no longer sold. Choose another.")
        return found


class WithdrawForm(Plain, forms.Form):
    """What Directive 2011/83/EU Art. 11a asks a reader for: who they are, and where to confirm it."""

    name = forms.CharField(label="Your name", max_length=100, validators=[one_line])
