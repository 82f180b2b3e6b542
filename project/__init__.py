"""How the site is put together: settings, Celery app, addresses, accounts."""

from project.celery.app import app as celery_app

__all__ = ["celery_app"]
