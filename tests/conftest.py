"""What all tests share: a data folder of their own, and three people."""

import os
import tempfile
from pathlib import Path

import pytest

# Before the settings are read. Each run has a folder of its own, so that two can go side by side.
os.environ["STOPBATH_DATA"] = tempfile.mkdtemp(prefix="stopbath-test-")
os.environ.setdefault("VIPS_CONCURRENCY", "1")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    import shutil  # noqa: PLC0415

    shutil.rmtree(os.environ["STOPBATH_DATA"], ignore_errors=True)


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
