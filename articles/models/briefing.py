import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import Length, RowNumber, Substr
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet
from wagtail.search import index

from articles.blocks import StoryBlock
from articles.cards import Card, card_of
from articles.pictures import ShownPicture, hero_of
from articles.preview import PREVIEW_MODES, as_previewed
from articles.reading import context_of
from articles.serving import ServedToAll
from articles.story import minutes_to_read, story_text
from insights.gated import GatedInsights
from insights.page_form import GatedPageForm

from .people import Author
from .picture import Picture

FEED = "feed"
REPUBLISHED_AFTER = datetime.timedelta(hours=1)


class BriefingQuerySet(PageQuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-date", "-first_published_at", "-pk")

    def listed_on(self, page: Page) -> Self:
        """Published, and behind no restriction but those that the listing itself stands behind."""
        others = PageViewRestriction.objects.exclude(pk__in=page.get_view_restrictions())
        hidden = [self.descendant_of_q(row.page, inclusive=True) for row in others.select_related("page")]
        return self.live().exclude(reduce(or_, hidden, Q(pk=None)))

    def for_cards(self) -> Self:
        """With all that a card shows, in a constant number of queries."""
        return self.defer_streamfields_of_the_gate().select_related("alias_of", "hero")

    def defer_streamfields_of_the_gate(self) -> Self:
        return self.defer("key_insights", "takeaways", "executive_actions")

    def for_feeds(self) -> Self:
        return self.prefetch_related("bylines__author", "tags")

    def for_reading(self) -> Self:
        return self.select_related("alias_of", "hero")

    def newest_of_each_section(self, number: int) -> Self:
        ranked = Window(
            RowNumber(),
            partition_by=Substr("path", 1, Length("path") - Page.steplen),
            order_by=[F("date").desc(), F("first_published_at").desc(), F("pk").desc()],
        )
        return self.annotate(place=ranked).filter(place__lte=number)


class BriefingTag(TaggedItemBase):
    content_object = ParentalKey(
        "articles.BriefingPage", on_delete=models.CASCADE, related_name="tagged_items"
    )


class BriefingPage(ServedToAll, GatedInsights, Page):
    """One published piece: a public story, and its insights behind the gate."""

    standfirst = models.CharField(
        max_length=300, help_text="The summary under the headline. Everyone reads it."
    )
    date = models.DateField(default=timezone.localdate, help_text="The date the briefing carries.")
    body = StreamField(StoryBlock(), verbose_name="story")
    hero = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hero_alt = models.CharField(
        "alternative text",
        max_length=255,
        blank=True,
        help_text="What the picture shows. Empty: the picture's own description.",
    )
    tags = ClusterTaggableManager(through=BriefingTag, blank=True)

    objects = PageManager.from_queryset(BriefingQuerySet)()

    base_form_class = GatedPageForm
    template = "articles/briefing_page.html"
    parent_page_types = ["articles.SectionPage"]
    subpage_types: list[str] = []
    search_fields = [*Page.search_fields, index.SearchField("standfirst")]

    story_panels = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldPanel("date"),
        MultiFieldPanel([FieldPanel("hero"), FieldPanel("hero_alt")], heading="Picture"),
        FieldPanel("body"),
        InlinePanel("bylines", label="Author", heading="By"),
        InlinePanel("sources", label="Source", heading="According to"),
        FieldPanel("tags"),
        InlinePanel("corrections", label="Correction", heading="Corrections"),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(story_panels, heading="Story"),
            ObjectList(GatedInsights.insight_panels, heading="Insights"),
            ObjectList(Page.promote_panels, heading="Promote"),
            ObjectList(Page.settings_panels, heading="Settings"),
        ]
    )

    class Meta(GatedInsights.Meta):
        verbose_name = "briefing"

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        return PREVIEW_MODES

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return super().serve_preview(as_previewed(request, mode_name), mode_name)

    def clean(self) -> None:
        super().clean()
        if self.slug == FEED:
            raise ValidationError({"slug": "The section’s feed has this address."})

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """An alias is found at the address of its source."""
        return [] if self.alias_of_id else super().get_sitemap_urls(request)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), **context_of(request, self)}

    @property
    def minutes(self) -> int:
        return minutes_to_read(self.body)

    @property
    def story_text(self) -> str:
        return story_text(self.body)

    @property
    def card(self) -> Card:
        return card_of(self)

    @cached_property
    def section(self) -> Page:
        return self.get_parent()

    @property
    def updated(self) -> datetime.datetime | None:
        """When it was last published again, if that was more than an hour after the first time."""
        first, last = self.first_published_at, self.last_published_at
        return last if first and last and last - first > REPUBLISHED_AFTER else None

    @property
    def hero_description(self) -> str:
        return self.hero_alt or (self.hero.default_alt_text if self.hero else "")

    @property
    def hero_image(self) -> ShownPicture | None:
        return hero_of(self)

    @property
    def canonical_page(self) -> Page:
        page: Page = self
        while page.alias_of_id is not None:
            page = page.alias_of
        return page


class Byline(Orderable):
    page = ParentalKey(BriefingPage, on_delete=models.CASCADE, related_name="bylines")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="bylines")

    panels = [FieldPanel("author")]


class BriefingSource(Orderable):
    """Whose reporting the briefing rests on: "According to The Hollywood Reporter"."""

    page = ParentalKey(BriefingPage, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=160)
    url = models.URLField("address", blank=True)

    panels = [FieldPanel("name"), FieldPanel("url")]


class Correction(Orderable):
    page = ParentalKey(BriefingPage, on_delete=models.CASCADE, related_name="corrections")
    date = models.DateField(default=timezone.localdate)
    text = models.TextField(max_length=1000, help_text="What was wrong, and what is right.")

    panels = [FieldPanel("date"), FieldPanel("text")]
