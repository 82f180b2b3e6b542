"""The Celery application and what Celery's processes need: pool, memory limit, log filters.

What a task does belongs into the app that the task serves, not here.
"""

from project.celery.app import app

__all__ = ["app"]
