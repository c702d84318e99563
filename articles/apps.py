from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import letters, receivers  # noqa: F401 (a check and signals are joined when the apps are ready)
