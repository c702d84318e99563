from typing import Any

from django.http import Http404, HttpRequest
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from articles.cards import Card, with_own_states
from articles.plan import Desk, plan
from articles.serving import ServedToAll
from articles.versions import kept, version

from .briefing import BriefingPage
from .listed import ListedBriefing
from .section import SectionPage

LATEST = 7
IN_A_SECTION = 3
Groups = list[tuple[Desk, list[Card]]]


class HomePage(ServedToAll, Page):
    """The front: one lead, the latest, then the newest of every section."""

    template = "articles/home_page.html"
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["articles.SectionPage", "articles.PlainPage"]

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """A section's address, and a briefing's, is found in one query instead of one a path component."""
        first, *rest = path_components or [""]
        desk = plan().desk_at(f"{self.url_path}{first}/")
        if desk is None or len(rest) > 1:
            return super().route(request, path_components)
        return found(
            briefing_at(desk, *rest) if rest else SectionPage.objects.live().filter(pk=desk.pk).first()
        )

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        latest, groups = kept(f"front:{self.pk}", self.front)
        shown = with_own_states([*latest, *(card for _, cards in groups for card in cards)], request.user)
        mine = {card.pk: card for card in shown}
        return {
            **super().get_context(request, *args, **kwargs),
            "lead": mine[latest[0].pk] if latest else None,
            "latest": [mine[card.pk] for card in latest[1:]],
            "groups": [(desk, [mine[card.pk] for card in cards]) for desk, cards in groups],
        }

    def front(self) -> tuple[list[Card], Groups]:
        """The latest, each once; and the newest of each section, whatever their number: one query."""
        desks = [desk for desk in plan().desks.values() if desk.path.startswith(self.path)]
        shown = ListedBriefing.objects.shown_on(self)
        latest = shown.once().beneath(self.path).newest(LATEST + 1)
        newest = [shown.filed_under(desk.path).newest(IN_A_SECTION) for desk in desks]
        pages = BriefingPage.objects.placed(*(rows.values("page") for rows in (latest, *newest)))
        once = [page.card for page in pages if page.alias_of_id is None]
        groups = [(desk, cards_under(desk, pages)) for desk in desks]
        return once[: LATEST + 1], [(desk, cards) for desk, cards in groups if cards]


def cards_under(desk: Desk, pages: list[BriefingPage]) -> list[Card]:
    return [page.card for page in pages if page.under == desk.path][:IN_A_SECTION]


def briefing_at(desk: Desk, slug: str) -> BriefingPage | None:
    """With the version of before it was read: what is made of it is kept for no later one.

    By the slug, which has an index, and not by the whole address, which has none.
    """
    read_for = version()
    filed = BriefingPage.objects.live().filter(slug=slug, path__startswith=desk.path, depth=desk.depth + 1)
    page = filed.for_reading().first()
    if page is not None:
        page.read_for = read_for
    return page


def found(page: Page | None) -> RouteResult:
    if page is None:
        raise Http404
    return RouteResult(page)
