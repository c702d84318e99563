"""Makes the files of a picture that pages show, in the background. Each making has addresses of its own."""

import hashlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from wagtail.images.models import Filter, get_rendition_storage

from .models import Picture
from .pictures import Made

ROOT = "images"
# All that goes along. Where a photograph was taken, when, and with what, is nobody's business.
SEEN = ("icc_profile", "transparency")


def make(picture: Picture, specs: Sequence[str]) -> bool:
    """Make what is missing of these, and write down what there is. False if nothing was missing."""
    made_from = print_of(picture)
    picture.refresh_from_db(fields=["made", "made_from"])
    known = picture.made if picture.made_from == made_from else {}
    missing = [spec for spec in specs if spec not in known]
    if not missing:
        return False
    made = dict(files_of(picture, missing, folder=folder(picture.pk, made_from)))
    return write_down(picture, made, made_from=made_from)


def print_of(picture: Picture) -> str:
    """Another file or another focal point has another."""
    with picture.open_file() as file:
        digest = hashlib.sha256(file.read())
    digest.update(repr(picture.get_focal_point()).encode())
    return digest.hexdigest()[:12]


def folder(pk: int, made_from: str) -> str:
    return f"{ROOT}/{pk}-{made_from}"


def files_of(picture: Picture, specs: Iterable[str], *, folder: str) -> Iterable[tuple[str, dict[str, Any]]]:
    storage = get_rendition_storage()
    with picture.get_willow_image() as opened:
        upright = opened.auto_orient()
        for spec in specs:
            cut, _, format_name = spec.partition("|format-")
            drawn = cut_out(picture, upright, cut)
            name = f"{folder}/{cut}.{format_name}"
            # Half a file may be there, of a worker that was killed.
            storage.delete(name)
            name = storage.save(name, ContentFile(WRITERS[format_name](drawn)))
            width, height = drawn.get_size()
            yield spec, {"url": storage.url(name), "width": width, "height": height}


def cut_out(picture: Picture, willow: Any, cut: str) -> Any:
    transform = Filter(spec=cut).get_transform(picture, willow.get_size())
    drawn = willow.crop(transform.get_rect().round()).resize(transform.size)
    drawn.image.info = {name: about for name, about in drawn.image.info.items() if name in SEEN}
    return drawn


def webp(drawn: Any) -> bytes:
    out = BytesIO()
    drawn.save_as_webp(out, quality=settings.WAGTAILIMAGES_WEBP_QUALITY)
    return out.getvalue()


def jpeg(drawn: Any) -> bytes:
    out = BytesIO()
    opaque = drawn.set_background_color_rgb((255, 255, 255)) if drawn.has_alpha() else drawn
    opaque.save_as_jpeg(out, quality=settings.WAGTAILIMAGES_JPEG_QUALITY, progressive=True, optimize=True)
    return out.getvalue()


def avif(drawn: Any) -> bytes:
    """Written without Willow, which cannot be told how much time to take."""
    image = drawn.image
    if image.mode == "CMYK":
        image = drawn.transform_colorspace_to_srgb().image
    out = BytesIO()
    about = {"quality": settings.WAGTAILIMAGES_AVIF_QUALITY, "speed": settings.AVIF_SPEED}
    # One core: the others are for readers.
    image.save(out, "AVIF", max_threads=1, **about)
    return out.getvalue()


WRITERS = {"webp": webp, "jpeg": jpeg, "avif": avif}


def write_down(picture: Picture, made: Made, *, made_from: str) -> bool:
    """False if the picture changed or went meanwhile: whoever changed it has asked for its own."""
    with transaction.atomic():
        now = Picture.objects.select_for_update().filter(pk=picture.pk).first()
        if now is None or (now.file.name, now.get_focal_point()) != (
            picture.file.name,
            picture.get_focal_point(),
        ):
            return False
        known = now.made if now.made_from == made_from else {}
        Picture.objects.filter(pk=now.pk).update(made=known | made, made_from=made_from)
    return True
