"""What a storage behind a network says when it is away for a moment does not fail a photo at once."""

import errno
import os
from collections.abc import Callable

import pytest

from jobs.errors import ItemFailed, PassingFault
from jobs.work import Work
from photos.kinds.failures import file_failure
from photos.models import Photo

pytestmark = pytest.mark.django_db


def told(photo: Photo, number: int) -> ItemFailed:
    work = Work(1, 1, photo.pk, photo.name, 1, "")
    return file_failure(OSError(number, os.strerror(number)), photo.file.path, work)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ECONNRESET])
def test_a_storage_that_is_away_is_asked_again(add: Callable[..., Photo], number: int) -> None:
    fault = told(add(), number)

    assert isinstance(fault, PassingFault)
    assert str(fault).startswith("The file could not be read or written: ")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENOENT])
def test_what_needs_a_person_fails_at_once(add: Callable[..., Photo], number: int) -> None:
    assert not isinstance(told(add(), number), PassingFault)
