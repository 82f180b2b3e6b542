"""Signing in and out, and the password."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

PASSWORD = "correct horse battery"
NEW = "a quite different staple"


def sign_in(client, name="ana", password=PASSWORD, following=""):
    return client.post(reverse("sign-in") + following, {"username": name, "password": password})


def test_signing_in_leads_to_the_library(client, ana):
    assert sign_in(client)["Location"] == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(client, ana):
    assert sign_in(client, following="?next=/jobs")["Location"] == "/jobs"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(client, ana, elsewhere):
    assert sign_in(client, following=f"?next={elsewhere}")["Location"] == "/"


def test_signing_in_never_leads_to_the_sign_in(client, ana):
    following = f"?next={reverse('sign-in')}"

    assert sign_in(client, following=following)["Location"] == "/"
    assert client.get(reverse("sign-in") + following)["Location"] == "/"


def test_a_wrong_password_an_unknown_and_an_inactive_person_are_told_the_same(client, ana, ben):
    ben.is_active = False
    ben.save()

    answers = [sign_in(client, *who) for who in (("ana", "wrong"), ("nobody", "wrong"), ("ben", PASSWORD))]

    assert len({str(answer.context["form"].non_field_errors()) for answer in answers}) == 1
    assert "_auth_user_id" not in client.session


def test_ten_wrong_passwords_lock_this_name_from_this_address_only(client, ana, ben):
    for _ in range(10):
        sign_in(client, password="wrong")

    assert sign_in(client).status_code == 429
    assert sign_in(Client(), name="ben").status_code == 302
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


def test_signing_out_is_a_post(client, ana):
    client.force_login(ana)

    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out"))["Location"] == reverse("sign-in")
    assert "_auth_user_id" not in client.session


def test_who_is_signed_in_does_not_see_the_sign_in_page(client, ana):
    client.force_login(ana)

    assert client.get(reverse("sign-in"))["Location"] == "/"


def test_a_new_password_keeps_this_session_and_ends_the_others(ana):
    here, elsewhere = Client(), Client()
    here.force_login(ana)
    elsewhere.force_login(ana)

    response = here.post(reverse("password"), {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})

    assert response["Location"] == reverse("settings")
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["The password was changed."]
    assert here.get(reverse("password")).status_code == 200
    assert elsewhere.get(reverse("password")).status_code == 302
    assert sign_in(Client(), password=NEW).status_code == 302


def test_the_old_password_must_be_right(client, ana):
    client.force_login(ana)

    response = client.post(reverse("password"), {"old_password": "no", "new_password1": NEW, "new_password2": NEW})

    assert "old_password" in response.context["form"].errors


def test_the_password_page_asks_a_stranger_to_sign_in(client, ana):
    assert client.get(reverse("password"))["Location"].startswith(reverse("sign-in"))
