"""The newsroom's list of private files: what each is, where it is filed, and the way to take it away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Permission
from django.db.models import ProtectedError, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import get_text_list
from wagtail.admin.ui.tables import DateColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.views.generic.usage import UsageView
from wagtail.admin.viewsets.model import ModelViewSet

from insights.models import PrivateFile

from .desks import usable_by
from .forms import FiledForm
from .serving import send
from .showing import shown_in_the_newsroom


class OfOnesDesks:
    """A file of another desk is not found, and neither is its title."""

    request: HttpRequest

    def get_object(self, *args: Any, **kwargs: Any) -> PrivateFile:
        file: PrivateFile = super().get_object(*args, **kwargs)  # type: ignore[misc]
        if not usable_by(self.request.user).filter(pk=file.pk).exists():
            raise Http404
        return file


class ListView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[PrivateFile]:
        return usable_by(self.request.user).select_related("desk", "uploaded_by")

    def get_add_url(self) -> None:
        """A file is uploaded where it will stand: from its block."""


class EditView(OfOnesDesks, generic.EditView):
    pass


class FileUsageView(OfOnesDesks, UsageView):
    pass


class FileHistoryView(OfOnesDesks, HistoryView):
    pass


class DeleteView(OfOnesDesks, generic.DeleteView):
    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except ProtectedError as refused:
            where = get_text_list([f"“{page}”" for page in refused.protected_objects], "and")
            messages.error(self.request, f"Not deleted: it stands in {where}. Take it out there first.")
            return redirect(self.get_success_url())
        return response


def look_at(request: HttpRequest, file_id: int, variant: str) -> HttpResponseBase:
    """The bytes before they are published: for previews, and for those who look after the file."""
    stored = shown_in_the_newsroom(request.user, number=file_id, variant=variant)
    if stored is None:
        raise Http404
    return send(request, stored)


class PrivateFileViewSet(ModelViewSet):
    model = PrivateFile
    icon = "lock"
    menu_label = "Private files"
    menu_order = 260
    add_to_admin_menu = True
    index_view_class = ListView
    edit_view_class = EditView
    delete_view_class = DeleteView
    usage_view_class = FileUsageView
    history_view_class = FileHistoryView
    copy_view_enabled = False
    list_display = ["title", "kind", "desk", "uploaded_by", DateColumn("uploaded_at", label="Uploaded")]
    list_filter = ["kind"]
    search_fields = ["title"]

    def get_urlpatterns(self) -> list[Any]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "add"]

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """None to tick for a group: the rights to pages decide."""
        return Permission.objects.none()

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        return FiledForm
