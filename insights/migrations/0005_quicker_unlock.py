from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FOLDER = Path(__file__).parent.parent / "sql"
SQL = FOLDER / "0005_quicker_unlock.sql"
# Up to what else that file does.
BEFORE = (FOLDER / "0004_unlock_briefing.sql").read_text().partition("\n-- With its plan")[0]


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0004_unlock_briefing"),
        ("accounts", "0012_quicker_delivery"),
        ("credits", "0010_one_look"),
    ]

    operations = [
        migrations.RunSQL(SQL.read_text(), BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
        # Two other indexes begin with the reader.
        migrations.AlterField(
            "unlock",
            "reader",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unlocks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
