"""What a page gains by having insights: three sections, a level for each, one price for all."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.validators import MaxValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField

from .blocks import ExecutiveActionsBlock, KeyInsightsBlock, TakeawaysBlock
from .sections import SECTIONS, Level

if TYPE_CHECKING:
    from wagtail.models import Page as MixedInto
else:
    MixedInto = models.Model

DEAREST = 99


def level_field() -> Any:
    return models.CharField("who may read it", max_length=10, choices=Level, default=Level.LOCKED)


class GatedInsights(MixedInto):
    """Mix into a Wagtail page. Read the sections through ``access_for``, never from the fields."""

    key_insights = StreamField(KeyInsightsBlock(), blank=True, verbose_name="Key Insights")
    key_insights_access = level_field()
    takeaways = StreamField(TakeawaysBlock(), blank=True, verbose_name="Take-aways")
    takeaways_access = level_field()
    executive_actions = StreamField(ExecutiveActionsBlock(), blank=True, verbose_name="Executive Actions")
    executive_actions_access = level_field()
    price = models.PositiveSmallIntegerField(
        default=1,
        validators=[MaxValueValidator(DEAREST)],
        help_text="In credits, 0 to 99. One unlock opens all locked sections for good. "
        "At 0 a free account is enough.",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__lte=DEAREST), name="%(app_label)s_%(class)s_price_at_most_99"
            )
        ]

    insight_panels = [
        FieldPanel("price"),
        *(
            MultiFieldPanel(
                [FieldPanel(section.level_field), FieldPanel(section.field)], heading=section.title
            )
            for section in SECTIONS
        ),
    ]

    @property
    def briefing_key(self) -> UUID:
        """What an unlock belongs to: shared by a briefing, its aliases and its translations."""
        return source_of(self).translation_key


def source_of(page: Any) -> Any:
    """Itself, or what it is an alias of: an alias of an alias included."""
    while page.alias_of_id is not None:
        page = page.alias_of
    return page
