"""The site's tables, with no more columns than a view needs that asks for little."""

from django.db import models


class Session(models.Model):
    session_key = models.CharField(primary_key=True, max_length=40)
    session_data = models.TextField()
    expire_date = models.DateTimeField()

    class Meta:
        app_label = "limits"
        managed = False
        db_table = "django_session"

    def __str__(self) -> str:
        return self.session_key


class Reader(models.Model):
    email = models.EmailField()
    wallet_id = models.BigIntegerField()
    is_active = models.BooleanField()

    class Meta:
        app_label = "limits"
        managed = False
        db_table = "accounts_user"

    def __str__(self) -> str:
        return self.email


class Briefing(models.Model):
    title = models.CharField(max_length=255)
    url_path = models.TextField()
    live = models.BooleanField()

    class Meta:
        app_label = "limits"
        managed = False
        db_table = "wagtailcore_page"

    def __str__(self) -> str:
        return self.title
