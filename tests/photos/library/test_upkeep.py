"""What is put in order every hour."""

import os
import time

from django.conf import settings

from photos.files import storage
from photos.tasks import upkeep


def test_beat_knows_the_upkeep_of_the_storage() -> None:
    assert upkeep.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_what_killed_processes_left_among_incoming_files_goes_again_and_again_in_one_process(db: None) -> None:
    for _ in range(2):
        old, new = storage.new_incoming(), storage.new_incoming()
        os.utime(old, (time.time() - 25 * 3600,) * 2)

        upkeep()

        assert (old.exists(), new.exists()) == (False, True)
