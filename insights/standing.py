"""The facts about one reader that the gate asks for, in one query."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from wagtail.models import Page

from accounts.models import User

from .facts import Facts, facts_about

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
    facts = facts_about(reader.pk, briefing_key)
    if facts is None:
        return VISITOR
    standing = standing_by(facts)
    if reader.is_superuser or facts.in_a_group:
        return replace(standing, editor=may_edit(reader, page))
    return standing


def standing_by(facts: Facts) -> Standing:
    """Of whoever is no editor."""
    return Standing(
        signed_in=True,
        unlock=facts.unlock,
        membership=facts.membership,
        balance=facts.balance,
        owed=facts.owed,
        on_hold=facts.on_hold,
        recorded=facts.recorded,
    )


def may_edit(reader: User, page: Page) -> bool:
    return page.permissions_for_user(reader).can_edit()
