from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.models import Page
from wagtail.permissions import register_permission_policy

from . import dashboard
from .copying import PagesAPI, refuse_who_may_not_edit
from .files.choosers import AttachmentChooser, ExhibitChooser
from .files.desks import DeskPolicy
from .files.staff import PrivateFileViewSet, look_at
from .models import PrivateFile
from .owned import unlocked_below

register_permission_policy(PrivateFile, DeskPolicy(PrivateFile))


@hooks.register("register_admin_viewset")
def private_files() -> list[Any]:
    return [
        ExhibitChooser("exhibit_chooser"),
        AttachmentChooser("attachment_chooser"),
        PrivateFileViewSet("private_files"),
    ]


@hooks.register("register_admin_urls")
def dashboard_url() -> list[Any]:
    return [path("insights/dashboard/", dashboard.show, name="insights_dashboard")]


@hooks.register("register_admin_urls")
def private_file_url() -> list[Any]:
    return [path("insights/files/<int:file_id>/<str:variant>", look_at, name="look_at_private_file")]


@hooks.register("register_admin_menu_item")
def dashboard_menu_item() -> MenuItem:
    return dashboard.FiguresItem("Unlocks", reverse("insights_dashboard"), icon_name="lock-open", order=250)


@hooks.register("before_copy_page")
@hooks.register("before_convert_alias_page")
def copy_only_what_one_may_edit(request: HttpRequest, page: Page) -> None:
    refuse_who_may_not_edit(request.user, page)


@hooks.register("construct_admin_api")
def act_only_on_what_one_may_edit(router: WagtailAPIRouter) -> None:
    router.register_endpoint("pages", PagesAPI)


@hooks.register("before_delete_page")
def keep_what_readers_own(request: HttpRequest, page: Page) -> HttpResponse | None:
    return refuse_to_delete(request, [page])


@hooks.register("before_bulk_action")
def keep_what_readers_own_in_bulk(
    request: HttpRequest, action_type: str, objects: list[Page], action: Any
) -> HttpResponse | None:
    return refuse_to_delete(request, objects) if action_type == "delete" else None


def refuse_to_delete(request: HttpRequest, pages: list[Page]) -> HttpResponse | None:
    owned = unlocked_below(pages)
    if owned is None:
        return None
    messages.error(
        request, f"“{owned.title}” cannot be deleted: readers unlocked it for good. Unpublish it instead."
    )
    return redirect("wagtailadmin_explore", owned.get_parent().pk)
