from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0011_take_in.sql"
UNDO = """
DROP FUNCTION take_in(
    text, text, text, text, boolean, timestamptz, jsonb, text, timestamptz,
    uuid, text, integer, text, text
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_deliveries"),
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
    ]

    operations = [migrations.RunSQL(SQL.read_text(), UNDO)]
