"""What all tests share: three people."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slow_server import SlowServer, running


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test is about how slow they are to guess."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def data() -> Path:
    """The folder that STOPBATH_DATA names."""
    return Path(os.environ["STOPBATH_DATA"])


@pytest.fixture
def ana(django_user_model):
    """The owner."""
    return django_user_model.objects.create_user("ana", password="correct horse battery")


@pytest.fixture
def ben(django_user_model):
    """Another user."""
    return django_user_model.objects.create_user("ben", password="correct horse battery")


@pytest.fixture
def staff(django_user_model):
    """Somebody who may see the admin."""
    return django_user_model.objects.create_superuser("sam", password="correct horse battery")


@pytest.fixture
def slow_server() -> Iterator[SlowServer]:
    """A web server that lets its clients wait."""
    with running() as server:
        yield server
