from django_tasks import task

from .cards import CARD_SPECS
from .hero import FOR_OTHERS, HERO_SPECS
from .models import Picture


@task()
def make_renditions(picture_id: int) -> None:
    """Make every size a page will ask for, so that no reader waits for it."""
    picture = Picture.objects.filter(pk=picture_id).first()
    if picture is not None:
        picture.get_renditions(*CARD_SPECS.values(), *HERO_SPECS.values(), FOR_OTHERS)
