"""Jobs of the kind "reclassify"."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client

from jobs.models import Job
from jobs.stop import Stop
from jobs.work import Work
from photos.classification.network import FEATURE_COUNT
from photos.kinds.reclassify import ReclassifyPhase
from photos.models import Classification, Photo
from tests.jobs.work import reload, run_items, statuses
from tests.photos.catalogues import as_json
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]
SHADES = {"commonest": 60, "near": 0.2, "far": 0.5, "ink": 0.1, "coloured": 0.5, "equal": 0.1}
FIGURES = {"sharpness": 0.5, "deviation": 50.0, "camera": "", "shades": SHADES}


def vector(direction: int, turned: float = 0.0) -> bytes:
    """An embedding in that direction, turned slightly towards the next one."""
    numbers = np.zeros(FEATURE_COUNT, dtype=np.float16)
    numbers[direction], numbers[direction + 1] = 1, turned
    return numbers.tobytes()


def keep(photo: Photo, **facts: Any) -> Photo:
    """Store a classification as an earlier job would."""
    fields: dict[str, Any] = {"scores": {"dogs": 0.4, "cats": 0.3}, "attributes": FIGURES, "classifier": "x"} | facts
    marks = {name: fields.pop(name, None) for name in ("dhash", "embedding")}
    Classification(photo=photo, version="1", **fields).keep("photo", **marks)
    return photo


def correct(client: Client, photo: Photo, category: str) -> None:
    answer = client.patch(f"/api/photos/{photo.uuid}", {"category": category}, content_type="application/json")
    assert answer.status_code == 200


def submit(client: Client, **body: Any) -> Any:
    return client.post("/api/jobs", {"kind": "reclassify", "photos": "all"} | body, content_type="application/json")


def reclassified(client: Client, **body: Any) -> Job:
    answer = submit(client, **body)
    assert answer.status_code == 201, answer.content
    job = Job.objects.get(uuid=answer.json()["id"])
    run_items(job)
    return reload(job)


def categories() -> dict[str, str]:
    return dict(Photo.objects.values_list("name", "category"))


def test_photos_like_a_corrected_one_follow_it_and_no_file_is_opened(as_ana: Client, add: Add) -> None:
    rex, like, unlike = (keep(add(name=name), embedding=vector(at, turned)) for name, at, turned in (
        ("rex.jpg", 1, 0.0), ("like.jpg", 1, 0.5), ("unlike.jpg", 7, 0.0),
    ))  # fmt: skip
    correct(as_ana, rex, "Rex")
    for photo in (rex, like, unlike):
        photo.file.path.unlink()

    job = reclassified(as_ana)

    assert job.status == "completed"
    assert [(phase.name, phase.succeeded) for phase in job.phase_rows] == [("classify", 3)]
    assert categories() == {"rex.jpg": "Rex", "like.jpg": "Rex", "unlike.jpg": ""}
    row = Classification.objects.get(photo=like)
    assert (row.category, row.classifier, row.version) == ("Rex", "learnt", "corrections: 1")
    assert row.score == pytest.approx(0.894, abs=0.001)


def test_a_correction_between_a_decision_and_its_writing_stays(as_ana: Client, add: Add) -> None:
    photo = keep(add(), scores={"dogs": 0.9})
    job = Job.objects.get(uuid=submit(as_ana).json()["id"])
    job.open()
    job.current_phase.plan()
    item = Work(id=1, position=1, ref=photo.pk, name=photo.name, attempt=1, job_uuid=str(job.uuid))
    phase = ReclassifyPhase()
    decided = phase.do(item, phase.prepare(job), Stop())

    correct(as_ana, photo, "Rex")
    phase.save_results([(item, decided)])

    assert decided["category"] == "dogs"
    assert categories() == {"a.jpg": "Rex"}


def test_what_a_person_said_before_is_not_doubted(as_ana: Client, add: Add) -> None:
    photo = keep(add(), scores={"dogs": 0.9})
    correct(as_ana, photo, "Rex")

    job = reclassified(as_ana)

    assert categories() == {"a.jpg": "Rex"}
    assert job.items.get().result["classifier"] == "person"
    assert Classification.objects.get(photo=photo).classifier == "x"


def test_another_threshold_changes_what_is_claimed_and_what_kind_it_is(as_ana: Client, add: Add, settings: Any) -> None:
    photo = keep(add())
    assert reclassified(as_ana).status == "completed"
    assert categories() == {"a.jpg": ""}

    settings.STOPBATH_THRESHOLDS = {"category": 0.35}
    reclassified(as_ana)
    assert categories() == {"a.jpg": "dogs"}

    settings.STOPBATH_THRESHOLDS = {"drawn": 0.05}
    reclassified(as_ana)
    photo.refresh_from_db()
    assert (photo.kind, photo.category) == ("graphic", "")


def test_a_photo_that_was_never_classified_fails_in_words_and_the_others_go_on(as_ana: Client, add: Add) -> None:
    keep(add(name="a.jpg"))
    add(name="b.jpg")

    job = reclassified(as_ana)

    assert sorted(statuses(job)) == ["failed", "succeeded"]
    assert job.items.get(status="failed").error.startswith("This photo has not been classified yet")


def test_only_the_persons_own_corrections_teach(as_ana: Client, as_ben: Client, add: Add) -> None:
    correct(as_ben, keep(add(name="ben.jpg", client=as_ben), embedding=vector(1)), "Secret")
    keep(add(name="ana.jpg"), embedding=vector(1))

    reclassified(as_ana)

    assert categories()["ana.jpg"] == ""


def test_chosen_photos_in_any_order_are_decided_and_no_others(as_ana: Client, add: Add) -> None:
    photos = [keep(add(name=f"{number}.jpg"), scores={"dogs": 0.9}) for number in range(4)]
    Photo.objects.update(category="")

    job = reclassified(as_ana, photos=[str(photos[at].uuid) for at in (3, 0, 2)])

    assert categories() == {"0.jpg": "dogs", "1.jpg": "", "2.jpg": "dogs", "3.jpg": "dogs"}
    assert job.title == "Reclassify: 3 photos"


def test_a_category_is_written_with_the_outcome_or_not_at_all(as_ana: Client, ana: Any, add: Add) -> None:
    for number in range(3):
        keep(add(name=f"{number}.jpg"), scores={"dogs": 0.9})
    Photo.objects.update(category="")
    job = Job.objects.get(uuid=submit(as_ana).json()["id"])
    run_items(job, items=1)
    reload(job).cancel(by=ana, door="page")

    run_items(job)

    assert statuses(job) == ["succeeded", "skipped", "skipped"]
    assert categories() == {"0.jpg": "dogs", "1.jpg": "", "2.jpg": ""}
    reload(job).resume(by=ana, door="page")
    run_items(job)
    assert set(categories().values()) == {"dogs"}


def test_a_deleted_photo_among_them_does_no_harm(as_ana: Client, add: Add) -> None:
    photos = [keep(add(name=f"{number}.jpg"), scores={"dogs": 0.9}) for number in range(2)]
    job = Job.objects.get(uuid=submit(as_ana, photos=[str(photo.uuid) for photo in photos]).json()["id"])
    photos[0].delete()

    run_items(job)

    assert sorted(statuses(job)) == ["failed", "succeeded"]
    assert job.items.get(status="failed").error == "The photo was deleted before it was processed"


def test_a_photo_that_left_the_selection_is_told_so(as_ana: Client, add: Add) -> None:
    photos = [keep(add(name=f"{number}.jpg"), scores={"dogs": 0.9}) for number in range(2)]
    job = Job.objects.get(uuid=submit(as_ana, photos="all").json()["id"])
    photos[0].delete()

    run_items(job)

    error = "The photo was deleted, or no longer matched the filter, before its turn came"
    assert job.items.get(status="failed").error == error


@pytest.mark.parametrize(
    "body", [{"photos": []}, {"photos": "some"}, {"photos": "all", "filter": {"kind": "x"}}, {"title": 7}]
)
def test_a_submit_that_makes_no_sense_is_refused(as_ana: Client, add: Add, body: dict[str, Any]) -> None:
    add(jpeg())

    answer = submit(as_ana, **body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not Job.objects.exists()


def test_a_catalogue_may_follow(as_ana: Client, add: Add) -> None:
    keep(add(), scores={"dogs": 0.9})

    job = reclassified(as_ana, catalogue=True)

    assert [(phase.name, phase.status) for phase in job.phase_rows] == [("classify", "done"), ("catalogue", "done")]
    assert as_json(as_ana, job)["groups"][0]["category"] == "dogs"
