from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

FOLDER = Path(__file__).parent.parent / "sql"
ROWS = FOLDER / "0007_canonical_rows.sql"
SEALS = (FOLDER / "0007_seals.sql").read_text().replace(f"/* {ROWS.name} */", ROWS.read_text())


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0006_debts_and_moves"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerAudit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
                ("transactions", models.BigIntegerField(default=0, editable=False)),
                ("sealed", models.BigIntegerField(default=0, editable=False)),
                ("differences", models.PositiveIntegerField(default=0, editable=False)),
                ("first_difference", models.TextField(blank=True, editable=False)),
                ("marks", models.JSONField(default=list, editable=False)),
                ("wallets_frozen", models.JSONField(default=list, editable=False)),
            ],
            options={
                "ordering": ["-pk"],
                "get_latest_by": "pk",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("differences", 0), ("first_difference", "")),
                            models.Q(
                                ("differences__gt", 0), models.Q(("first_difference", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="an_audit_names_what_it_found",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerSeal",
            fields=[
                ("id", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("previous", models.CharField(editable=False, max_length=64, unique=True)),
                ("hash", models.CharField(editable=False, max_length=64)),
                ("count", models.BigIntegerField(editable=False)),
                ("highest", models.BigIntegerField(editable=False)),
                ("sealed_at", models.DateTimeField(editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gt", 0)), name="a_seal_covers_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SealedTransaction",
            fields=[
                (
                    "transaction",
                    models.OneToOneField(
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sealed",
                        serialize=False,
                        to="credits.ledgertransaction",
                    ),
                ),
                ("names", models.TextField(editable=False)),
                ("digests", models.BinaryField()),
                (
                    "seal",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealed",
                        to="credits.ledgerseal",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(SEALS),
    ]
