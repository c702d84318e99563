from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from articles.addresses import refuse_the_sites_own
from articles.cards import with_own_states
from articles.serving import ServedToAll

from .briefing import BriefingPage

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
        briefings = BriefingPage.objects.listed_on(self).child_of(self).newest_first().for_cards()
        listing = Paginator(briefings, A_PAGE).get_page(request.GET.get("page"))
        cards = with_own_states([page.card for page in listing.object_list], request.user)
        return {**super().get_context(request, *args, **kwargs), "listing": listing, "cards": cards}
