from itertools import islice

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations, models
from django.utils import timezone

AT_ONCE = 1000


def by_the_thousand(rows):
    rest = iter(rows)
    return iter(lambda: list(islice(rest, AT_ONCE)), [])


def carry_over(apps, schema_editor):
    """Whoever is signed in stays so."""
    former = apps.get_model("sessions", "Session").objects
    session = apps.get_model("accounts", "ReaderSession")
    named_in = SessionStore().decode
    living = former.filter(expire_date__gt=timezone.now()).iterator(chunk_size=AT_ONCE)
    for some in by_the_thousand(living):
        session.objects.bulk_create(
            session(
                session_key=one.session_key,
                session_data=one.session_data,
                expire_date=one.expire_date,
                reader_id=named_in(one.session_data).get(SESSION_KEY),
            )
            for one in some
        )
    former.all().delete()


def carry_back(apps, schema_editor):
    former = apps.get_model("sessions", "Session")
    living = apps.get_model("accounts", "ReaderSession").objects.iterator(chunk_size=AT_ONCE)
    for some in by_the_thousand(living):
        former.objects.bulk_create(
            former(session_key=one.session_key, session_data=one.session_data, expire_date=one.expire_date)
            for one in some
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_quicker_delivery"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReaderSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "reader",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions", "abstract": False},
        ),
        migrations.RunPython(carry_over, carry_back),
    ]
