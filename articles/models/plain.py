from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from articles.addresses import refuse_the_sites_own
from articles.blocks import StoryBlock
from articles.serving import ServedToAll


class PlainPage(ServedToAll, Page):
    """About, terms and the like: public text and nothing to sell."""

    body = StreamField(StoryBlock(), blank=True)

    template = "articles/plain_page.html"
    content_panels = [*Page.content_panels, FieldPanel("body")]
    parent_page_types = ["articles.HomePage"]
    subpage_types: list[str] = []

    def clean(self) -> None:
        super().clean()
        refuse_the_sites_own(self.slug)
