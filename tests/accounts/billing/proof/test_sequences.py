"""Every sequence of events that matters ends in one state: whatever came twice, late, or in another order."""

import pytest

from . import scenes_of_clubs as scenes_of_clubs
from . import scenes_of_credits as scenes_of_credits
from .playing import SCENES, Scene, perform
from .stage import Stage


@pytest.mark.django_db
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_it_ends_the_same_however_the_news_comes(scene: Scene, stage: Stage) -> None:
    perform(scene, stage)
