from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_reader_sessions")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="failure_told_at",
            field=models.DateTimeField(help_text="When the reader was mailed that it failed.", null=True),
        ),
    ]
