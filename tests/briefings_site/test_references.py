"""Wagtail lists, row by row, what refers to what: right for pages, and a second ledger where it takes all."""

from django.apps import apps
from wagtail.models import ReferenceIndex

FLOORS = ("credits", "accounts", "insights", "articles")
# And nothing that readers and the till write a row of each time, nor the ledger.
OF_EDITORS = {"BriefingPage", "HomePage", "Picture", "PlainPage", "PrivateFile", "SectionPage", "User"}


def test_only_what_editors_make_is_listed() -> None:
    ours = [model for floor in FLOORS for model in apps.get_app_config(floor).get_models()]
    assert {model.__name__ for model in ours if ReferenceIndex.model_is_indexable(model)} == OF_EDITORS
