from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0004_postings.sql"


class Migration(migrations.Migration):
    dependencies = [("credits", "0003_promises")]

    operations = [migrations.RunSQL(SQL.read_text())]
