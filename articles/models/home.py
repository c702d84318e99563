from typing import Any

from django.http import Http404, HttpRequest
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from articles.cards import Card, with_own_states
from articles.serving import ServedToAll

from .briefing import BriefingPage
from .section import SectionPage

LATEST = 7
IN_A_SECTION = 3


class HomePage(ServedToAll, Page):
    """The front: one lead, the latest, then the newest of every section."""

    template = "articles/home_page.html"
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["articles.SectionPage", "articles.PlainPage"]

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """A briefing's address is found in one query instead of one a path component."""
        if len(path_components) == 2:
            url_path = f"{self.url_path}{'/'.join(path_components)}/"
            briefing = BriefingPage.objects.live().for_reading().filter(url_path=url_path).first()
            if briefing is None:
                raise Http404
            return RouteResult(briefing)
        return super().route(request, path_components)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        latest = [page.card for page in self.briefings().filter(alias_of=None)[: LATEST + 1]]
        groups = self.by_section()
        shown = with_own_states([*latest, *(card for _, cards in groups for card in cards)], request.user)
        mine = {card.pk: card for card in shown}
        return {
            **super().get_context(request, *args, **kwargs),
            "lead": mine[latest[0].pk] if latest else None,
            "latest": [mine[card.pk] for card in latest[1:]],
            "groups": [(section, [mine[card.pk] for card in cards]) for section, cards in groups],
        }

    def briefings(self):  # type: ignore[no-untyped-def]
        return BriefingPage.objects.listed_on(self).descendant_of(self).newest_first().for_cards()

    def by_section(self) -> list[tuple[SectionPage, list[Card]]]:
        """The newest of each section, whatever their number: one ranked query."""
        sections = {section.path: section for section in SectionPage.objects.live().child_of(self)}
        groups: dict[str, list[Card]] = {path: [] for path in sections}
        for page in self.briefings().newest_of_each_section(IN_A_SECTION):
            groups.get(page.path[: -page.steplen], []).append(page.card)
        return [(section, groups[path]) for path, section in sections.items() if groups[path]]
