import datetime
from functools import cached_property
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from articles.blocks import StoryBlock
from articles.cards import Card, card_of
from articles.gathering import FOR_FEEDS, FOR_READING, rows_for
from articles.pictures import ShownPicture, hero_of
from articles.plan import Desk, plan
from articles.preview import PREVIEW_MODES, as_previewed
from articles.reading import context_of
from articles.serving import ServedToAll
from articles.story import minutes_to_read, story_text
from insights.gated import GatedInsights
from insights.page_form import GatedPageForm

from .listed import ListedBriefing
from .people import Author
from .picture import Picture

FEED = "feed"
REPUBLISHED_AFTER = datetime.timedelta(hours=1)
ON_A_CARD = (
    *("path", "url_path", "title", "translation_key", "alias_of__alias_of", "alias_of__translation_key"),
    *("standfirst", "date", "price", "reading_minutes", "hero", "hero_alt"),
)


class BriefingQuerySet(PageQuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-date", "-first_published_at", "-pk")

    def placed(self, *places: models.QuerySet[Any]) -> "list[BriefingPage]":
        """Those that one of these queries names by the listing's rows, newest first, as cards show them."""
        first, *rest = places
        named = first.union(*rest, all=True) if rest else first
        return list(self.live().filter(pk__in=named).newest_first().for_cards())

    def for_cards(self) -> Self:
        """With all that a card shows, and no more: no story, and nothing of the gate."""
        return self.select_related("alias_of", "hero").only(*ON_A_CARD)

    def for_feeds(self) -> Self:
        return self.annotate(rows=rows_for(FOR_FEEDS)).select_related("alias_of")

    def for_reading(self) -> Self:
        """With all that its page shows of other tables: one query."""
        return self.annotate(rows=rows_for(FOR_READING)).select_related("alias_of", "hero")


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
    # Of the story as it is saved: a card says it and does not read the story for it.
    reading_minutes = models.PositiveSmallIntegerField(default=1, editable=False)

    # The version of what was published when it was read; empty where nobody noted it.
    read_for = ""

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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if "body" not in self.get_deferred_fields():
            self.reading_minutes = self.minutes
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self.slug == FEED:
            raise ValidationError({"slug": "The section’s feed has this address."})

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

    def newest_others(self, number: int) -> list[Card]:
        """Of those that are filed where it is."""
        beside = ListedBriefing.objects.shown_on(self).filed_under(self.under).exclude(page=self.pk)
        return [page.card for page in type(self).objects.placed(beside.newest(number).values("page"))]

    @property
    def under(self) -> str:
        """The tree path of the page that it is filed under."""
        return self.path[: -self.steplen]

    @cached_property
    def section(self) -> Desk | Page:
        return plan().desks.get(self.under) or self.get_parent()

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
    def canonical_url(self) -> str:
        return plan().full_url_of(self.canonical_page.url_path) or ""

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
