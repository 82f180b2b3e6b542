"""What the API answers to what no well-meaning program sends: never a 500, always {"error": one sentence}."""

import json
import uuid
from itertools import product

import pytest
from django.conf import settings

from jobs.models import Job
from tests.jobs.conftest import Caller
from tests.jobs.kinds import counting
from tests.jobs.work import make_job, reload, run_items

pytestmark = pytest.mark.django_db

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
JOB = "/api/jobs/{id}"
WITH_BODIES = [
    "/api/jobs",
    "/api/jobs/cancel",
    "/photos/batch/cancel",
    "/api/cancel/{id}",
    f"{JOB}/cancel",
    f"{JOB}/retry",
]
READ = [
    "/api/jobs",
    JOB,
    f"{JOB}/items",
    f"{JOB}/items/1",
    f"{JOB}/items/1/output",
    f"{JOB}/events",
    f"{JOB}/unprocessed.csv",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]


def refused(answer, *statuses):
    """The sentence of an answer that says no, in the one form that there is."""
    assert answer.status_code in statuses, (answer.status_code, answer.content[:300])
    assert answer["Content-Type"] == JSON
    told = answer.json()
    assert set(told) <= {"error", "fields"}
    assert isinstance(told["error"], str)
    assert told["error"]
    assert "\n" not in told["error"]
    return told["error"]


def part(name, value, extra=b""):
    return (
        b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + extra + b"\r\n\r\n" + value + b"\r\n--x--\r\n"
    )


BROKEN_JSON = [
    b"{", b"nul", b"[1,", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b"\xff\xfe{}", b'"\xed\xa0\x80"',
    b'{"kind": "\\ud800"}', b'{"\\udfff": 1}', b'{"kind": "a\\u0000b"}', b'{"a\\u0000": 1}', b'{"kind": "a\x00b"}',
    b"[" * 100_000, b"[" * 3000 + b"]" * 3000, b'{"a":' * 100_000, b"1" * 10_000, b'{"items": ' + b"9" * 5000 + b"}",
    b"{}{}", b"'kind'", b"<xml/>", b"\x00", b"\xef\xbb\xbf[", b'{"a": 1e400}x',
]  # fmt: skip
BROKEN_PARTS = [
    b"", b"--x", b"--y--", b"\x00" * 100, part(b"kind", b"a\x00b"), part(b"\x00", b"a"), part(b"", b"a"),
    part(b"kind", b"counting", b'; filename="a.txt"'), b"--x\r\n\r\n\r\n--x--",
    b"--x\r\n" + b"A" * 20_000 + b"\r\n--x--",
    part(b"kind", b"x", b"\r\nContent-Transfer-Encoding: base64"), part(b"kind", b"\xff\xfe"),
]  # fmt: skip
BROKEN_FORMS = [b"kind=%00", b"%00=1", b"kind=%ff%fe", b"a" * 100_000, b"&" * 1000, b"=", b"%", b"kind[]=1", b"\xff"]


@pytest.mark.parametrize("address", WITH_BODIES)
def test_a_broken_body_is_refused(as_ana, ana, address):
    job = make_job(ana)
    for content_type, bodies in ((JSON, BROKEN_JSON), (PARTS, BROKEN_PARTS), (FORM, BROKEN_FORMS)):
        for body in bodies:
            answer = as_ana.generic("POST", address.format(id=uuid.uuid4()), body, content_type)
            if answer.status_code != 200:  # a body with nothing in it that anybody asks for
                refused(answer, 400, 404, 413)
            else:
                assert "cancel" in address
                assert content_type != JSON
    assert Job.objects.count() == 1
    assert reload(job).status in ("queued", "cancelled")


