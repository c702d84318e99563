from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.emulator import Emulator

from .stage import Stage


@pytest.fixture
def stage(db: None, emulator: Emulator, settings: Settings) -> Iterator[Stage]:
    """Events wait in the inbox until they are worked: no task is run of itself."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Stage(emulator=emulator, monkeypatch=monkeypatch)
