from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_billing_alerts"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="trial_days",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Free days before the first payment."
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="end_asked_at",
            field=models.DateTimeField(help_text="Stripe is asked until it has ended it.", null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="end_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("second", "The reader is a member already"),
                    ("merged", "The reader was merged with another member"),
                    ("closed", "The account was closed"),
                    ("disputed", "A payment was lost to a dispute"),
                    ("withdrawn", "The reader withdrew from the contract"),
                    ("cancelled", "The reader cancelled what is not paid"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_asked_at", None), ("end_because", "")),
                    models.Q(models.Q(("end_because", ""), _negated=True), ("end_asked_at__isnull", False)),
                    _connector="OR",
                ),
                name="subscription_is_ended_for_a_reason",
            ),
        ),
    ]
