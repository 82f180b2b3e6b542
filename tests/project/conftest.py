"""Fixtures of the tests of the site."""

from collections.abc import Callable, Iterator

import pytest
from celery import current_app

from tests.broker import use_broker


@pytest.fixture
def send_to() -> Iterator[Callable[[str], None]]:
    """A function that sets the broker for messages, until the end of the test."""
    usual = current_app.conf.broker_url
    yield use_broker
    use_broker(usual)
