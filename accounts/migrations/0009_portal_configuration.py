from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_billing_notices")]

    operations = [
        migrations.CreateModel(
            name="PortalConfiguration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stripe_id", models.CharField(max_length=255)),
                ("livemode", models.BooleanField(unique=True)),
            ],
            options={"default_permissions": ()},
        ),
    ]
