"""RSS: the public story whole, and an honest line on what stands behind the gate."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.feedgenerator import Rss201rev2Feed
from wagtail.models import Page, Site

from insights.access import access_of
from insights.standing import VISITOR

from .gathering import gathered_of
from .models import BriefingPage, ListedBriefing, SectionPage
from .plan import plan
from .story_html import story_html
from .visitors import for_every_visitor

MOST = 20
# No XML can carry these, and one of them would take the whole feed away.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def readable(value: Any) -> Any:
    return CONTROL.sub("", value) if isinstance(value, str) else value


class WholeStoryFeed(Rss201rev2Feed):
    def add_item(self, *args: Any, **kwargs: Any) -> None:
        super().add_item(*map(readable, args), **{name: readable(value) for name, value in kwargs.items()})

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["story"])


def public_section(url_path: str) -> SectionPage:
    desk = plan().desk_at(url_path)
    if desk is None or plan().restrictions_of(desk.path):
        raise Http404
    return get_object_or_404(SectionPage.objects.live(), pk=desk.pk)


class LatestBriefings(Feed[BriefingPage, Page]):
    feed_type = WholeStoryFeed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return for_every_visitor(request, super().__call__(request, *args, **kwargs))

    def get_object(self, request: HttpRequest, section: str = "") -> Page:
        """The section, or the home for the feed of the whole site."""
        site = Site.find_for_request(request)
        if site is None:
            raise Http404
        if not section:
            return site.root_page
        return public_section(f"{site.root_page.url_path}{section}/")

    def title(self, above: Page) -> str:
        name = settings.WAGTAIL_SITE_NAME
        return f"{name}: {above.title}" if isinstance(above, SectionPage) else name

    def link(self, above: Page) -> str:
        return above.url or "/"

    def description(self, above: Page) -> str:
        described = isinstance(above, SectionPage) and above.standfirst
        return described or "Executive briefings. Every story is free to read."

    def items(self, above: Page) -> Iterable[BriefingPage]:
        rows = ListedBriefing.objects.public().once()
        section = isinstance(above, SectionPage)
        filed = rows.filed_under(above.path) if section else rows.beneath(above.path)
        named = filed.newest(MOST).values("page")
        return BriefingPage.objects.live().filter(pk__in=named).newest_first().for_feeds()

    def item_title(self, page: BriefingPage) -> str:
        return page.title

    def item_description(self, page: BriefingPage) -> str:
        return page.standfirst

    def item_link(self, page: BriefingPage) -> str:
        return page.url

    def item_pubdate(self, page: BriefingPage) -> datetime:
        return page.first_published_at or datetime.combine(page.date, time(), UTC)

    def item_categories(self, page: BriefingPage) -> list[str]:
        return gathered_of(page).tags

    def item_author_name(self, page: BriefingPage) -> str:
        return ", ".join(gathered_of(page).bylines)

    def item_extra_kwargs(self, page: BriefingPage) -> dict[str, str]:
        context = {
            "page": page,
            "body": story_html(page.body, path=page.path),
            "access": access_of(VISITOR, page),
        }
        return {"story": render_to_string("articles/feed_story.html", context)}
