"""RSS: the public story whole, and an honest line on what stands behind the gate."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.feedgenerator import Rss201rev2Feed
from wagtail.models import Site

from insights.access import access_of
from insights.standing import VISITOR

from .models import BriefingPage, SectionPage
from .visitors import for_every_visitor

MOST = 20


class WholeStoryFeed(Rss201rev2Feed):
    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["story"])


class LatestBriefings(Feed[BriefingPage, SectionPage | None]):
    feed_type = WholeStoryFeed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return for_every_visitor(request, super().__call__(request, *args, **kwargs))

    def get_object(self, request: HttpRequest, section: str = "") -> SectionPage | None:
        self.site = Site.find_for_request(request)
        if not section:
            return None
        found = SectionPage.objects.live().public().child_of(self.site.root_page).filter(slug=section).first()
        if found is None:
            raise Http404
        return found

    def title(self, section: SectionPage | None) -> str:
        return f"{settings.WAGTAIL_SITE_NAME}: {section.title}" if section else settings.WAGTAIL_SITE_NAME

    def link(self, section: SectionPage | None) -> str:
        return section.url if section else "/"

    def description(self, section: SectionPage | None) -> str:
        return section.standfirst if section else "Executive briefings. Every story is free to read."

    def items(self, section: SectionPage | None) -> Iterable[BriefingPage]:
        above = section or self.site.root_page
        briefings = BriefingPage.objects.live().public().descendant_of(above).filter(alias_of=None)
        return briefings.newest_first().for_feeds()[:MOST]

    def item_title(self, page: BriefingPage) -> str:
        return page.title

    def item_description(self, page: BriefingPage) -> str:
        return page.standfirst

    def item_link(self, page: BriefingPage) -> str:
        return page.url

    def item_pubdate(self, page: BriefingPage) -> datetime:
        return page.first_published_at or datetime.combine(page.date, time(), UTC)

    def item_categories(self, page: BriefingPage) -> list[str]:
        return [tag.name for tag in page.tags.all()]

    def item_author_name(self, page: BriefingPage) -> str:
        return ", ".join(line.author.name for line in page.bylines.all())

    def item_extra_kwargs(self, page: BriefingPage) -> dict[str, str]:
        context = {"page": page, "access": access_of(VISITOR, page)}
        return {"story": render_to_string("articles/feed_story.html", context)}
