"""What the public story is made of."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.blocks import (
    CharBlock,
    ChoiceBlock,
    PageChooserBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
    TextBlock,
    URLBlock,
)
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock

from .pictures import figure_of

PARAGRAPH = ["bold", "italic", "link", "ol", "ul", "superscript", "subscript"]


@dataclass(frozen=True)
class Provider:
    """A host of videos that may stand in a story, and the cookie-less address its player has."""

    name: str
    pattern: re.Pattern[str]
    player: str


PROVIDERS = (
    Provider(
        "YouTube",
        re.compile(
            r"^https://(?:www\.)?(?:youtube\.com/watch\?v=|youtu\.be/)(?P<id>[\w-]{6,20})(?:[&?].*)?$"
        ),
        "https://www.youtube-nocookie.com/embed/{id}",
    ),
    Provider(
        "Vimeo",
        re.compile(r"^https://(?:www\.)?vimeo\.com/(?P<id>\d{4,12})$"),
        "https://player.vimeo.com/video/{id}",
    ),
)


def player_of(url: str) -> str | None:
    """The player's address for a video on an allowed host, or None."""
    for provider in PROVIDERS:
        if match := provider.pattern.match(url):
            return provider.player.format(id=match["id"])
    return None


class HeadingBlock(StructBlock):
    text = CharBlock(max_length=160)
    level = ChoiceBlock(choices=[("2", "Heading"), ("3", "Subheading")], default="2")

    class Meta:
        icon = "title"
        template = "articles/blocks/heading.html"


class QuoteBlock(StructBlock):
    text = TextBlock(max_length=600)
    attribution = CharBlock(required=False, max_length=160)

    class Meta:
        icon = "openquote"
        template = "articles/blocks/quote.html"


class FigureBlock(StructBlock):
    image = ImageChooserBlock()
    alt = CharBlock(
        required=False,
        max_length=255,
        help_text="What it shows, for those who cannot see it. Empty: the picture's own.",
    )
    caption = CharBlock(required=False, max_length=300)

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        return {**context, "picture": figure_of(value["image"], value["alt"]) if value["image"] else None}

    class Meta:
        icon = "image"
        template = "articles/blocks/figure.html"


class VideoBlock(StructBlock):
    """Named embed in the editor. The player is framed, sandboxed and sends no referrer."""

    url = URLBlock(help_text="The page of a video on YouTube or Vimeo.")
    title = CharBlock(max_length=160, help_text="Says what the video is, for those who cannot see it.")

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if player_of(cleaned["url"]) is None:
            names = " or ".join(provider.name for provider in PROVIDERS)
            raise ValidationError(f"Only the address of a video on {names} can be embedded.")
        return cleaned

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        return {**context, "player": player_of(value["url"])}

    class Meta:
        icon = "media"
        template = "articles/blocks/embed.html"


class StoryBlock(StreamBlock):
    paragraph = RichTextBlock(features=PARAGRAPH, template="articles/blocks/paragraph.html")
    heading = HeadingBlock()
    quote = QuoteBlock()
    figure = FigureBlock()
    table = TypedTableBlock(
        [
            ("text", CharBlock(required=False)),
            ("rich_text", RichTextBlock(features=["bold", "italic", "link"])),
        ],
        template="articles/blocks/table.html",
    )
    embed = VideoBlock()
    related = PageChooserBlock(
        page_type="articles.BriefingPage", label="Related briefing", template="articles/blocks/related.html"
    )
