"""The facts about one reader that the gate asks for, in one query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from wagtail.models import Page

from accounts.models import Membership, User
from credits.models import AccountFreeze, CreditLot

from .models import Opening, Unlock

Reader = User | AnonymousUser


@dataclass(frozen=True)
class Standing:
    """A reader before one briefing. ``unlock`` and ``membership`` say how each came about, or are None.

    ``owed`` credits, or spending ``on_hold``, stand in the way of an unlock whatever the balance.
    """

    signed_in: bool = False
    unlock: str | None = None
    membership: str | None = None
    editor: bool = False
    balance: int = 0
    owed: int = 0
    on_hold: bool = False
    recorded: bool = False


VISITOR = Standing()


def standing_of(reader: Reader, page: Page, briefing_key: UUID) -> Standing:
    """One query for a reader; an editor's page permissions cost more. None for a visitor."""
    if not isinstance(reader, User) or not reader.is_active:
        return VISITOR
    facts = facts_about(reader, briefing_key)
    if facts is None:
        return VISITOR
    standing = Standing(
        signed_in=True,
        unlock=facts["unlock"],
        membership=facts["membership"],
        balance=facts["balance"],
        owed=facts["owed"],
        on_hold=facts["on_hold"],
        recorded=facts["recorded"],
    )
    if reader.is_superuser or facts["staffed"]:
        return replace(standing, editor=may_edit(reader, page))
    return standing


def facts_about(reader: User, briefing_key: UUID) -> Mapping[str, Any] | None:
    mine = {"reader": OuterRef("pk"), "briefing_key": briefing_key}
    held = Membership.objects.live().opening_everything().filter(reader=OuterRef("pk"))
    facts: Mapping[str, Any] | None = (
        User.objects.filter(pk=reader.pk, is_active=True)
        .values(
            unlock=Subquery(Unlock.objects.standing().filter(**mine).values("reason")[:1]),
            membership=Subquery(held.order_by("source").values("source")[:1]),
            balance=CreditLot.objects.spendable_of(OuterRef("wallet")),
            owed=-Coalesce(F("wallet__debt__balance"), 0),
            on_hold=Exists(AccountFreeze.objects.filter(wallet=OuterRef("wallet"), lifted_at=None)),
            recorded=Exists(Opening.objects.filter(**mine)),
            staffed=Exists(User.groups.through.objects.filter(user=OuterRef("pk"))),
        )
        .first()
    )
    return facts


def may_edit(reader: User, page: Page) -> bool:
    return page.permissions_for_user(reader).can_edit()
