"""What a reader owns: every unlock, with the briefing it opens while that is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from wagtail.models import Page

from accounts.models import User

from .models import Unlock


@dataclass(frozen=True)
class Owned:
    unlock: Unlock
    page: Page | None


class Library(Sequence[Owned]):
    """A reader's unlocks, newest first, sliced by a paginator: two queries a slice."""

    def __init__(self, unlocks: QuerySet[Unlock]) -> None:
        self.unlocks = unlocks

    def __len__(self) -> int:
        return self.unlocks.count()

    def __getitem__(self, wanted):  # type: ignore[no-untyped-def]
        rows = list(self.unlocks[wanted]) if isinstance(wanted, slice) else [self.unlocks[wanted]]
        pages = pages_by_key([row.briefing_key for row in rows])
        owned = [Owned(unlock=row, page=pages.get(row.briefing_key)) for row in rows]
        return owned if isinstance(wanted, slice) else owned[0]


def library_of(reader: User) -> Library:
    return Library(Unlock.objects.standing().filter(reader=reader))


def pages_by_key(keys: list[UUID]) -> dict[UUID, Page]:
    originals = Page.objects.live().filter(translation_key__in=keys, alias_of=None).order_by("-pk")
    return {page.translation_key: page for page in originals}
