"""HEAD: the same headers as GET, and nothing is made or read for it."""

import pytest
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from jobs.api import views
from photos.api import results
from project.accounts.models import Token
from tests.jobs.work import make_job, run_items

pytestmark = pytest.mark.django_db


def asked(method, address, key):
    """The answer as the web server gets it: Django's test client throws bodies of HEAD away by itself."""
    request = RequestFactory().generic(method, address, headers={"Authorization": f"Token {key}"})
    return WSGIHandler().get_response(request)


def headers(response):
    return {name: value for name, value in response.items() if name != "Content-Security-Policy"}


@pytest.mark.parametrize(
    ("name", "module", "maker"), [("unprocessed.csv", views, "csv_lines"), ("results.zip", results, "stream_zip")]
)
def test_nothing_is_made_for_a_head(ana, monkeypatch, name, module, maker):
    key = Token.make(ana)[1]
    job = make_job(ana)
    calls = []

    def pieces(job):
        calls.append(job)
        yield b"a piece"

    monkeypatch.setattr(module, maker, pieces)
    head = asked("HEAD", f"/api/jobs/{job.uuid}/{name}", key)

    assert (head.status_code, list(head), calls) == (200, [], [])
    whole = asked("GET", f"/api/jobs/{job.uuid}/{name}", key)
    assert (list(whole), calls) == ([b"a piece"], [job])
    assert headers(head) == headers(whole)


def test_a_file_is_not_read_for_a_head_and_closed_with_it(ana, tmp_path, monkeypatch):
    key = Token.make(ana)[1]
    job = make_job(ana, items=1, folder=str(tmp_path))
    run_items(job)
    files = []
    file_response = views.FileResponse
    monkeypatch.setattr(views, "FileResponse", lambda file, **more: files.append(file) or file_response(file, **more))

    head = asked("HEAD", f"/api/jobs/{job.uuid}/items/1/output", key)

    assert (head.status_code, head["Content-Length"], list(head)) == (200, "1", [])
    assert head.file_to_stream is None  # which gunicorn would send without looking at the method
    with monkeypatch.context() as patch:
        patch.setattr(signals.request_finished, "send", lambda **more: None)  # it would close the test's database
        head.close()
    assert files[0].closed
