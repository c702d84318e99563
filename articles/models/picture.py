from django.db import models
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class Picture(AbstractImage):
    """An image with the credit line it must be shown with. Its description is its alternative text.

    ``made`` is what pages may name of it: by specification the address, width and height of a file that
    is there. ``made_from`` is the print of the file and focal point that all of these were made from.
    """

    credit = models.CharField(max_length=160, blank=True, help_text="Who made it, and whose it is.")
    made = models.JSONField(default=dict, editable=False)
    made_from = models.CharField(max_length=16, default="", editable=False)

    admin_form_fields = (*Image.admin_form_fields, "credit")

    class Meta(AbstractImage.Meta):
        verbose_name = "picture"


class Rendition(AbstractRendition):
    """What the admin makes for itself. Pages show what stands in ``Picture.made``, and none of these."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="one_rendition_a_spec"
            )
        ]
