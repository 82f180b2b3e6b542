"""Batches from the shell, as an app: for its commands."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """The commands `process` and `import`."""

    name = "project.shell"
    label = "shell"
