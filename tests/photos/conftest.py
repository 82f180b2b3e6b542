"""Folders for storage and results, a signed-in client for each user, and a fixture that adds photos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from photos.models import Photo
from project.accounts.models import User
from tests.photos.pictures import jpeg, multipart


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """An empty storage for each test."""
    settings.STOPBATH_STORAGE = tmp_path
    return tmp_path


@pytest.fixture
def results(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder of results."""
    settings.STOPBATH_RESULTS = tmp_path_factory.mktemp("results")
    return Path(settings.STOPBATH_RESULTS)


def client_of(user: User) -> Client:
    """A client that is signed in as that user."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_ana(ana: User) -> Client:
    """A client signed in as Ana, the owner."""
    return client_of(ana)


@pytest.fixture
def as_ben(ben: User) -> Client:
    """A client signed in as Ben, another user."""
    return client_of(ben)


@pytest.fixture
def as_staff(staff: User) -> Client:
    """A client signed in as a staff member."""
    return client_of(staff)


def send(client: Client, *parts: tuple[str, bytes, str | None]) -> Any:
    """Upload parts of (field name, content, file name); a field has no file name."""
    body, content_type = multipart(*parts)
    return client.post("/api/photos", body, content_type=content_type)


def accepted_names(response: Any) -> list[str]:
    """The names of the photos in the response to an upload."""
    return [photo["name"] for photo in response.json()["photos"]]


@pytest.fixture
def add(ana: User, as_ana: Client) -> Callable[..., Photo]:
    """A function that adds a picture to Ana's library, or to that of the client's user."""

    def add_photo(content: bytes | None = None, name: str = "a.jpg", path: str = "", client: Client = as_ana) -> Photo:
        fields = [("paths", f"{path}/{name}".encode(), None)] if path else []
        response = send(client, ("files", content or jpeg(), name), *fields)
        assert response.status_code == 201, response.content
        return Photo.objects.get(uuid=response.json()["photos"][0]["id"])

    return add_photo
