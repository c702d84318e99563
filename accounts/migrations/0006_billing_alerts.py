import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_billing"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=200, unique=True)),
                ("subject", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("raised_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("mailed_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-raised_at", "-pk"],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("mailed_at", None)), fields=["raised_at"], name="alert_to_mail"
                    )
                ],
            },
        ),
    ]
