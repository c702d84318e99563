from django.db import migrations, models


def carry_over(apps, schema_editor):
    """Pages go on showing what was made for them until the worker has made it anew."""
    picture, rendition = (apps.get_model("articles", name) for name in ("Picture", "Rendition"))
    made = {}
    for row in rendition.objects.filter(filter_spec__contains="|format-").order_by("pk").iterator():
        entry = {"url": row.file.url, "width": row.width, "height": row.height}
        made.setdefault(row.image_id, {})[row.filter_spec] = entry
    for pk, sizes in made.items():
        picture.objects.filter(pk=pk).update(made=sizes)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0002_exhibits"),
    ]

    operations = [
        migrations.AddField(
            model_name="picture", name="made", field=models.JSONField(default=dict, editable=False)
        ),
        migrations.AddField(
            model_name="picture",
            name="made_from",
            field=models.CharField(default="", editable=False, max_length=16),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
