from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0006_debts_and_moves.sql"


class Migration(migrations.Migration):
    dependencies = [("credits", "0005_debts_refunds_transfers_freezes")]

    operations = [migrations.RunSQL(SQL.read_text())]
