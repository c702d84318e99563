from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def import_models(self) -> None:
        """Billing keeps its tables with it."""
        super().import_models()
        from .billing import models  # noqa: F401

    def ready(self) -> None:
        from .billing import merging  # noqa: F401

        # Wagtail lists what refers to what, row by row: not who bought what, nor which session is whose. What
        # staff wrote goes on being theirs.
        for model in set(self.get_models()) - {self.get_model("User")}:
            model.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]


class StaffUsersConfig(WagtailUsersAppConfig):
    """Wagtail's users, for people who are known by an address and need no name."""

    user_viewset = "accounts.staff.UserViewSet"
