"""The product: photos, operations, recipes."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from photos.recipes.built_in import save_built_in_recipes


class PhotosConfig(AppConfig):
    """Registers the kinds of job with the engine."""

    name = "photos"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds, and restore the built-in recipes after each migrate."""
        # Kinds import models and serializers, which can be imported only when the apps are loaded.
        from jobs.kinds import register  # noqa: PLC0415
        from photos.kinds.importing import ImportKind  # noqa: PLC0415
        from photos.kinds.process import Process  # noqa: PLC0415
        from photos.kinds.reclassify import Reclassify  # noqa: PLC0415

        for kind in (Process(), Reclassify(), ImportKind()):
            register(kind)
        post_migrate.connect(save_built_in_recipes, sender=self)
