"""Jobs of a kind, or with a filter, that an upgrade took away."""

import pytest

from jobs.errors import Refused
from jobs.kinds import UnknownKind, get_kind
from jobs.models import Item, Job
from tests.jobs.kinds import CountPhase
from tests.jobs.work import event_names, make_job, reload, run_items, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(ana):
    """A job whose kind is gone; nothing of it was done yet."""
    job = make_job(ana, items=3, phases=["process", "classify", "catalogue"])
    Job.objects.filter(pk=job.pk).update(kind="panorama")
    return reload(job)


def test_it_fails_and_says_why(job):
    run_items(job)

    assert (reload(job).status, event_names(job)) == ("failed", ["submit", "fail"])
    assert reload(job).error == "The phase process could not go on (This version has no jobs of the kind panorama)."
    assert reload(job).counts.skipped == 3


def test_it_fails_and_blames_no_file_though_some_were_done(ana):
    job = make_job(ana, items=3)
    run_items(job, items=1)
    Job.objects.filter(pk=job.pk).update(kind="panorama")

    run_items(job)

    assert reload(job).error == "The phase process could not go on (This version has no jobs of the kind panorama)."
    assert list(job.items.order_by("position").values_list("status", flat=True)) == ["succeeded", "waiting", "waiting"]


def test_it_is_shown_and_deleted_like_any_other(job, as_ana):
    run_items(job)

    for address in ("", "/items", "/items?status=skipped", "/unprocessed.csv", "/events"):
        assert as_ana.get(f"/api/jobs/{job.uuid}{address}").status_code == 200, address
    assert as_ana.get(f"/jobs/{job.uuid}").status_code == 200
    assert as_ana.get("/jobs").status_code == 200
    assert as_ana.delete(f"/api/jobs/{job.uuid}").status_code == 204
    assert not Item.objects.exists()


def test_it_can_be_cancelled_and_comes_to_rest(job, ana):
    job.cancel(by=ana, door="page")

    assert reload(job).settled
    assert statuses(job) == []


def test_nobody_submits_one():
    with pytest.raises(UnknownKind, match="This version has no jobs of the kind panorama"):
        get_kind("panorama").submission({}, None)


@pytest.mark.parametrize(
    ("problem", "why"), [(Refused("There is no such filter."), "There is no such filter"), (KeyError(), "KeyError")]
)
def test_a_job_whose_files_cannot_be_chosen_any_more_fails_and_says_why(ana, as_ana, monkeypatch, problem, why):
    def refuse(*_):
        raise problem

    job = make_job(ana)
    with monkeypatch.context() as broken:
        broken.setattr(CountPhase, "source", refuse)
        run_items(job)
        told = as_ana.get(f"/api/jobs/{job.uuid}/items?status=skipped") if isinstance(problem, Refused) else None

    assert (reload(job).status, reload(job).error) == ("failed", f"The phase process could not go on ({why}).")
    assert told is None or (told.status_code, told.json()["items"]) == (200, [])


def test_a_job_that_cannot_even_begin_fails_and_says_so(ana, monkeypatch):
    def refuse(self):
        raise ValueError("no")

    monkeypatch.setattr(Job, "open", refuse)
    job = make_job(ana)

    run_items(job)

    assert reload(job).error == "The phase process could not go on (ValueError)."
