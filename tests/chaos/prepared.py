"""A site made ready once and copied for every run, until a file of the site's or of ours changes."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from briefings_site.demo.children import ROOT
from briefings_site.demo.stamp import PREPARED_FROM

COPIED = ("postgres", "media", "private", "static")


class Prepared:
    def __init__(self, room: Path, names: Sequence[str] = COPIED) -> None:
        self.folder = room / f"prepared-{stamp()}"
        self.names = names

    @property
    def there(self) -> bool:
        return self.folder.exists()

    def copy_to(self, data_dir: Path) -> None:
        copy(self.folder, data_dir, self.names)

    def keep(self, data_dir: Path) -> None:
        """Call it while the server is stopped. Appears whole or not at all; what was kept before goes."""
        room = self.folder.parent
        draft = Path(tempfile.mkdtemp(prefix="preparing-", dir=room))
        copy(data_dir, draft, self.names)
        for old in room.glob("prepared-*"):
            shutil.rmtree(old, ignore_errors=True)
        draft.rename(self.folder)


def copy(source: Path, target: Path, names: Sequence[str]) -> None:
    """With owners: as root, the server's files belong to its own user."""
    present = [str(source / name) for name in names if (source / name).exists()]
    subprocess.run(["cp", "-a", *present, str(target)], check=True)


def stamp() -> str:
    digest = hashlib.sha256()
    for path in sorted(sources()):
        facts = path.stat()
        digest.update(f"{path.relative_to(ROOT)}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def sources() -> Iterator[Path]:
    yield ROOT / "uv.lock"
    yield Path(__file__).with_name("newsroom.py")
    yield from (ROOT / "tests" / "cluster" / name for name in ("newsroom.py", "roles.py"))
    yield ROOT / "deploy" / "postgresql" / "roles.sql"
    for folder in PREPARED_FROM:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