@pytest.mark.parametrize("address", WITH_BODIES)
@pytest.mark.parametrize("content_type", [JSON, FORM, PARTS])
def test_a_body_of_ten_megabytes_is_a_413(as_ana, ana, address, content_type):
    job = make_job(ana)
    body = {
        JSON: json.dumps({"title": "x" * 10_000_000}).encode(),
        FORM: b"title=" + b"x" * 10_000_000,
        PARTS: part(b"title", b"x" * 10_000_000),
    }[content_type]

    answer = as_ana.generic("POST", address.format(id=job.uuid), body, content_type)

    assert refused(answer, 413) == "The request is too large."
    assert reload(job).status == "queued"


def test_too_many_fields_are_a_413(as_ana):
    body = b"&".join(b"a%d=1" % n for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))

    refused(as_ana.generic("POST", "/api/jobs", body, FORM), 413)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "image/jpeg", "nonsense", "a/b/c", ";"])
@pytest.mark.parametrize("address", WITH_BODIES)
def test_a_body_of_another_type_is_a_415(as_ana, ana, address, content_type):
    job = make_job(ana)

    answer = as_ana.generic("POST", address.format(id=job.uuid), b"{}", content_type)

    assert refused(answer, 415).startswith("Unsupported media type")
    assert reload(job).status == "queued"


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", f"{JSON}; charset=no"]
)
def test_an_odd_content_type_is_no_trouble(as_ana, content_type):
    refused(as_ana.generic("POST", "/api/jobs", b"{}", content_type), 400)


VALUES = [None, True, 0, -1, 1.5, 10**30, -(10**30), 1e308, "", "x", "é\u202e", [], [[]], {}, {"a": {"b": [None]}}]


def test_values_of_any_type_are_refused_or_taken_but_never_break(as_ana):
    bodies = [{"kind": "counting", "items": value} for value in VALUES if value not in (True, 10**30)]
    bodies += [{"kind": "process", "photos": value, "steps": other} for value, other in product(VALUES, VALUES)]
    bodies += [{"kind": "process", "photos": "all", name: value, "steps": []}
               for name, value in product(("filter", "recipe", "classify", "catalogue", "title"), VALUES)]  # fmt: skip
    bodies += [{"kind": "reclassify", "photos": value, "filter": {"search": value}} for value in VALUES]

    for body in bodies:
        answer = as_ana.send("post", "/api/jobs", body)
        refused(answer, 400)
    assert not Job.objects.exists()


IDS = ["0", "-1", "null", "x" * 5000, "%2e%2e", "..", "%f0%28%8c%28", "%ff", "%0a", "%0d%0aX:%201",
       "é", "\uff11", "'--", "{}", "01890000-0000-7000-8000-00000000000", "g1890000-0000-7000-8000-000000000000", "%20",
       "+", "*", "~"]  # fmt: skip


@pytest.mark.parametrize("name", IDS)
def test_an_odd_id_is_a_missing_one(as_ana, name):
    for address in READ[1:]:
        refused(as_ana.get(address.format(id=name)), 404)
    for address in (f"{JOB}/resume", f"{JOB}/retry"):
        refused(as_ana.post(address.format(id=name)), 404)
    for address in (f"{JOB}/cancel", "/api/cancel/{id}"):
        assert refused(as_ana.post(address.format(id=name)), 400) == "Job not found or already completed"
    refused(as_ana.delete(JOB.format(id=name)), 404)


@pytest.mark.parametrize("address", ["/api/%00", "/api/jobs/%00", "/api/jobs?status=%00", "/api/jobs?kind=a%00b"])
def test_a_nul_in_the_address_is_refused(as_ana, address):
    refused(as_ana.get(address), 400, 404)


CURSORS = ["x", "%ff", "é", "=", "cD0x", "cD1h", "cD0tMQ==", "bz05OTk5OTk5OTk5", "cj1hJnA9",
           "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cD3igJM", "cD0y", "A" * 5000, "bz0tMQ==", "bz1h"]  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS)
