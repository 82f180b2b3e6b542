"""A walk over all pages: whatever they lead to exists and answers the method used."""

import re
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import transaction
from django.test import Client
from django.urls import reverse

from jobs.kinds import get_kind
from jobs.models import Job
from photos.library.uploads import add_samples
from photos.models import Photo, Recipe
from tests.jobs.work import make_job, run_items
from tests.project.web.addresses import (
    DIALOG_METHODS,
    NIL_UUID,
    SCRIPT_METHODS,
    Address,
    Addresses,
    explain_broken,
    read_scripts,
    script_url_attributes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(staff, client) -> Job:
    """A library and jobs in every state, all of one person who may also see the admin."""
    add_samples(staff, count=3)
    Recipe.keep(staff, "Small", [{"operation": "resize", "options": {"longest_edge": 64}}])
    process = get_kind("process")
    steps = [{"operation": "resize", "options": {"longest_edge": 64}}]
    job = Job.submit("process", process.submission({"photos": "all", "steps": steps}, staff), staff, door="api")
    run_items(job)
    run_items(make_job(staff, items=3, fail=[1], error="This number is odd."))
    run_items(make_job(staff, items=1, fail=[1]))
    cancelled = make_job(staff, items=70)
    run_items(cancelled, items=1)
    cancelled.cancel(by=staff, door="api")
    run_items(make_job(staff, items=70))
    make_job(staff)
    client.force_login(staff)
    client.post(reverse("token-create"), {"name": "walk"})
    return job


def pages(client) -> dict[str, str]:
    """Every page by its address, each state of it included."""
    places = [reverse(name) for name in ("library", "jobs", "recipes", "settings", "password")]
    places += [reverse("photo", args=[photo.uuid]) for photo in Photo.objects.all()]
    places += [reverse("library") + "?search=nothing-like-it", "/nothing-here"]
    for job in Job.objects.all():
        places.append(reverse("job", args=[job.uuid]))
        places += [f"{places[-1]}?show={outcome}" for outcome in ("failed", "skipped", "running", "waiting")]
        places.append(reverse("job-row", args=[job.uuid]))
        places.append(reverse("job-notice", args=[job.uuid]))
    return {place: client.get(place).content.decode() for place in places}


def found_on(pages: dict[str, str], job: Job) -> set[Address]:
    """All addresses on these pages, those with a place for an id filled in."""
    addresses = set().union(*(Addresses(html, page).addresses for page, html in pages.items()))
    return {
        Address(address.method, address.url.replace(NIL_UUID, str(job.uuid)), address.source) for address in addresses
    }


def answers(addresses: set[Address], person) -> list[str]:
    """What is wrong; whatever a request did is undone."""
    wrong = []
    for address in sorted(addresses, key=lambda address: (address.url, address.method)):
        client = Client(raise_request_exception=False)
        client.force_login(person)
        with transaction.atomic():
            wrong.append(explain_broken(address, client))
            transaction.set_rollback(True)
    return [sentence for sentence in wrong if sentence]


def test_every_address_on_every_page_answers_the_method_used(everything, staff, client):
    addresses = found_on(pages(client), everything)

    assert len({address.url for address in addresses}) > 60
    assert answers(addresses, staff) == []


def test_so_do_those_a_visitor_sees(ana, client):
    addresses = Addresses(client.get(reverse("sign-in")).content.decode(), reverse("sign-in")).addresses

    assert [sentence for address in addresses if (sentence := explain_broken(address, client))] == []


def test_so_does_the_first_start(client):
    answer = client.get(reverse("library"), follow=True)
    assert answer.redirect_chain == [(reverse("first-start"), 302)]

    addresses = Addresses(answer.content.decode(), reverse("first-start")).addresses

    assert [sentence for address in addresses if (sentence := explain_broken(address, client))] == []


def test_every_address_that_a_script_reads_is_on_a_page(everything, client):
    html = "".join(pages(client).values())

    absent = [name for name in script_url_attributes() if f"{name}=" not in html]

    assert absent == []
    assert script_url_attributes() == set(SCRIPT_METHODS) | {name for _, name in DIALOG_METHODS}


@pytest.mark.parametrize("name", read_scripts())
def test_no_script_contains_an_address(name):
    addresses = re.findall(r"""["'`](?:https?:)?/[\w/].*""", read_scripts()[name])

    assert addresses == []


def test_no_template_contains_an_address_of_its_own():
    templates = Path(site.BASE_DIR) / "templates"
    wrong = [
        f"{path.relative_to(templates)}: {match}"
        for path in templates.rglob("*.html")
        if path.name != "500.html"  # stands alone: the table of addresses may be what is broken
        for match in re.findall(r"""(?:href|src|action|hx-\w+|-url)=["'](?:/|https?:)[^"']*""", path.read_text())
    ]

    assert wrong == []


def test_no_page_has_script_or_handlers_inside(everything, client):
    for place, html in pages(client).items():
        inline = re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>|\son\w+=|hx-on|javascript:", html)
        assert inline == [], place


def sent_signed_out(address: Address, page: str) -> str:
    """What goes wrong for who was signed out on that page, sends its form, signs in and goes on."""
    client = Client(raise_request_exception=False)
    refused = client.post(address.url, follow=True, headers={"Referer": f"http://testserver{page}"})
    if "You were signed out: nothing was changed." not in refused.content.decode():
        return f"{address.url} does not say that nothing was changed"
    person = {"username": "sam", "password": "correct horse battery"}
    back = client.post(refused.redirect_chain[-1][0], person, follow=True)
    if (back.status_code, back.redirect_chain[-1][0]) != (200, page):
        return f"{address.url} leads to {back.redirect_chain[-1][0]} ({back.status_code}) instead of {page}"
    return ""


def test_a_form_that_is_sent_signed_out_says_so_and_leads_back_to_its_page(everything, client):
    forms = {
        address.url: (address, page)
        for page, html in pages(client).items()
        for address in Addresses(html, page).addresses
        if address.method == "POST"
        and address.source.endswith("action")
        and not page.endswith(("/row", "/notice", "-here"))
    }
    del forms[reverse("sign-out")]

    assert len(forms) > 20
    assert [wrong for address, page in forms.values() if (wrong := sent_signed_out(address, page))] == []


@pytest.mark.parametrize("elsewhere", ["", "https://elsewhere.example/jobs", "http://testserver//elsewhere.example"])
def test_a_form_that_does_not_say_where_it_stands_leads_to_the_library(ana, client, elsewhere):
    refused = client.post(reverse("jobs-delete"), headers={"Referer": elsewhere})

    back = client.post(refused["Location"], {"username": "ana", "password": "correct horse battery"})

    assert back["Location"] == reverse("library")
