"""The web server of the tests: the product's, which also knows the kinds that count."""

from project.wsgi import application
from tests.jobs import kinds

__all__ = ["application", "kinds"]
