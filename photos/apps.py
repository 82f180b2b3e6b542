"""The product: photos, operations, recipes."""

from django.apps import AppConfig


class PhotosConfig(AppConfig):
    """Plugs the kinds of jobs into the engine."""

    name = "photos"
    default_auto_field = "django.db.models.BigAutoField"
