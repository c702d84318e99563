"""How an editor finds or uploads a private file for a block."""

from typing import Any

from django.db.models import QuerySet
from wagtail.admin.views.generic import chooser as generic
from wagtail.admin.viewsets.chooser import ChooserViewSet

from insights.models import PrivateFile

from .desks import usable_by
from .forms import AttachmentForm, ExhibitForm


class ForThisPerson:
    """Only files of the desks that whoever asks writes for, and of the kind that the block holds."""

    kind = ""
    request: Any

    def get_object_list(self) -> QuerySet[PrivateFile]:
        return usable_by(self.request.user).filter(kind=self.kind)

    def get_object(self, pk: str) -> Any:
        return self.get_object_list().get(pk=number(pk))

    def get_objects(self, pks: list[str]) -> QuerySet[PrivateFile]:
        return self.get_object_list().filter(pk__in=[number(pk) for pk in pks])

    def get_creation_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_creation_form_kwargs(), "for_user": self.request.user}  # type: ignore[misc]


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class ChooseView(ForThisPerson, generic.ChooseView):
    pass


class ResultsView(ForThisPerson, generic.ChooseResultsView):
    pass


class ChosenView(ForThisPerson, generic.ChosenView):
    pass


class ChosenMultipleView(ForThisPerson, generic.ChosenMultipleView):
    pass


class CreateView(ForThisPerson, generic.CreateView):
    pass


class PrivateFileChooser(ChooserViewSet):
    model = PrivateFile
    kind = ""
    choose_view_class = ChooseView
    choose_results_view_class = ResultsView
    chosen_view_class = ChosenView
    chosen_multiple_view_class = ChosenMultipleView
    create_view_class = CreateView
    creation_tab_label = "Upload"
    create_action_label = "Upload"
    create_action_clicked_label = "Uploading …"
    search_tab_label = "Filed already"
    register_widget = False

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_common_view_kwargs(kind=self.kind, **kwargs)


class ExhibitChooser(PrivateFileChooser):
    kind = PrivateFile.Kind.EXHIBIT
    icon = "image"
    creation_form_class = ExhibitForm
    page_title = "Choose or upload a picture"


class AttachmentChooser(PrivateFileChooser):
    kind = PrivateFile.Kind.ATTACHMENT
    icon = "doc-full"
    creation_form_class = AttachmentForm
    page_title = "Choose or upload a document"
