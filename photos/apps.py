"""The product: photos, operations, recipes."""

from django.apps import AppConfig

from jobs.kinds import register


class PhotosConfig(AppConfig):
    """Plugs the kinds of jobs into the engine."""

    name = "photos"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the kinds known, and bring the recipes that everybody has."""
        from photos.kinds.process import Process  # noqa: PLC0415 - it has models, which exist only now

        register(Process())
