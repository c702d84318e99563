"""Style sheets are written in several files and sent in one, so that a page waits once for its looks."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

WHOLE = "css/site.css"
AN_IMPORT = re.compile(r'^@import url\("(?P<name>[\w.-]+)"\)(?: (?P<media>\w+))?;$', re.MULTILINE)


class OneSheet(CompressedManifestStaticFilesStorage):
    """Puts into the sheet what it imports, before its name and the compressed copies are made of it."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if WHOLE in paths and not dry_run:
            whole = joined(WHOLE, paths)
            self.delete(WHOLE)
            self._save(WHOLE, ContentFile(whole.encode()))
            paths = paths | {WHOLE: (self, WHOLE)}
        yield from super().post_process(paths, dry_run=dry_run, **options)


def joined(name: str, paths: dict[str, Any]) -> str:
    def imported(found: re.Match[str]) -> str:
        sheet = text_of(str(PurePosixPath(name).with_name(found["name"])), paths)
        return f"@media {found['media']} {{\n{sheet}}}" if found["media"] else sheet

    return AN_IMPORT.sub(imported, text_of(name, paths))


def text_of(name: str, paths: dict[str, Any]) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return file.read().decode()
