from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0008_fewer_questions.sql"


class Migration(migrations.Migration):
    dependencies = [("credits", "0007_seals_and_audits")]

    operations = [migrations.RunSQL(SQL.read_text())]
