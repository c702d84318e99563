"""What a web process has done before its first request."""

import subprocess
import sys
from pathlib import Path

from .conftest import ROOT, plain_environ
from .test_production import SAFE


def test_what_was_loaded_is_set_aside_from_the_search_for_garbage(tmp_path: Path) -> None:
    program = "import gc, briefings_site.wsgi; print(gc.get_freeze_count(), len(gc.get_objects()))"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=plain_environ(**SAFE, DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    frozen, looked_through = map(int, ended.stdout.split())
    assert frozen > 20 * looked_through
