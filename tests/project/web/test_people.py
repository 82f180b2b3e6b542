"""Who sees which page: the owner, another user, staff, and nobody in particular."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.jobs.work import reload
from tests.project.web.addresses import NIL_UUID

pytestmark = pytest.mark.django_db

PAGES = ("library", "jobs", "settings", "password")
OF_A_JOB = ("job", "job-row", "job-notice")
VERBS = ("job-cancel", "job-resume", "job-retry", "job-delete", "job-dismiss")


@pytest.mark.parametrize("name", PAGES)
def test_a_visitor_is_led_to_the_sign_in(client, ana, name):
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("sign-in"))


@pytest.mark.parametrize("name", OF_A_JOB)
def test_a_visitor_sees_no_job(client, stopped, name):
    assert client.get(reverse(name, args=[stopped.uuid])).status_code == 302


@pytest.mark.parametrize("name", PAGES)
def test_a_signed_in_person_sees_the_page_with_the_progress_window(client, ana, name):
    client.force_login(ana)

    page = client.get(reverse(name)).content.decode()

    for element in ("progressModal", "progressTitle", "progressBar", "progressCount", "progressPercent"):
        assert f'id="{element}"' in page
    for element in ("progressFiles", "progressCancelBtn", "progressCloseBtn", "messages"):
        assert f'id="{element}"' in page


@pytest.mark.parametrize("name", OF_A_JOB)
def test_the_owner_sees_the_job(client, ana, stopped, name):
    client.force_login(ana)

    answer = client.get(reverse(name, args=[stopped.uuid]))

    assert "Three numbers" in answer.content.decode()


@pytest.mark.parametrize("name", OF_A_JOB)
@pytest.mark.parametrize("who", ["ben", "staff"])
def test_nobody_else_sees_it_outside_the_admin(client, request, stopped, name, who):
    client.force_login(request.getfixturevalue(who))

    assert client.get(reverse(name, args=[stopped.uuid])).status_code == 404


@pytest.mark.parametrize("name", VERBS[1:])
def test_nobody_else_can_do_anything_with_it(client, ben, stopped, name):
    client.force_login(ben)

    assert client.post(reverse(name, args=[stopped.uuid])).status_code == 404
    assert (reload(stopped).status, reload(stopped).notice) == ("cancelled", True)


def test_other_peoples_jobs_are_not_in_the_history(client, ben, stopped):
    client.force_login(ben)

    assert "Three numbers" not in client.get(reverse("jobs")).content.decode()


def test_other_peoples_photos_are_not_in_the_library(client, ana, ben, add_photo):
    add_photo(ana, "holiday.jpg")
    client.force_login(ben)

    page = client.get(reverse("library")).content.decode()

    assert "holiday.jpg" not in page
    assert "Your library is empty" in page


@pytest.mark.parametrize("name", VERBS)
def test_verbs_are_not_done_by_looking_at_them(client, ana, stopped, name):
    client.force_login(ana)

    answer = client.get(reverse(name, args=[stopped.uuid]))

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address cannot be opened" in answer.content.decode()


def test_only_staff_are_shown_the_way_to_the_admin(client, ana, staff):
    client.force_login(ana)
    assert reverse("admin:index") not in client.get(reverse("settings")).content.decode()

    client.force_login(staff)
    assert reverse("admin:index") in client.get(reverse("settings")).content.decode()


@pytest.mark.parametrize(
    "path", ["/nothing-here", f"/photos/{NIL_UUID}", f"/photos/{NIL_UUID}/similar", f"/jobs/{NIL_UUID}"]
)
def test_a_page_that_does_not_exist_says_so_in_our_own_words(client, ana, path):
    client.force_login(ana)

    answer = client.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/nothing-here", f"/api/photos/{NIL_UUID}", "/photos/batch/cancel"])
def test_programs_are_told_so_as_json(client, ana, path):
    client.force_login(ana)

    answer = client.get(path)

    assert answer["Content-Type"] == "application/json"
    assert list(answer.json()) == ["error"]


def test_a_form_that_is_out_of_date_says_so(ana, stopped):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)

    answer = strict.post(reverse("job-resume", args=[stopped.uuid]))

    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()


@pytest.mark.parametrize("name", ["library", "job", "job-row"])
def test_a_part_of_a_page_is_refused_to_who_is_signed_out(client, stopped, name):
    address = reverse(name, args=[] if name == "library" else [stopped.uuid])

    answer = client.get(address, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.json()) == (401, {"error": "You are signed out."})


def test_a_script_that_is_signed_out_is_told_so_instead_of_being_given_the_sign_in(client, stopped):
    answer = client.post(reverse("job-dismiss", args=[stopped.uuid]), headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()) == (401, {"error": "You are signed out."})
    assert reload(stopped).notice


def test_the_admin_is_recognisably_ours(client, staff):
    client.force_login(staff)

    assert "Stopbath administration" in client.get(reverse("admin:index")).content.decode()
