from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

from articles.story import minutes_to_read

SQL = Path(__file__).parent.parent / "sql" / "0004_listing.sql"
BACK = """
DROP TRIGGER listing_follows_the_page ON wagtailcore_page;
DROP TRIGGER listing_follows_the_briefing ON articles_briefingpage;
DROP FUNCTION articles_list_anew();
"""


def measure(apps, schema_editor):
    briefings = apps.get_model("articles", "BriefingPage").objects
    for page in briefings.only("body").iterator(chunk_size=200):
        briefings.filter(pk=page.pk).update(reading_minutes=minutes_to_read(page.body))


class Migration(migrations.Migration):
    dependencies = [
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("articles", "0003_pictures_made"),
    ]

    operations = [
        migrations.AddField(
            model_name="briefingpage",
            name="reading_minutes",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.RunPython(measure, migrations.RunPython.noop),
        migrations.CreateModel(
            name="ListedBriefing",
            fields=[
                (
                    "page",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="listed",
                        serialize=False,
                        to="articles.briefingpage",
                    ),
                ),
                ("under", models.CharField(max_length=255)),
                ("date", models.DateField()),
                ("first_published_at", models.DateTimeField(null=True)),
                ("is_alias", models.BooleanField()),
            ],
            options={
                "indexes": [
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
                        condition=models.Q(("is_alias", False)),
                        name="listed_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL.read_text(), BACK),
    ]
