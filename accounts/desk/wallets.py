from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from accounts.models import StaffPosting, User
from credits.models import AccountFreeze, AccountKind, CreditLot, LedgerAccount, LedgerEntry
from credits.statements import owed, spendable

from .postings import posting_columns
from .rights import GRANT, DeskMixin, may
from .tables import Ident, Moment, Number, Signed, desk_table, link_to

A_PAGE = 50
LATEST = 20


class WalletView(DeskMixin, WagtailAdminTemplateMixin, TemplateView):
    """A person's credits as the ledger has them, statement and all."""

    template_name = "accounts/desk/wallet.html"
    page_title = "Wallet"
    header_icon = "user"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        wallets = LedgerAccount.objects.filter(kind=AccountKind.WALLET).select_related("merged_into")
        self.wallet = get_object_or_404(wallets, pk=kwargs["pk"])
        self.reader = User.objects.filter(wallet=self.wallet).first()

    def get_page_subtitle(self) -> str:
        if self.reader is None:
            return f"Wallet {self.wallet.pk}"
        return "Closed account" if self.reader.closed_at else self.reader.email

    @property
    def header_buttons(self) -> list[HeaderButton]:
        reader = self.reader
        if reader is None or reader.closed_at or not may(self.request.user, GRANT):
            return []
        url = f"{reverse('ledger:grant')}?wallet={self.wallet.pk}"
        return [HeaderButton("Grant credits", url=url, icon_name="plus")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = WagtailPaginator(statement_of(self.wallet), A_PAGE).get_page(self.request.GET.get("p"))
        return super().get_context_data(
            wallet=self.wallet,
            reader=self.reader,
            spendable=spendable(self.wallet.pk),
            owed=owed(self.wallet.pk),
            freezes=AccountFreeze.objects.filter(wallet=self.wallet, lifted_at=None),
            lots=lots_table(self.wallet),
            lines=lines,
            statement=desk_table(STATEMENT, lines, "Statement"),
            staff_postings=staff_postings_table(self.reader),
            **kwargs,
        )


STATEMENT = [
    Ident(
        "transaction_id",
        label="No.",
        get_url=link_to("ledger:transaction", lambda entry: entry.transaction_id),
    ),
    Moment("when", accessor="transaction.created_at", label="When"),
    StatusTagColumn("kind", accessor="transaction.get_kind_display", label="Kind"),
    Column("reason", accessor="transaction.reason", label="Reason"),
    Column("account", accessor="account.get_kind_display", label="Account"),
    Signed("amount", label="Credits"),
    Number("balance_after", label="Balance after"),
]


def statement_of(wallet: LedgerAccount) -> Any:
    """The wallet's entries and those of its debt, as the ledger wrote them: the latest first."""
    debt = LedgerAccount.objects.filter(wallet=wallet).values_list("pk", flat=True)
    entries = LedgerEntry.objects.filter(account__in=[wallet.pk, *debt])
    return entries.select_related("transaction", "account").order_by("-id")


def lots_table(wallet: LedgerAccount) -> Any:
    held = CreditLot.objects.filter(wallet=wallet, remaining__gt=0).in_spending_order()
    columns = [
        Ident("pk", label="Lot", get_url=link_to("ledger:transaction", lambda lot: lot.transaction_id)),
        StatusTagColumn("kind", accessor="get_kind_display", label="Kind"),
        Number("remaining", label="Left"),
        Number("granted", label="Came in with"),
        Moment("expires_at", label="Expires"),
    ]
    return desk_table(columns, held, "Lots, in the order they will be spent")


def staff_postings_table(reader: User | None) -> Any:
    rows = StaffPosting.objects.filter(reader=reader) if reader else StaffPosting.objects.none()
    return desk_table(posting_columns(), rows.select_related("reader", "asked_by")[:LATEST], "By staff")
