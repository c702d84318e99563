"""What an editor may put into the insights of a page, beyond what its blocks ask for."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm

from .blocks import FILED
from .files.desks import usable_by
from .sections import SECTIONS

Filed = tuple[str, int]


class GatedPageForm(WagtailAdminPageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        streams = (getattr(self.instance, section.field) for section in SECTIONS)
        self.stood_here = {filed for stream in streams for filed in filed_in(stream)}

    def clean(self) -> dict[str, Any]:
        """A number is easily guessed: a file that did not stand here must be one this person may use."""
        cleaned: dict[str, Any] = super().clean()
        for section in SECTIONS:
            new = set(filed_in(cleaned.get(section.field) or [])) - self.stood_here
            if new and not new <= self.usable(new):
                self.add_error(section.field, ValidationError("A file here is not filed at a desk of yours."))
        return cleaned

    def usable(self, filed: set[Filed]) -> set[Filed]:
        numbers = [number for _, number in filed]
        return set(usable_by(self.for_user).filter(pk__in=numbers).values_list("kind", "pk"))


def filed_in(blocks: Any) -> Iterator[Filed]:
    return ((block.block_type, block.value["file"].pk) for block in blocks if is_filed(block))


def is_filed(block: Any) -> bool:
    return block.block_type in FILED and block.value["file"] is not None
