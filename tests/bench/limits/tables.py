"""The site's tables, with no more columns than a view needs that asks for little."""

from django.db import models


class TheSites(models.Model):
    class Meta:
        abstract = True
        app_label = "limits"
        managed = False

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class Session(TheSites):
    session_key = models.CharField(primary_key=True, max_length=40)
    session_data = models.TextField()
    expire_date = models.DateTimeField()

    class Meta(TheSites.Meta):
        db_table = "accounts_readersession"


class Reader(TheSites):
    email = models.EmailField()
    wallet_id = models.BigIntegerField()
    is_active = models.BooleanField()

    class Meta(TheSites.Meta):
        db_table = "accounts_user"


class Briefing(TheSites):
    title = models.CharField(max_length=255)
    url_path = models.TextField()
    live = models.BooleanField()

    class Meta(TheSites.Meta):
        db_table = "wagtailcore_page"
