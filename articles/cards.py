"""A briefing as other pages show it: its public face, and what it is to the reader who looks."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from insights.standing import Reader
from insights.states import states_for

from .pictures import ShownPicture, image_of

if TYPE_CHECKING:
    from .models import BriefingPage


@dataclass(frozen=True)
class Card:
    """Public, and the same for everyone but for ``own``: what the reader's standing makes of it."""

    pk: int
    briefing_key: UUID
    title: str
    standfirst: str
    url: str
    date: datetime.date
    minutes: int
    price: int
    image: ShownPicture | None
    own: str = ""


def card_of(page: "BriefingPage") -> Card:
    return Card(
        pk=page.pk,
        briefing_key=page.briefing_key,
        title=page.title,
        standfirst=page.standfirst,
        url=page.url,
        date=page.date,
        minutes=page.reading_minutes,
        price=page.price,
        image=image_of(page),
    )


def with_own_states(cards: Iterable[Card], reader: Reader) -> list[Card]:
    """One query for a signed-in reader, whatever the number of cards; none for a visitor."""
    cards = list(cards)
    states = states_for(reader, [card.briefing_key for card in cards])
    return [replace(card, own=states.get(card.briefing_key, "")) for card in cards]
