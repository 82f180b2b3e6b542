"""The product's Celery app, with the kind of job that the benchmarks need."""

import django

from project.celery.app import app

django.setup()

from benchmarks import kinds  # noqa: E402, F401

__all__ = ["app"]
