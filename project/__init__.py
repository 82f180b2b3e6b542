"""How the site is put together: settings, addresses, accounts, commands, Celery application.

Whatever a job or a photo is belongs to `jobs` and `photos`, which import nothing from here.
"""

from project.celery.app import app as celery_app

__all__ = ["celery_app"]
