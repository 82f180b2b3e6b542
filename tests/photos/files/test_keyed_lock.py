"""Nobody holds all the children that make previews: each person has one turn at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from photos.files.keyed_lock import KeyedLock, LockNotAcquired
from photos.library import decoding
from photos.models import Photo

Add = Callable[..., Photo]
SOON = 5.0


@contextmanager
def in_another_thread(turns: KeyedLock, person: int) -> Iterator[None]:
    """The person has a turn while this lasts."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.hold(person, SOON):
            begun.set()
            over.wait()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(hold)
        try:
            assert begun.wait(SOON)
            yield
        finally:
            over.set()
        future.result()


def look(client: Client, photo: Photo) -> Any:
    body = {"photo": str(photo.uuid), "steps": []}
    return client.post("/api/preview", body, content_type="application/json")


def test_a_person_who_has_a_preview_made_waits_with_the_next_and_nobody_else_does(
    as_ana: Client, as_ben: Client, ana: Any, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = add(), add(client=as_ben)
    monkeypatch.setattr(decoding, "MAX_DECODING_SECONDS", 0.1)

    with in_another_thread(decoding.preview_lock, ana.pk):
        refused = look(as_ana, mine)
        hidden = as_ana.get(f"/api/photos/{mine.uuid}/screen")
        monkeypatch.setattr(decoding, "MAX_DECODING_SECONDS", 20)
        other = look(as_ben, theirs)

    words = "There is no preview: an earlier request takes too long, try again in a moment"
    for answer in (refused, hidden):
        assert (answer.status_code, answer.json(), answer["Retry-After"]) == (503, {"error": words}, "2")
    assert other.status_code == 200
    assert look(as_ana, mine).status_code == 200
    assert as_ana.get(f"/api/photos/{mine.uuid}/screen").status_code == 200


def had(turns: KeyedLock, gives_way: bool) -> str:
    with turns.hold(1, SOON, gives_way):
        return "had it"


def test_of_previews_that_wait_only_the_latest_is_made() -> None:
    turns = KeyedLock()
    with ThreadPoolExecutor(3) as pool:
        with in_another_thread(turns, 1):
            other = pool.submit(had, turns, False)
            first = pool.submit(had, turns, True)
            while not turns.latest:
                time.sleep(0.001)
            latest = pool.submit(had, turns, True)
            with pytest.raises(LockNotAcquired, match="a newer request replaced this one"):
                first.result(SOON)
            assert not latest.done()

        assert (other.result(SOON), latest.result(SOON)) == ("had it", "had it")
    assert (turns.busy, turns.latest) == (set(), {})


def test_whoever_waits_too_long_leaves_nothing_behind() -> None:
    turns = KeyedLock()
    with (
        in_another_thread(turns, 1),
        pytest.raises(LockNotAcquired, match="takes too long"),
        turns.hold(1, 0.01, is_replaceable=True),
    ):
        pytest.fail("two turns of one person")

    assert (turns.busy, turns.latest) == (set(), {})
