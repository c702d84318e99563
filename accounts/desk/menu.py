"""Where Wagtail's admin shows the desk, for those who may read the ledger and nobody else."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from .rights import VIEW, may

PAGES = [
    ("Transactions", "ledger:transactions", "table"),
    ("Staff postings", "ledger:postings", "clipboard-list"),
    ("Trial balance", "ledger:trial_balance", "calendar"),
    ("Liability", "ledger:liability", "decimal"),
]


class DeskItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may(request.user, VIEW)


def ledger_menu() -> SubmenuMenuItem:
    items = [
        DeskItem(label, reverse(name), name=name.replace(":", "-"), icon_name=icon, order=order)
        for order, (label, name, icon) in enumerate(PAGES)
    ]
    return SubmenuMenuItem("Ledger", Menu(register_hook_name=None, items=items), icon_name="table", order=260)


class PostingURLFinder(ModelAdminURLFinder):
    """Leads from the audit log to the act."""

    edit_url_name = "ledger:posting"

    def get_edit_url(self, instance: Any) -> str | None:
        if self.user and not may(self.user, VIEW):
            return None
        url: str = self.construct_edit_url(instance)
        return url
