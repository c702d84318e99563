from django.db import migrations

HOUSE = ("promotional_issue", "paid_issue", "spent", "expired")


def open_house_accounts(apps, schema_editor):
    account = apps.get_model("credits", "LedgerAccount")
    account.objects.bulk_create(account(kind=kind) for kind in HOUSE)


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]

    operations = [migrations.RunPython(open_house_accounts, migrations.RunPython.noop)]
