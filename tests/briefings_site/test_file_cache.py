from pathlib import Path

import pytest

from briefings_site.file_cache import CheckedFileCache


@pytest.fixture
def cache(tmp_path: Path) -> CheckedFileCache:
    return CheckedFileCache(str(tmp_path), {})


def entry(folder: Path) -> Path:
    [file] = folder.glob("*.djcache")
    return file


def test_what_was_kept_is_found(cache: CheckedFileCache) -> None:
    cache.set("key", {"a": 1}, timeout=None)
    assert cache.touch("key", 60)
    assert (cache.get("key"), cache.has_key("key"), cache.add("key", 2)) == ({"a": 1}, True, False)
    assert (cache.get("another"), cache.touch("another")) == (None, False)


def test_what_has_expired_is_gone(cache: CheckedFileCache) -> None:
    cache.set("key", 1, timeout=-1)
    assert cache.get("key") is None


@pytest.mark.parametrize(
    "spoilt", [b"", b"\x80", b"rubbish" * 20, None], ids=["empty", "a byte", "rubbish", "half"]
)
def test_a_spoilt_entry_is_no_entry_and_can_be_written_again(
    cache: CheckedFileCache, tmp_path: Path, spoilt: bytes | None
) -> None:
    cache.set("key", "value")
    whole = entry(tmp_path).read_bytes()
    entry(tmp_path).write_bytes(whole[: len(whole) // 2] if spoilt is None else spoilt)
    assert cache.get("key", "nothing") == "nothing"
    assert cache.add("key", "again")
    assert cache.get("key") == "again"
