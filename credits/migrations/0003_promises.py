from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0003_promises.sql"


class Migration(migrations.Migration):
    """No way back: a ledger that dropped its promises would go on looking like one."""

    dependencies = [("credits", "0002_house_accounts")]

    operations = [migrations.RunSQL(SQL.read_text())]
