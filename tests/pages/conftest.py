"""Pages are rendered without a collected manifest of static files."""

import pytest

from jobs.models import Job
from photos.models import Photo, PhotoSet, StoredFile
from tests.engine.work import make_job, work


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Name static files as they are in the source."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def add_photo():
    """Puts a photo into somebody's library, without a file behind it: pages only name it."""
    made = 0

    def add(owner, name="IMG_1037.jpg", **facts) -> Photo:
        nonlocal made
        made += 1
        file = StoredFile.objects.create(
            sha256=f"{made:064x}", size=3_100_000, format=facts.get("format", "jpeg"), width=4000, height=3000
        )
        photo_set = facts.pop("set", None) or PhotoSet.objects.create(owner=owner)
        return Photo.objects.create(
            owner=owner, file=file, set=photo_set, name=name, format=file.format, path=facts.get("path", "")
        )

    return add


@pytest.fixture
def stopped(ana) -> Job:
    """A job of Ana's that did one file, failed one and was cancelled with one to go."""
    job = make_job(ana, items=3, fail=[2], error="This number is odd.", title="Three numbers")
    work(job, items=2)
    job.cancel(by=ana, door="api")
    return Job.objects.get(pk=job.pk)
