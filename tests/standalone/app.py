"""The Celery app of the stand-alone project."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.standalone.settings")
app = Celery("standalone")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
