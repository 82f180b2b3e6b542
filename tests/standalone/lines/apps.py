"""Counting lines, as a Django app."""

from django.apps import AppConfig

from jobs.kinds import register


class LinesConfig(AppConfig):
    """Plugs its one kind into the engine."""

    name = "tests.standalone.lines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tests.standalone.lines.kind import Lines  # noqa: PLC0415 - it has models, which exist only now

        register(Lines())
