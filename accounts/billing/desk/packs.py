"""What is sold, as staff set it. Stripe hears of a change by `manage.py stripe_sync`."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import CreateView, EditView
from wagtail.admin.viewsets.model import ModelViewSet

from accounts import money

from ...models import Pack

SYNC = "Stripe hears of new or changed prices by manage.py stripe_sync. Until then what changed is not sold."


def prices_of(pack: Pack) -> str:
    return ", ".join(money.brief(price.amount, price.currency) for price in pack.prices.all())


class Unpriced:
    """A pack for sale may wait for its price. Whoever saves it so is told that nobody can buy it."""

    object: Pack
    request: Any

    def save_action(self) -> HttpResponse:
        if self.object.active and not self.object.prices.exists():
            messages.warning(self.request, f"“{self.object}” has no price, so it is not sold.")
        response: HttpResponse = super().save_action()  # type: ignore[misc]
        return response


class AddPackView(Unpriced, CreateView):
    pass


class EditPackView(Unpriced, EditView):
    pass


class PackViewSet(ModelViewSet):
    model = Pack
    add_view_class = AddPackView
    edit_view_class = EditPackView
    icon = "tag"
    menu_label = "Packs"
    add_to_admin_menu = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = ["name", "credits", "bonus", "bonus_days", "active", "order"]
    list_display = [
        "name",
        "credits",
        "bonus",
        Column("prices", label="Prices", accessor=prices_of),
        "active",
        "order",
    ]
    panels = [
        FieldPanel("name"),
        MultiFieldPanel(
            [FieldPanel("credits"), FieldPanel("bonus"), FieldPanel("bonus_days")], heading="What is in it"
        ),
        InlinePanel("prices", heading="Prices", label="Price", help_text=SYNC),
        FieldPanel("active"),
        FieldPanel("order"),
    ]
