"""The engine as a Django app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs: cancelled, resumed, retried."""

    name = "jobs"

    def ready(self) -> None:
        """Listen for the beginning and the end of workers and beat, once the models are there."""
        # Imported for their signal handlers, which need the models.
        from jobs.recovery import heartbeat, idle_transactions, loop  # noqa: F401, PLC0415
        from jobs.worker import shutdown, watcher  # noqa: F401, PLC0415