def test_an_odd_cursor_is_refused_or_leads_nowhere(as_ana, ana, cursor):
    make_job(ana)

    answer = as_ana.get(f"/api/jobs?cursor={cursor}")

    if answer.status_code == 200:
        assert list(answer.json()) == ["next", "previous", "results"]
    else:
        refused(answer, 400)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=x", "limit=" + "9" * 5000, "limit=1e3", "status=", "status[]=x",
     "status=%ff", "format=xml", "kind=" + "x" * 5000, "kind=%ff", "kind=%ed%a0%80", "status=active&status=nonsense",
     "&&&", "%", "cursor="],
)  # fmt: skip
def test_odd_queries_are_answered_or_refused(as_ana, ana, query):
    make_job(ana)

    answer = as_ana.get(f"/api/jobs?{query}")

    if answer.status_code != 200:
        refused(answer, 400)


def test_every_method_at_every_address_is_answered_in_json_by_anybody(as_ana, as_nobody, ana):
    job = make_job(ana, items=1)
    run_items(job)
    addresses = {address.format(id=job.uuid) for address in READ + WITH_BODIES}

    for client, address, method in product((as_ana, as_nobody), addresses, METHODS):
        if (client, method) == (as_ana, "DELETE"):
            continue
        answer = client.generic(method, address)
        assert answer.status_code < 500, (method, address)
        if answer.status_code >= 400 and method != "HEAD":
            refused(answer, 400, 401, 404, 405, 409)


@pytest.mark.parametrize(
    "address", ["/api/", "/api/x", "/api/jobs/", "/api//jobs", "/api/jobs/x/y/z", "/api/JOBS", "/api/é"]
)
@pytest.mark.parametrize("method", METHODS)
def test_an_address_that_does_not_exist_is_a_404_for_everybody(as_ana, as_nobody, address, method):
    for client in (as_ana, as_nobody):
        answer = client.generic(method, address)
        assert answer.status_code == 404
        if method != "HEAD":
            assert answer.json() == {"error": "Not found"}


@pytest.mark.parametrize(
    "header", ["Token", "Token x", "Token é", "Token " + "x" * 5000, "token a b", "Basic YTpi", "Bearer x", "\xff"]
)
def test_a_token_that_is_none_is_a_401(as_nobody, header):
    answer = as_nobody.get("/api/jobs", headers={"Authorization": header})

    refused(answer, 401)
    assert answer["WWW-Authenticate"] == "Token"


def test_a_request_from_another_site_is_a_403_in_json(ana):
    job = make_job(ana)
    client = Caller(ana, enforce_csrf_checks=True)

    for address in WITH_BODIES:
        refused(client.send("post", address.format(id=job.uuid), {}), 403)
    refused(client.delete(JOB.format(id=job.uuid)), 403)
    assert reload(job).status == "queued"


def test_a_broken_body_from_another_site_is_refused_too(ana):
    client = Caller(ana, enforce_csrf_checks=True)

    for content_type, bodies in ((JSON, BROKEN_JSON), (PARTS, BROKEN_PARTS), (FORM, BROKEN_FORMS)):
        for body in bodies:
            refused(client.generic("POST", "/api/jobs", body, content_type), 400, 403)
    refused(client.generic("POST", "/api/jobs", b"{}", "text/plain"), 403, 415)
    refused(client.generic("POST", "/api/jobs", b" " * 10_000_000, JSON), 403, 413)


def test_an_unknown_host_is_a_400_in_json(as_ana):
    refused(as_ana.get("/api/jobs", headers={"Host": "evil.example"}), 400)


def test_what_goes_wrong_inside_is_a_500_in_json(as_ana, ana, monkeypatch):
    job = make_job(ana, results=True)
    run_items(job)
    monkeypatch.setattr(counting, "output", lambda item: item.no_such_thing)
    as_ana.raise_request_exception = False

    answer = as_ana.get(f"/api/jobs/{job.uuid}/items")

    assert refused(answer, 500) == "Something went wrong on the server."


@pytest.mark.parametrize("header", ['"', "*", "W/", '"x"' * 5000, "\xff", "%00"])
def test_odd_etags_are_no_trouble(as_ana, ana, header):
    answer = as_ana.get(JOB.format(id=make_job(ana).uuid), headers={"If-None-Match": header})

    assert answer.status_code in (200, 304)
