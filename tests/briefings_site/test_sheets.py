"""What is written in several style sheets reaches a reader as one."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage

from briefings_site.sheets import WHOLE, OneSheet

STATIC = Path(__file__).resolve().parents[2] / "briefings_site/static"
SHEETS = ("foundation", "layout", "components", "pages", "print")


def collected(written: Path, to: Path) -> OneSheet:
    source = StaticFilesStorage(location=written)
    names = [
        str(path.relative_to(written)) for kind in ("css", "fonts") for path in (written / kind).glob("*.*")
    ]
    paths: dict[str, Any] = {name: (source, name) for name in names}
    for name in names:
        (to / name).parent.mkdir(exist_ok=True)
        (to / name).write_bytes((written / name).read_bytes())
    storage = OneSheet(location=to)
    assert not [name for name, _, error in storage.post_process(paths) if isinstance(error, Exception)]
    return storage


@pytest.fixture
def storage(tmp_path: Path) -> OneSheet:
    return collected(STATIC, tmp_path)


def test_one_sheet_has_all_of_them_in_order(storage: OneSheet) -> None:
    whole = Path(storage.path(storage.stored_name(WHOLE))).read_text()
    assert "@import" not in whole
    assert [whole.count(f"@layer {sheet} {{") for sheet in SHEETS[1:]] == [1, 1, 1, 1]
    assert (
        whole.index("@layer reset, tokens")
        < whole.index("@layer components {")
        < whole.index("@media print {")
    )
    assert whole.count("{") == whole.count("}")


def test_its_fonts_are_named_as_they_are_kept(storage: OneSheet) -> None:
    whole = Path(storage.path(storage.stored_name(WHOLE))).read_text()
    kept = storage.stored_name("fonts/newsreader-latin-wght-normal.woff2")
    assert f'url("../{kept}")' in whole
    assert 'wght-normal.woff2"' not in whole


def test_another_word_in_one_of_them_is_another_sheet(storage: OneSheet, tmp_path: Path) -> None:
    written = tmp_path / "written"
    for name in ("css", "fonts"):
        (written / name).mkdir(parents=True)
        for path in (STATIC / name).glob("*.*"):
            (written / name / path.name).write_bytes(path.read_bytes())
    former = storage.stored_name(WHOLE)
    with (written / "css" / "pages.css").open("a") as pages:
        pages.write("/* changed */\n")
    assert collected(written, tmp_path).stored_name(WHOLE) != former


def test_every_page_asks_for_one_sheet() -> None:
    base = (STATIC.parents[1] / "templates/base.html").read_text()
    assert base.count("stylesheet") == 1
    assert WHOLE in base
