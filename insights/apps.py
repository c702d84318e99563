from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "insights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import merging, owned, receivers  # noqa: F401 (signals are joined when the apps are ready)
