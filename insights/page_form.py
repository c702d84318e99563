"""What an editor may put into the insights of a page, beyond what its blocks ask for."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
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
        """A number is easily guessed, and a form shown again names the file: so this is no form error.

        Raises ``PermissionDenied`` for a file that did not stand here and that this person may not use.
        """
        cleaned: dict[str, Any] = super().clean()
        streams = (cleaned.get(section.field) or [] for section in SECTIONS)
        new = {filed for stream in streams for filed in filed_in(stream)} - self.stood_here
        if new and not new <= self.usable(new):
            raise PermissionDenied
        return cleaned

    def usable(self, filed: set[Filed]) -> set[Filed]:
        numbers = [number for _, number in filed]
        return set(usable_by(self.for_user).filter(pk__in=numbers).values_list("kind", "pk"))


def filed_in(blocks: Any) -> Iterator[Filed]:
    return ((block.block_type, block.value["file"].pk) for block in blocks if is_filed(block))


def is_filed(block: Any) -> bool:
    return block.block_type in FILED and block.value["file"] is not None
