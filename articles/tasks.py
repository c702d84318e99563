from django_tasks import task

from .models import Picture
from .pictures import FIRST, SMALLER
from .renditions import make
from .versions import something_changed


@task()
def make_renditions(picture_id: int) -> None:
    """Make every size a page will name, so that no reader waits for it. What takes long is another task."""
    picture = Picture.objects.filter(pk=picture_id).first()
    if picture is None:
        return
    if make(picture, FIRST):
        something_changed()
    make_smaller_renditions.enqueue(picture_id)


@task()
def make_smaller_renditions(picture_id: int) -> None:
    """The same as AVIF."""
    picture = Picture.objects.filter(pk=picture_id).first()
    if picture is not None and make(picture, SMALLER):
        something_changed()
