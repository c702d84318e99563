from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0012_quicker_delivery.sql"
BEFORE = Path(__file__).parent.parent / "sql" / "0010_deliveries.sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_take_in")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(), BEFORE.read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        )
    ]
