from pathlib import Path

import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"
BACK = """
DROP TRIGGER gist_follows_the_text ON articles_publictext;
DROP FUNCTION articles_gist_anew();
DROP FUNCTION articles_spelt_of(tsvector);
DROP FUNCTION articles_gist_of(tsvector, integer, integer);
DROP FUNCTION find_words(text[], integer[], text[]);
DROP FUNCTION find_briefings(text, integer[], text[], integer, integer, integer);
DROP FUNCTION find_around(text, text[], text);
DROP FUNCTION find_cards(integer[]);
DROP TRIGGER text_has_the_date_of_its_listing ON articles_publictext;
DROP TRIGGER text_follows_its_listing ON articles_listedbriefing;
DROP TRIGGER text_follows_a_new_date ON articles_listedbriefing;
DROP FUNCTION articles_date_text();
DROP FUNCTION articles_date_text_anew();
ALTER TABLE articles_publictext ALTER story SET STORAGE EXTENDED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_search"),
    ]

    operations = [
        migrations.AddField("publictext", "date", models.DateField(editable=False, null=True)),
        migrations.CreateModel(
            name="Gist",
            fields=[
                (
                    "text",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        serialize=False,
                        to="articles.publictext",
                    ),
                ),
                ("gist", django.contrib.postgres.search.SearchVectorField()),
                ("spelt", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.RunSQL((SQL / "0006_gists.sql").read_text(), BACK + (SQL / "0005_search.sql").read_text()),
    ]
