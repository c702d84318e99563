from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0005_search.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0004_listing"),
    ]

    operations = [
        migrations.RunSQL(
            SQL.read_text(),
            "DROP FUNCTION find_briefings(text, integer[], text[], integer, integer, integer)",
        )
    ]
