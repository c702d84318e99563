from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0009_lighter_rows.sql"


class Migration(migrations.Migration):
    dependencies = [("credits", "0008_fewer_questions")]

    operations = [migrations.RunSQL(SQL.read_text())]
