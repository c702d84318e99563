from pathlib import Path

from django.conf import settings
from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0003_reader_facts.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0002_privatefile"),
        ("credits", "0007_seals_and_audits"),
        ("accounts", "0009_portal_configuration"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(SQL.read_text(), "DROP FUNCTION reader_facts(bigint, uuid, uuid[], timestamptz)")
    ]
