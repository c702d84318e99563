"""Columns and tables of the desk: Wagtail's, with numbers that line up and a true minus."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse
from wagtail.admin.ui.tables import BaseColumn, Column, StatusTagColumn, Table, TitleColumn

from accounts.models import User
from credits.models import LedgerEntry, LedgerTransaction
from credits.models.kinds import READERS_OWN


class Moment(Column):
    """To the minute, not as a while ago: books are compared."""

    cell_template_name = "accounts/desk/moment_cell.html"


class Ident(TitleColumn):
    """A number that leads to its own page."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, classname="desk-ident", **kwargs)


class Person(TitleColumn):
    """A reader, leading to their wallet; empty where an account is the house's."""

    empty_value_display = ""

    def __init__(self) -> None:
        url = link_to("ledger:wallet", lambda one: one.wallet_id)
        super().__init__("reader", label="Reader", accessor=whose, get_url=url, classname="desk-ident")


class Number(Column):
    cell_template_name = "accounts/desk/number_cell.html"

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, classname="desk-number", **kwargs)

    def get_value(self, instance: Any) -> str:
        return f"{super().get_value(instance):,}".replace("-", "−")


class Signed(Number):
    def get_value(self, instance: Any) -> str:
        amount = Column.get_value(self, instance)
        if amount is None:
            return ""
        return f"{amount:+,}".replace("-", "−") if amount else "0"


def desk_table(columns: list[BaseColumn], rows: Iterable[Any], caption: str) -> Table:
    return Table(columns, list(rows), caption=caption)


def link_to(name: str, key: Callable[[Any], Any]) -> Callable[[Any], str | None]:
    def url(instance: Any) -> str | None:
        found = key(instance)
        return None if found is None else reverse(name, args=[found])

    return url


def with_wallet(transactions: Iterable[LedgerTransaction]) -> list[LedgerTransaction]:
    """Each with the wallet it moved first (or the debt, where no wallet moved), by how much, and whose."""
    listed = list(transactions)
    entries = LedgerEntry.objects.filter(transaction__in=listed, account__kind__in=READERS_OWN)
    moved = {
        entry.transaction_id: entry
        for entry in entries.select_related("account").order_by("account__kind", "-id")
    }
    owners = owners_of(wallet_of(entry) for entry in moved.values())
    for one in listed:
        entry = moved.get(one.pk)
        one.moved = entry and entry.amount  # type: ignore[attr-defined]
        one.wallet_id = entry and wallet_of(entry)  # type: ignore[attr-defined]
        one.reader = owners.get(one.wallet_id)  # type: ignore[attr-defined]
    return listed


def wallet_of(entry: LedgerEntry) -> int:
    """A debt belongs to a wallet; to the desk it is the same person."""
    return entry.account.wallet_id or entry.account_id


def owners_of(wallets: Iterable[int]) -> dict[int, User]:
    return {user.wallet_id: user for user in User.objects.filter(wallet__in=set(wallets))}


def whose(instance: Any) -> str:
    reader = instance.reader
    if reader is not None:
        return "Closed account" if reader.closed_at else reader.email
    return f"Wallet {instance.wallet_id}" if instance.wallet_id else ""


def transaction_columns() -> list[BaseColumn]:
    return [
        Ident("pk", label="No.", get_url=link_to("ledger:transaction", lambda one: one.pk)),
        Moment("created_at", label="When"),
        StatusTagColumn("kind", label="Kind", accessor="get_kind_display"),
        Person(),
        Signed("moved", label="Credits"),
        Column("reason", label="Reason"),
    ]
