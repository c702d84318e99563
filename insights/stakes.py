"""What an unlock has to know of a briefing: its price, and what it would open."""

from dataclasses import dataclass
from uuid import UUID

from .access import decide
from .gated import GatedInsights
from .sections import SECTIONS, Section
from .standing import Standing


@dataclass(frozen=True)
class Stakes:
    """``levels`` are those of the sections that hold anything."""

    key: UUID
    title: str
    price: int
    levels: tuple[str, ...]

    def closed_to(self, standing: Standing) -> bool:
        """True where any of it is."""
        return any(decide(level, self.price, standing) is None for level in self.levels)


def stakes_of(page: GatedInsights) -> Stakes:
    return Stakes(
        key=page.briefing_key,
        title=page.title,
        price=page.price,
        levels=tuple(getattr(page, part.level_field) for part in SECTIONS if holds_anything(page, part)),
    )


def holds_anything(page: GatedInsights, section: Section) -> bool:
    known: bool | None = page.__dict__.get(section.filled_field)
    return bool(getattr(page, section.field).raw_data) if known is None else known
