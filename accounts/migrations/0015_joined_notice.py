from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_failure_told")]

    operations = [
        migrations.AlterField(
            model_name="billingnotice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("joined", "The free days begin"),
                    ("failed", "A payment failed"),
                    ("trial", "The free days end"),
                ],
                max_length=6,
            ),
        ),
        migrations.AlterField(
            model_name="billingnotice",
            name="about",
            field=models.DateTimeField(
                help_text="When they joined, when it fell due, or when the free days end."
            ),
        ),
    ]
