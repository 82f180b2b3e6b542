"""GET /api/jobs/<id>/items/<position>/output."""

import pytest

from tests.jobs.work import make_job, run_items

pytestmark = pytest.mark.django_db


def output(client, job, position=1, **extra):
    return client.get(f"/api/jobs/{job.uuid}/items/{position}/output", **extra)


def test_the_file_comes_under_its_name_as_a_download(as_ana, ana, tmp_path):
    job = make_job(ana, items=2, folder=str(tmp_path))
    run_items(job)

    answer = output(as_ana, job, 2)

    assert (answer.status_code, answer.getvalue()) == (200, b"2")
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Length"] == "1"
    assert answer["Content-Disposition"] == "attachment; filename=\"number.txt\"; filename*=UTF-8''number.txt"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("accept", ["image/*", "text/plain", "application/zip", "nonsense"])
def test_a_file_comes_whatever_the_program_says_it_accepts(as_ana, ana, tmp_path, accept):
    job = make_job(ana, items=1, folder=str(tmp_path))
    run_items(job)

    assert output(as_ana, job, headers={"Accept": accept}).getvalue() == b"1"


@pytest.mark.parametrize("position", ["0", "3", "-1", "x", "1.0", "²", "9" * 18, "9" * 40, "%20"])
def test_a_position_that_does_not_exist_is_a_404(as_ana, ana, tmp_path, position):
    job = make_job(ana, items=2, folder=str(tmp_path))
    run_items(job)

    answer = output(as_ana, job, position)

    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


def test_a_file_that_is_waiting_failed_or_gone_is_a_404(as_ana, ana, tmp_path):
    job = make_job(ana, items=3, fail=[1], folder=str(tmp_path))
    run_items(job, items=2)
    for path in tmp_path.iterdir():
        path.unlink()

    assert [output(as_ana, job, position).status_code for position in (1, 2, 3)] == [404, 404, 404]


def test_an_output_is_its_owners_alone(as_ben, as_staff, as_nobody, ana, tmp_path):
    job = make_job(ana, items=1, folder=str(tmp_path))
    run_items(job)

    assert [output(client, job).status_code for client in (as_ben, as_staff, as_nobody)] == [404, 404, 401]
