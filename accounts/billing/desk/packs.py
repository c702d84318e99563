"""What is sold, as staff set it. Stripe hears of a change by `manage.py stripe_sync`."""

from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet

from accounts import money

from ...models import Pack

SYNC = "Stripe hears of new or changed prices by manage.py stripe_sync. Until then what changed is not sold."


def prices_of(pack: Pack) -> str:
    return ", ".join(money.brief(price.amount, price.currency) for price in pack.prices.all())


class PackViewSet(ModelViewSet):
    model = Pack
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
