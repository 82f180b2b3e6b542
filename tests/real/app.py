"""The Celery app of the tests' own workers: the product's, which also knows the kinds that count."""

import django

from project.celery.app import app

django.setup()

from tests.jobs import kinds  # noqa: E402, F401

__all__ = ["app"]
