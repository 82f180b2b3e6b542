"""What only a real web server shows: bodies that come piece by piece."""

import json

import pytest

from jobs.models import Job
from photos.models import Photo
from tests.jobs.work import make_job, reload
from tests.photos.pictures import jpeg, multipart

pytestmark = pytest.mark.real

REFUSED = (411, {"error": "Send the length of the body (Content-Length)."})


def in_pieces(web, address, body, content_type="application/json"):
    """The answer to a body that does not say how long it is: Transfer-Encoding: chunked."""
    pieces = iter([body[:10], body[10:]])
    answer = web.ask("POST", address, content=pieces, headers={"Content-Type": content_type})
    return answer.status_code, answer.json()


def test_a_body_without_a_length_is_refused_and_never_taken_for_none(web, ana):
    named, other = make_job(ana), make_job(ana)
    bodies = {
        "/api/jobs/cancel": {"jobs": [str(named.uuid)]},
        "/photos/batch/cancel": {"jobs": [str(named.uuid)]},
        f"/api/jobs/{named.uuid}/cancel": {"discard": True},
        f"/api/cancel/{named.uuid}": {"finish": True},
        f"/api/jobs/{named.uuid}/retry": {"reason": "The storage is away."},
        "/api/jobs": {"kind": "counting", "items": 3},
    }

    answers = [in_pieces(web, address, json.dumps(body).encode()) for address, body in bodies.items()]
    answers.append(in_pieces(web, "/api/photos", *multipart(("files", jpeg(), "a.jpg"))))

    assert answers == [REFUSED] * 7
    assert (reload(named).status, reload(other).status) == ("queued", "queued")
    assert (Job.objects.count(), Photo.objects.count()) == (2, 0)
    assert web.ask("POST", "/api/jobs/cancel", json={"jobs": [str(named.uuid)]}).json()["cancelled"] == 1
    assert (reload(named).status, reload(other).status) == ("cancelled", "queued")
