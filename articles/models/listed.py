from typing import Self

from django.db import models
from django.db.models import F, Q
from wagtail.models import Page

from articles.plan import Restricted, plan


class ListedQuerySet(models.QuerySet["ListedBriefing"]):
    def newest_first(self) -> Self:
        return self.order_by("-date", "-first_published_at", "-page")

    def filed_under(self, path: str) -> Self:
        return self.filter(under=path)

    def beneath(self, path: str) -> Self:
        return self.filter(under__startswith=path)

    def once(self) -> Self:
        """Where the sources stand, aliases need not."""
        return self.filter(is_alias=False)

    def shown_on(self, page: Page) -> Self:
        """What stands behind no restriction but those that the listing itself stands behind."""
        return self.without(plan().restrictions_beside(page.path))

    def public(self) -> Self:
        return self.without(plan().restricted)

    def without(self, restricted: tuple[Restricted, ...]) -> Self:
        if not restricted:
            return self
        beneath = Q(page__in=[each.pk for each in restricted])
        for each in restricted:
            beneath |= Q(under__startswith=each.path)
        return self.exclude(beneath)

    def newest(self, number: int) -> Self:
        return self.newest_first()[:number]


class ListedBriefing(models.Model):
    """A live briefing's place in the listings. Triggers on the pages' tables write it: nothing else does.

    ``under`` is the tree path of the page that it is filed under.
    """

    page = models.OneToOneField(
        "articles.BriefingPage", on_delete=models.DO_NOTHING, primary_key=True, related_name="listed"
    )
    under = models.CharField(max_length=255)
    date = models.DateField()
    first_published_at = models.DateTimeField(null=True)
    is_alias = models.BooleanField()

    objects = ListedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                F("under"),
                F("date").desc(),
                F("first_published_at").desc(),
                F("page").desc(),
                name="listed_in_a_section",
            ),
            models.Index(
                F("date").desc(),
                F("first_published_at").desc(),
                F("page").desc(),
                name="listed_once",
                condition=Q(is_alias=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.page_id}"
