from typing import Any, cast

from django.core.paginator import Page as PageOfListing
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from articles.addresses import refuse_the_sites_own
from articles.cards import Card, with_own_states
from articles.serving import ServedToAll
from articles.versions import kept

from .briefing import BriefingPage
from .listed import ListedBriefing, ListedQuerySet

A_PAGE = 12


class SectionPage(ServedToAll, Page):
    """A desk that briefings are filed under."""

    standfirst = models.CharField(max_length=255, blank=True)

    template = "articles/section_page.html"
    content_panels = [*Page.content_panels, FieldPanel("standfirst")]
    parent_page_types = ["articles.HomePage"]
    subpage_types = ["articles.BriefingPage"]

    def clean(self) -> None:
        super().clean()
        refuse_the_sites_own(self.slug)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        listing = self.listing(request.GET.get("page"))
        cards = kept(f"section:{self.pk}:{listing.number}", lambda: cards_on(listing))
        shown = with_own_states(cards, request.user)
        return {**super().get_context(request, *args, **kwargs), "listing": listing, "cards": shown}

    def listing(self, number: str | None) -> "PageOfListing[ListedBriefing]":
        rows = ListedBriefing.objects.shown_on(self).filed_under(self.path)
        paginator = Paginator(rows.newest_first(), A_PAGE)
        # Where the paginator looks first, and else counts.
        paginator.count = kept(f"filed:{self.pk}", rows.count)
        return paginator.get_page(number)


def cards_on(listing: "PageOfListing[ListedBriefing]") -> list[Card]:
    rows = cast(ListedQuerySet, listing.object_list)
    return [page.card for page in BriefingPage.objects.placed(rows.values("page"))]
