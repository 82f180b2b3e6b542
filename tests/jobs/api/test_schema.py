"""The description of the API, and its page."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from tests.jobs.work import make_job, run_items

pytestmark = pytest.mark.django_db


def test_the_description_is_made_without_a_warning_and_is_valid(tmp_path):
    target = tmp_path / "schema.yaml"

    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(target))

    assert target.read_text().startswith("openapi: 3.")


def test_the_description_knows_every_address_of_jobs(as_nobody):
    schema = as_nobody.get("/api/schema?format=json").json()

    verbs = {path: set(found) for path, found in schema["paths"].items() if "job" in path or "cancel" in path}
    job = "/api/jobs/{job_id}"
    assert (
        verbs.items()
        >= {
            "/api/jobs": {"get", "post"},
            "/api/jobs/cancel": {"post"},
            "/photos/batch/cancel": {"post"},
            "/api/cancel/{job_id}": {"post"},
            job: {"get", "delete"},
            f"{job}/items": {"get"},
            f"{job}/items/{{position}}": {"get"},
            f"{job}/items/{{position}}/output": {"get"},
            f"{job}/events": {"get"},
            f"{job}/cancel": {"post"},
            f"{job}/resume": {"post"},
            f"{job}/retry": {"post"},
            f"{job}/unprocessed.csv": {"get"},
        }.items()
    )


def keys_of(schema, component):
    """The keys of an object as the description has them."""
    return set(schema["components"]["schemas"][component]["properties"])


def test_answers_have_the_keys_that_the_description_tells(as_ana, ana, tmp_path):
    job = make_job(ana, items=1, folder=str(tmp_path))
    run_items(job)
    schema = as_ana.get("/api/schema?format=json").json()

    def answer(address=""):
        return as_ana.get(f"/api/jobs/{job.uuid}{address}").json()

    assert set(answer()) == keys_of(schema, "Job")
    assert set(answer()["phases"][0]) == keys_of(schema, "Phase")
    assert set(as_ana.get("/api/jobs").json()) == keys_of(schema, "JobPage")
    assert set(answer("/items")) == keys_of(schema, "ItemPage")
    assert set(answer("/items")["items"][0]) == keys_of(schema, "Item")
    assert set(answer("/items")["items"][0]["output"]) <= keys_of(schema, "Output")
    assert set(answer("/items/1")) == keys_of(schema, "ItemWithAttempts")
    assert set(answer("/items/1")["attempts"][0]) == keys_of(schema, "Attempt")
    assert set(answer("/events")["events"][0]) == keys_of(schema, "Event")


def test_the_description_tells_what_each_kind_takes_and_what_it_makes(as_ana):
    schema = as_ana.get("/api/schema?format=json").json()

    assert keys_of(schema, "Submit") == {
        "kind", "photos", "filter", "steps", "recipe", "classify", "catalogue", "title", "deliver",
    }  # fmt: skip
    assert keys_of(schema, "Output") == {"url", "name", "format", "size", "width", "height", "notes"}


def test_the_description_comes_as_yaml_by_default(as_nobody):
    answer = as_nobody.get("/api/schema")

    assert answer.status_code == 200
    assert answer.content.startswith(b"openapi: 3.")


@pytest.mark.parametrize("address", ["/api/schema", "/api/schema?format=json", "/api/docs", "/api/docs?script="])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_what_cannot_be_done_with_the_description_is_said_in_json(as_nobody, address, method):
    answer = as_nobody.send(method, address, headers={"Accept": "text/html, application/yaml"})

    assert (answer.status_code, answer["Content-Type"]) == (405, "application/json")
    assert list(answer.json()) == ["error"]


def test_the_page_needs_nothing_from_elsewhere_and_no_script_in_the_page(as_nobody):
    answer = as_nobody.get("/api/docs")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    addresses = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
    for address in addresses:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address


def test_the_script_of_the_page_asks_for_the_description_here(as_nobody):
    page = as_nobody.get("/api/docs").content.decode()
    (address,) = [found for found in re.findall(r"src=\"([^\"]+)\"", page) if found.startswith("/api/docs")]

    script = as_nobody.get(address.replace("&amp;", "&"))

    assert script.status_code == 200
    assert "/api/schema" in script.content.decode()
    assert "https://" not in script.content.decode()
