"""API tokens: made, shown once, used, deleted."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.accounts.models import Token


def ask(key, word="Token"):
    return Client().get("/api/jobs", headers={"authorization": f"{word} {key}"})


def test_a_token_signs_a_program_in(ana):
    _, key = Token.make(ana)

    assert ask(key).status_code == 200
    assert ask(key, "token").status_code == 200


@pytest.mark.parametrize("key", ["", "wrong", "ü", "a b", "x" * 5000])
def test_a_wrong_key_is_refused_with_a_sentence(ana, key):
    response = Client().get("/api/jobs", HTTP_AUTHORIZATION=f"Token {key}")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json()["error"]


def test_a_request_without_any_sign_in_is_told_how(db):
    response = Client().get("/api/jobs")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"


def test_a_token_of_an_inactive_person_is_refused(ana):
    _, key = Token.make(ana)
    ana.is_active = False
    ana.save()

    assert ask(key).status_code == 401


def test_only_the_hash_of_a_key_is_kept(ana):
    token, key = Token.make(ana)

    assert key not in str(vars(Token.objects.get(pk=token.pk)))


def test_the_last_use_is_noted_at_most_once_a_minute(ana):
    token, key = Token.make(ana)
    ask(key)
    token.refresh_from_db()
    first = token.used_at
    assert first is not None

    ask(key)
    token.refresh_from_db()
    assert token.used_at == first

    Token.objects.update(used_at=timezone.now() - timedelta(minutes=2))
    ask(key)
    token.refresh_from_db()
    assert token.used_at > first


def test_a_token_made_on_the_settings_page_is_left_for_it_to_show_once(client, ana):
    client.force_login(ana)

    response = client.post(reverse("token-create"), {"name": "backup script"})

    assert response["Location"] == reverse("settings")
    assert Token.objects.get().name == "backup script"
    assert ask(client.session["new_token"]).status_code == 200


def test_a_person_deletes_their_own_tokens_and_nobody_elses(client, ana, ben, staff):
    token, key = Token.make(ana)
    for other in (ben, staff):
        client.force_login(other)
        assert client.post(reverse("token-delete", args=[token.pk])).status_code == 404
    assert ask(key).status_code == 200

    client.force_login(ana)
    assert client.post(reverse("token-delete", args=[token.pk])).status_code == 302
    assert ask(key).status_code == 401


@pytest.mark.parametrize("page", ["token-create", "token-delete"])
def test_tokens_are_made_and_deleted_by_post_and_signed_in(client, ana, page):
    token, _ = Token.make(ana)
    address = reverse(page, args=[token.pk] if page == "token-delete" else [])

    assert client.get(address).status_code == 405
    assert client.post(address)["Location"].startswith(reverse("sign-in"))
    assert Token.objects.count() == 1


def test_the_command_prints_the_key_alone(ana, capsys):
    call_command("token", "ana")

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert ask(out.strip()).status_code == 200


def test_the_command_tells_an_unknown_user_in_one_sentence(db, capsys):
    with pytest.raises(SystemExit) as exit:
        call_command("token", "nobody")

    assert exit.value.code == "stopbath: There is no user named 'nobody'."
    assert capsys.readouterr().out == ""
