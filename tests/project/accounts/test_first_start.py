"""The first account."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError
from django.db import connections
from django.test import Client
from django.urls import reverse

from project.accounts import first_start
from project.accounts.first_start import AccountExists, code_file, create_first_account, is_code_correct, make_code
from project.accounts.models import User
from project.shell.owner import find_owner

ELSEWHERE = "192.0.2.7"
FIRST = {"username": "ana", "password1": "correct horse battery", "password2": "correct horse battery"}


@pytest.fixture(autouse=True)
def no_code(db):
    """Each test begins without a printed code."""
    code_file().unlink(missing_ok=True)
    yield
    code_file().unlink(missing_ok=True)


@pytest.mark.parametrize("path", ["/", "/jobs", "/settings", "/sign-in", "/admin/", "/nowhere"])
def test_every_page_leads_to_the_first_start_while_there_is_no_account(client, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"] == reverse("first-start")


@pytest.mark.parametrize("path", ["/api/jobs", "/healthz", "/static/nothing.css", "/photos/batch/cancel"])
def test_programs_are_not_led_to_a_page(client, path):
    assert client.get(path).status_code in (401, 404, 503)


def test_the_first_account_may_do_everything_and_is_signed_in(client):
    response = client.post(reverse("first-start"), FIRST)

    assert response["Location"] == "/"
    user = User.objects.get()
    assert user.is_superuser
    assert user.is_staff
    assert user.check_password(FIRST["password1"])
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_weak_password_is_refused(client):
    response = client.post(reverse("first-start"), FIRST | {"password1": "password", "password2": "password"})

    assert list(response.context["form"].errors) == ["password1"]  # where it was typed first
    assert not User.objects.exists()


def test_a_visitor_from_elsewhere_needs_the_printed_code(client):
    code = make_code()

    refused = client.post(reverse("first-start"), FIRST | {"code": "abcd-efgh-jkmn"}, REMOTE_ADDR=ELSEWHERE)
    assert "code" in refused.context["form"].errors
    assert not User.objects.exists()

    client.post(reverse("first-start"), FIRST | {"code": f" {code.upper()} "}, REMOTE_ADDR=ELSEWHERE)
    assert User.objects.get().username == "ana"


def test_without_a_printed_code_nobody_from_elsewhere_gets_in(client):
    response = client.post(reverse("first-start"), FIRST | {"code": "-"}, REMOTE_ADDR=ELSEWHERE)

    assert "code" in response.context["form"].errors


@pytest.mark.parametrize("header", first_start.PROXY_HEADERS)
def test_a_visitor_through_a_proxy_on_this_machine_needs_the_code(client, header):
    response = client.post(reverse("first-start"), FIRST, **{header: ELSEWHERE})

    assert "code" in response.context["form"].errors


def test_the_code_is_readable_by_its_owner_alone_and_stays_the_same():
    code = make_code()

    assert code_file().stat().st_mode & 0o777 == 0o600
    assert make_code() == code
    assert is_code_correct(code)
    assert not is_code_correct("")


@pytest.mark.django_db(transaction=True)
def test_the_code_is_gone_after_the_first_account(client):
    make_code()

    client.post(reverse("first-start"), FIRST)

    assert not code_file().exists()


def test_the_first_start_is_over_once_there_is_an_account(client, ana):
    assert client.get(reverse("first-start"))["Location"] == "/"
    client.post(reverse("first-start"), FIRST | {"username": "ben"})

    assert User.objects.get() == ana


def test_an_account_that_has_been_seen_costs_no_query_any_more(client, ana, django_assert_num_queries):
    client.get("/sign-in")

    with django_assert_num_queries(0):
        client.get("/nowhere")


@pytest.mark.django_db(transaction=True)
def test_of_two_visitors_who_race_one_makes_the_account():
    def visit(name: str) -> str:
        try:
            create_first_account(name, "correct horse battery")
        except AccountExists:
            return "too late"
        finally:
            connections.close_all()
        return "made"

    with ThreadPoolExecutor(2) as visitors:
        outcomes = sorted(visitors.map(visit, ["ana", "ben"]))

    assert outcomes == ["made", "too late"]
    assert User.objects.count() == 1


def test_the_form_is_protected_against_other_sites():
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(reverse("first-start"), FIRST).status_code == 403


def test_the_first_account_takes_over_what_commands_had_made_before(client):
    local = find_owner(None)
    assert find_owner(None) == local
    assert client.get("/").headers["Location"] == reverse("first-start")

    client.post(reverse("first-start"), FIRST)

    account = User.objects.get()
    assert (account.pk, account.username, account.is_superuser) == (local.pk, "ana", True)
    assert account.check_password(FIRST["password1"])
    assert find_owner(None) == account


def test_commands_work_for_the_first_administrator_or_whom_they_name(ana, ben):
    with pytest.raises(CommandError, match="say whose it is with --user NAME"):
        find_owner(None)
    boss = User.objects.create_superuser("boss", password="correct horse battery")

    assert find_owner(None) == boss
    assert find_owner("ben") == ben
    with pytest.raises(CommandError, match="There is no user 'zoe'"):
        find_owner("zoe")
