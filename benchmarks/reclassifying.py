"""Photos decided anew from what is kept of them: no file is opened."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import batched

from benchmarks.crew import completed, seconds_of, submit, workers
from benchmarks.figures import RATE, Figure
from benchmarks.libraries import library, upload
from benchmarks.pictures import pictures_of
from photos.models import Classification, Photo
from project.accounts.models import User

AIM = 1_000.0
LOOKED_AT = 10
CORRECTED = 20  # photos that a person has put into a category


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """A large library of which everything is known, and some of it corrected."""
    with workers(options.processes):
        person = classified(options.items // 5, looked_at())
        Photo.objects.visible_to(person).filter(pk__in=some(person)).correct("dogs")
        job = completed(submit(person, "reclassify", photos="all"))
    what = f"Photos reclassified a second, of {job.counts.total:,}"
    yield Figure(what, database, job.counts.total / seconds_of(job), RATE, AIM)


def some(person: User) -> list[int]:
    """A few of their photos."""
    return list(Photo.objects.visible_to(person).order_by("pk").values_list("pk", flat=True)[:CORRECTED])


def looked_at() -> list[Classification]:
    """What is kept of some real pictures."""
    person = User.objects.create_user("somebody with pictures")
    upload(person, pictures_of(12, LOOKED_AT))
    completed(submit(person, "process", photos="all", classify=True))
    return list(Classification.objects.filter(photo__owner=person))


def classified(size: int, seen: list[Classification]) -> User:
    """A person with that many photos, of which the same is known as of those that were seen."""
    person = library(size)
    keys = Photo.objects.visible_to(person).order_by("pk").values_list("pk", flat=True)
    fields = [field.attname for field in Classification._meta.fields if not field.primary_key]
    known = [{name: getattr(one, name) for name in fields} for one in seen]
    for piece in batched(list(keys), 2000):  # read to the end: SQLite writes nothing on top of an older look
        Classification.objects.bulk_create(
            Classification(photo_id=key, **known[number % len(known)]) for number, key in enumerate(piece)
        )
    return person
