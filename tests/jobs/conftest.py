"""Programs that speak to the API of jobs, each signed in as one person."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.broker import broker_in_memory


class Caller(Client):
    """A client that sends JSON and whose session is that of one person, or of nobody."""

    def __init__(self, user: Any = None, **defaults: Any) -> None:
        super().__init__(**defaults)
        if user is not None:
            self.force_login(user)

    def send(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        """The answer to a request; without a body nothing is sent."""
        content = b"" if body is None else json.dumps(body).encode()
        return self.generic(method.upper(), path, content, "application/json", **extra)


@pytest.fixture
def as_ana(ana):
    """The owner's program."""
    return Caller(ana)


@pytest.fixture
def as_ben(ben):
    """Another user's program."""
    return Caller(ben)


@pytest.fixture
def as_staff(staff):
    """A staff member's program."""
    return Caller(staff)


@pytest.fixture
def as_nobody(db):
    """A program without a session or a token."""
    return Caller()


@pytest.fixture(name="broker_in_memory")
def fixture_broker_in_memory() -> Iterator[None]:
    """Where a commit sends its messages: nobody here waits for them."""
    with broker_in_memory():
        yield
