"""What an editor writes behind the gate: one typed block a kind, so that every one has the same parts."""

from django.db import models
from wagtail.blocks import CharBlock, ChoiceBlock, RichTextBlock, StreamBlock, StructBlock, URLBlock

from .file_blocks import DocumentBlock, PictureBlock

INLINE = ["bold", "italic", "link"]
MOST_IN_A_SECTION = 12
# The blocks that hold a private file.
FILED = ("exhibit", "attachment")


class Confidence(models.TextChoices):
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Effort(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class KeyInsightBlock(StructBlock):
    statement = RichTextBlock(
        features=INLINE, max_length=400, help_text="One sentence a reader could repeat in a meeting."
    )
    evidence = RichTextBlock(
        features=INLINE,
        required=False,
        max_length=600,
        help_text="What shows it: a figure, a filing, a fact.",
    )
    source_name = CharBlock(required=False, max_length=120, label="Source")
    source_url = URLBlock(required=False, label="Source address")
    confidence = ChoiceBlock(
        choices=Confidence.choices, required=False, help_text="How sure the desk is that the statement holds."
    )

    class Meta:
        icon = "pick"
        label = "Key Insight"


class TakeawayBlock(StructBlock):
    text = RichTextBlock(features=INLINE, max_length=600, help_text="What it means for those named below.")
    audience = CharBlock(
        required=False, max_length=80, label="For whom", help_text="Studios, platforms, agencies …"
    )

    class Meta:
        icon = "tick"
        label = "Take-away"


class ExecutiveActionBlock(StructBlock):
    action = RichTextBlock(
        features=INLINE, max_length=400, help_text="An imperative: begin with what the reader should do."
    )
    owner = CharBlock(
        required=False, max_length=80, help_text="The role that should do it: CTO, CFO, legal …"
    )
    horizon = CharBlock(required=False, max_length=80, help_text="By when: this week, this quarter …")
    effort = ChoiceBlock(choices=Effort.choices, required=False)
    measure = RichTextBlock(
        features=INLINE,
        required=False,
        max_length=400,
        label="Success measure",
        help_text="How one will know.",
    )

    class Meta:
        icon = "bolt"
        label = "Executive Action"


class ExhibitBlock(StructBlock):
    """A chart or picture, as private as the section it stands in."""

    file = PictureBlock(label="Picture")
    alt = CharBlock(
        max_length=255,
        label="Alternative text",
        help_text="What it shows, for those who cannot see it. Of a chart: what it says.",
    )
    caption = CharBlock(max_length=300, help_text="What to see in it, and where its figures come from.")

    class Meta:
        icon = "image"
        label = "Exhibit"


class AttachmentBlock(StructBlock):
    """A document to take along, as private as the section it stands in."""

    file = DocumentBlock(label="Document")
    title = CharBlock(max_length=120, help_text="What it is: “Model contract clause”.")

    class Meta:
        icon = "doc-full"
        label = "Attachment"


class KeyInsightsBlock(StreamBlock):
    key_insight = KeyInsightBlock()
    exhibit = ExhibitBlock()
    attachment = AttachmentBlock()

    class Meta:
        max_num = MOST_IN_A_SECTION
        required = False


class TakeawaysBlock(StreamBlock):
    takeaway = TakeawayBlock()
    exhibit = ExhibitBlock()
    attachment = AttachmentBlock()

    class Meta:
        max_num = MOST_IN_A_SECTION
        required = False


class ExecutiveActionsBlock(StreamBlock):
    executive_action = ExecutiveActionBlock()
    exhibit = ExhibitBlock()
    attachment = AttachmentBlock()

    class Meta:
        max_num = MOST_IN_A_SECTION
        required = False
