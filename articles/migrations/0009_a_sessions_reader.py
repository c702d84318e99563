from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0008_words_at_once"),
        ("accounts", "0013_reader_sessions"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "0009_a_sessions_reader.sql").read_text(),
            "DROP FUNCTION form_facts(text, integer, timestamptz);"
            + (SQL / "0007_form_facts.sql").read_text(),
        )
    ]
