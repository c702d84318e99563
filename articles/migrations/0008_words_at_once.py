from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    """Words that wait beside the index make it look dear: after some publications every text was read instead,
    and a search took ten times as long."""

    dependencies = [("articles", "0007_form_facts")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER INDEX public_text_document SET (fastupdate = off)",
                "SELECT gin_clean_pending_list('public_text_document')",
            ],
            "ALTER INDEX public_text_document RESET (fastupdate)",
            state_operations=[
                migrations.RemoveIndex("publictext", "public_text_document"),
                migrations.AddIndex(
                    "publictext",
                    GinIndex(fields=["document"], name="public_text_document", fastupdate=False),
                ),
            ],
        )
    ]
