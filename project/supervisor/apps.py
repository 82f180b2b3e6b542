"""The supervisor, as an app: for its commands."""

from django.apps import AppConfig


class SupervisorConfig(AppConfig):
    """The commands `up`, `prepare` and `compile_templates`."""

    name = "project.supervisor"
    label = "supervisor"
