"""The site: settings, addresses, accounts, commands, Celery application.

Jobs and photos belong to `jobs` and `photos`, which import nothing from here.
"""

from project.celery.app import app as celery_app

__all__ = ["celery_app"]
