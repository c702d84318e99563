from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0010_deliveries.sql"
UNDO = "DROP FUNCTION record_delivery(bigint, bigint, text, timestamptz, timestamptz)"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_portal_configuration"),
        ("credits", "0007_seals_and_audits"),
    ]

    operations = [migrations.RunSQL(SQL.read_text(), UNDO)]
