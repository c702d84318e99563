from pathlib import Path

from django.conf import settings
from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "0007_form_facts.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0006_gists"),
        ("sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(SQL.read_text(), "DROP FUNCTION form_facts(text, integer, bigint, timestamptz)")
    ]
