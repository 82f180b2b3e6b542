"""The engine as a Django app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs: cancelled, resumed, retried."""

    name = "jobs"

    def ready(self) -> None:
        """Listen for workers and beat, once the models are there."""
        from jobs import signs  # noqa: F401, PLC0415
