from wagtail import hooks

from .staff import ReadersGroup


@hooks.register("register_admin_viewset")
def readers() -> ReadersGroup:
    return ReadersGroup()
