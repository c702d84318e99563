from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "credits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Wagtail lists what refers to what, row by row: not what no editor makes, a ledger least of all."""
        for model in self.get_models():
            model.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
