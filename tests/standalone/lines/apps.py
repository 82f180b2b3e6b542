"""Counting lines, as a Django app."""

from django.apps import AppConfig


class LinesConfig(AppConfig):
    """Plugs its one kind into the engine."""

    name = "tests.standalone.lines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # It has models and serializers, which can be made only now.
        from jobs.kinds import register  # noqa: PLC0415
        from tests.standalone.lines.kind import Lines  # noqa: PLC0415

        register(Lines())
