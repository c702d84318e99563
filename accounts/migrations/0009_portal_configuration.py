from typing import Any

from django.db import migrations, models

RIGHTS = {
    "view_order": "Can read orders, receipts and Stripe's events",
    "replay_stripeevent": "Can have an event worked again",
}


def let_bookkeepers_look(apps: Any, schema_editor: Any) -> None:
    """Django makes a model's rights only after all migrations, and finds these then. Prices are not theirs."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="accounts", model="order"
    )
    permissions = apps.get_model("auth", "Permission").objects
    rights = [
        permissions.get_or_create(content_type=content_type, codename=codename, defaults={"name": name})[0]
        for codename, name in RIGHTS.items()
    ]
    for group in apps.get_model("auth", "Group").objects.filter(name="Bookkeepers"):
        group.permissions.add(*rights)


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
        migrations.RunPython(let_bookkeepers_look, migrations.RunPython.noop),
    ]
