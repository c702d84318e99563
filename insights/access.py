"""Who may read which insight section, and why.

``decide`` is the whole rule, a pure function. ``access_for`` gathers the facts for it and hands a
template only the text that its reader may see.
"""

import logging
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db import DatabaseError
from wagtail.blocks import StreamValue

from .gated import GatedInsights
from .sections import SECTIONS, Level, Section
from .standing import VISITOR, Reader, Standing, standing_of
from .teasers import Teaser, teaser_of

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    PUBLIC = "public"
    REGISTERED = "registered"
    UNLOCKED = "unlocked"
    CLUB = "club"
    TEAM = "team"
    GIFT = "gift"
    EDITOR = "editor"


class WayIn(StrEnum):
    """The cheapest next step for a reader before something locked."""

    REGISTER = "register"
    UNLOCK = "unlock"
    BUY = "buy"
    WRITE = "write"


BY_UNLOCK = {"unlocked": Reason.UNLOCKED, "gift": Reason.GIFT}
BY_MEMBERSHIP = {"comp": Reason.CLUB, "paid": Reason.CLUB, "team": Reason.TEAM}


def decide(level: str, price: int, standing: Standing) -> Reason | None:
    """Why this reader may read a section of this level, or None: locked. What is unknown is locked."""
    if level == Level.PUBLIC:
        return Reason.PUBLIC
    if not standing.signed_in or level not in (Level.REGISTERED, Level.LOCKED):
        return None
    if level == Level.REGISTERED or price == 0:
        return Reason.REGISTERED
    owned = BY_UNLOCK.get(standing.unlock or "") or BY_MEMBERSHIP.get(standing.membership or "")
    return owned or (Reason.EDITOR if standing.editor else None)


@dataclass(frozen=True)
class SectionAccess:
    """One section before one reader. ``blocks`` is None where it is locked."""

    section: Section
    level: str
    reason: Reason | None
    teaser: Teaser
    blocks: StreamValue | None

    @property
    def is_open(self) -> bool:
        return self.reason is not None

    @property
    def state(self) -> str:
        return "open" if self.is_open else "locked"


@dataclass(frozen=True)
class Access:
    """What one reader may read of one briefing's insights, and the way into the rest."""

    sections: tuple[SectionAccess, ...]
    price: int
    standing: Standing

    @property
    def locked(self) -> list[SectionAccess]:
        return [part for part in self.sections if not part.is_open]

    @property
    def opened(self) -> list[SectionAccess]:
        return [part for part in self.sections if part.is_open]

    @property
    def state(self) -> str:
        return "locked" if self.locked else "open"

    @property
    def owned(self) -> Reason | None:
        """What opened the parts that a registered reader would find locked, if anything did."""
        reasons = (part.reason for part in self.opened if part.level == Level.LOCKED)
        return next((reason for reason in reasons if reason != Reason.REGISTERED), None)

    @property
    def way_in(self) -> WayIn | None:
        if not self.locked:
            return None
        if not self.standing.signed_in:
            return WayIn.REGISTER
        if self.standing.on_hold:
            return WayIn.WRITE
        return WayIn.BUY if self.missing else WayIn.UNLOCK

    @property
    def shape(self) -> tuple[object, ...]:
        """All that decides which words stand on the page, but for numbers. Whoever changes what a template
        asks of an Access looks here too."""
        parts = tuple((part.section.slug, part.level, part.reason) for part in self.sections)
        return (*parts, self.way_in, self.way_in is WayIn.BUY and self.standing.owed > 0)

    def before(self, standing: Standing) -> "Access":
        """The same briefing before another reader, as far as the rule goes: it carries no text."""
        parts = (
            replace(part, reason=decide(part.level, self.price, standing), blocks=None)
            for part in self.sections
        )
        return Access(sections=tuple(parts), price=self.price, standing=standing)

    @property
    def missing(self) -> int:
        """Credits the reader lacks. What is owed is paid first, by the next that come in."""
        return self.standing.owed + max(0, self.price - self.standing.balance)

    @property
    def account_is_enough(self) -> bool:
        """True where a visitor needs an account and no credit."""
        return self.price == 0 or all(part.level == Level.REGISTERED for part in self.locked)


def access_for(reader: Reader, page: GatedInsights) -> Access:
    """One query for a signed-in reader, none for a visitor. What cannot be found out is locked."""
    try:
        standing = standing_of(reader, page, page.briefing_key)
    except DatabaseError:
        logger.exception("The standing of reader %s could not be read: locked", reader.pk)
        standing = VISITOR
    return access_of(standing, page)


def access_of(standing: Standing, page: GatedInsights) -> Access:
    parts = (part_of(section, standing, page) for section in SECTIONS)
    return Access(
        sections=tuple(part for part in parts if part.teaser.count), price=page.price, standing=standing
    )


def part_of(section: Section, standing: Standing, page: GatedInsights) -> SectionAccess:
    blocks = getattr(page, section.field)
    level = getattr(page, section.level_field)
    reason = decide(level, page.price, standing)
    return SectionAccess(
        section=section,
        level=level,
        reason=reason,
        teaser=teaser_of(section, blocks),
        blocks=blocks if reason else None,
    )
