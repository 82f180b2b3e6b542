"""The Celery application, its pool, memory limit and log filters.

Tasks belong to the apps `jobs` and `photos`.
"""

from project.celery.app import app

__all__ = ["app"]
