"""Reclassifying photos from stored analyses, without opening a file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import batched

from benchmarks.figures import RATE, Figure
from benchmarks.harness import job_seconds, submit, wait_until_completed, workers
from benchmarks.libraries import create_library, upload
from benchmarks.pictures import pictures_of
from photos.models import Classification, Embedding, Fingerprint, Photo
from project.accounts.models import User

AIM = 1_000.0
CLASSIFIED_PICTURES = 10
CORRECTED_PHOTOS = 20  # photos that a person has put into a category


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """The rate in a large classified library with some corrections."""
    with workers(options.processes):
        person = create_classified_library(options.items // 5, classify_pictures())
        Photo.objects.visible_to(person).filter(pk__in=first_photos(person)).correct("dogs")
        job = wait_until_completed(submit(person, "reclassify", photos="all"))
    what = f"Photos reclassified a second, of {job.counts.total:,}"
    yield Figure(what, database, job.counts.total / job_seconds(job), RATE, AIM)


def first_photos(person: User) -> list[int]:
    """The keys of the first CORRECTED_PHOTOS photos of a user."""
    return list(Photo.objects.visible_to(person).order_by("pk").values_list("pk", flat=True)[:CORRECTED_PHOTOS])


def classify_pictures() -> list[int]:
    """The keys of some real photos, after a job has classified them."""
    person = User.objects.create_user("somebody with pictures")
    upload(person, pictures_of(12, CLASSIFIED_PICTURES))
    wait_until_completed(submit(person, "process", photos="all", classify=True))
    return list(Classification.objects.filter(photo__owner=person).values_list("pk", flat=True))


def create_classified_library(size: int, classified: list[int]) -> User:
    """A user with that many photos, whose rows repeat those of the classified photos."""
    person = create_library(size)
    keys = list(Photo.objects.visible_to(person).order_by("pk").values_list("pk", flat=True))
    for model in (Classification, Fingerprint, Embedding):
        copy_rows(model, classified, keys)
    return person


def copy_rows(model: type[Classification | Fingerprint | Embedding], classified: list[int], keys: list[int]) -> None:
    """Give these photos copies of the classified photos' rows in one table, repeated in turn."""
    fields = [field.attname for field in model._meta.fields if not field.primary_key]
    rows = list(model.objects.filter(pk__in=classified).values(*fields))
    for piece in batched(enumerate(keys), 2000) if rows else ():
        model.objects.bulk_create(model(photo_id=key, **rows[at % len(rows)]) for at, key in piece)
