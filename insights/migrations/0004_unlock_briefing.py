from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0004_unlock_briefing.sql"
UNDO = """
DROP FUNCTION unlock_briefing(
    bigint, uuid, integer, text, text, text, boolean, text, timestamptz, timestamptz
);
ALTER FUNCTION reader_facts(bigint, uuid, uuid[], timestamptz) RESET plan_cache_mode;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0003_reader_facts"),
        ("accounts", "0010_deliveries"),
        ("credits", "0008_fewer_questions"),
    ]

    operations = [migrations.RunSQL(SQL.read_text(), UNDO)]
