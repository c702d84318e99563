"""The demo's cache: Django's files, each with a checksum before it.

Files are renamed into place but not forced to disk, so a power cut can leave an entry cut short or full of
something else. Django would try to read it, fail, and fail again with every request.
"""

import hashlib
from io import BytesIO
from typing import IO, Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

DIGEST_SIZE = hashlib.sha256().digest_size
NOTHING = object()


class CheckedFileCache(FileBasedCache):
    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        value = self.get(key, NOTHING, version)
        if value is NOTHING:
            return False
        self.set(key, value, timeout, version)
        return True

    def _write_content(self, file: IO[bytes], timeout: Any, value: Any) -> None:
        content = BytesIO()
        super()._write_content(content, timeout, value)  # type: ignore[misc]
        file.write(hashlib.sha256(content.getvalue()).digest() + content.getvalue())

    def _is_expired(self, file: IO[bytes]) -> bool:
        """Also where the entry is not what was written. Leaves the file where the value begins."""
        digest, content = file.read(DIGEST_SIZE), file.read()
        if hashlib.sha256(content).digest() != digest:
            self._delete(file.name)  # type: ignore[attr-defined]
            return True
        file.seek(DIGEST_SIZE)
        return bool(super()._is_expired(file))  # type: ignore[misc]
