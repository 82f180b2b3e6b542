"""Names of outputs by a template: what it can say, what it must not, and that nothing collides."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from photos.files import names
from photos.imaging.formats.metadata import templates
from photos.imaging.operations import InvalidSteps, parse_steps
from photos.models import Photo, PhotoSet
from photos.outputs import naming
from tests.jobs.work import reload, run_items
from tests.photos.api.test_results import MANIFEST, download_archive
from tests.photos.kinds.test_processing import items, submit_job
from tests.photos.pictures import dated_jpeg

Add = Callable[..., Photo]

FACTS = naming.OutputFacts(
    name="IMG_0042.JPG",
    folder="Trips/Rome",
    taken=datetime(2024, 5, 1, 23, 30, 9, tzinfo=UTC),
    uploaded=datetime(2025, 12, 24, 8, 5, tzinfo=UTC),
    position=7,
    camera="Halcyon H2 Pro",
    extension="webp",
    width=1600,
    height=1067,
)


def rename(template: str) -> dict[str, Any]:
    return {"operation": "rename", "options": {"template": template}}


@pytest.mark.parametrize(
    ("template", "folder", "name"),
    [
        ("{date:%Y-%m-%d}_{name}_{n:04}", "Trips/Rome", "2024-05-01_IMG_0042_0007.webp"),
        ("{date}", "Trips/Rome", "2024-05-01.webp"),
        ("{date:%y%m%d-%H%M%S}", "Trips/Rome", "240501-233009.webp"),
        ("{set}", "Trips/Rome", "2025-12-24_08-05.webp"),
        ("{n} {n:3} {n:03d}", "Trips/Rome", "7   7 007.webp"),
        ("{folder} {name}", "Trips/Rome", "Trips-Rome IMG_0042.webp"),
        ("{folder}/{n:02}/{name}", "Trips/Rome/07", "IMG_0042.webp"),
        ("/{name}", "", "IMG_0042.webp"),
        ("{date:%Y/%m}/{name}", "2024/05", "IMG_0042.webp"),
        ("{camera} {width}x{height}", "Trips/Rome", "Halcyon H2 Pro 1600x1067.webp"),
        ("{name}.{ext}", "Trips/Rome", "IMG_0042.webp"),
        ("Trip.v2", "Trips/Rome", "Trip.v2.webp"),
        ("{{{name}}}", "Trips/Rome", "{IMG_0042}.webp"),
        ("Été {n} ⛱", "Trips/Rome", "Été 7 ⛱.webp"),
        ("../../etc/{name}", "etc", "IMG_0042.webp"),
        ("..", "Trips/Rome", "IMG_0042.webp"),
        (".hidden", "Trips/Rome", "hidden.webp"),
        ("NUL", "Trips/Rome", "_NUL.webp"),
        ("com1/{name}", "_com1", "IMG_0042.webp"),
        ('a<b>c:d"e|f?g*h', "Trips/Rome", "a-b-c-d-e-f-g-h.webp"),
        ("{name}{name}{name}" * 12, "Trips/Rome", ("IMG_0042" * 36)[:250] + ".webp"),
    ],
)
def test_a_template_is_filled_in(template: str, folder: str, name: str) -> None:
    templates.check_name(template)

    assert naming.fill_name(template, FACTS) == (folder, name)


def test_every_field_that_a_name_may_have_is_filled_in() -> None:
    assert list(naming.FILLERS) == list(templates.NAME_FIELDS)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            "{title}",
            "template has no field “{title}”; there are {name}, {n}, {date}, {set}, {folder}, {camera}, {width}",
        ),
        ("{}", "template has no field “{}”"),
        ("{0}", "template has no field “{0}”"),
        ("{name.__class__}", "template has no field “{name.__class__}”"),
        ("{name[0]}", "template has no field"),
        ("{name!r}", "template has no field “{name}”"),
        ("{name", "template has a { or } without its partner; {{ stands for { itself"),
        ("name}", "template has a { or } without its partner"),
        ("{n:{width}}", "template: {n} takes a number of digits, such as {n:04}"),
        ("{n:0999999999}", "template: {n} takes a number of digits"),
        ("{n:x}", "template: {n} takes a number of digits"),
        ("{name:>99}", "template: {name} takes no format"),
        ("{date:%Q}", "template: {date} has no code “%Q”; write for example {date:%Y-%m-%d}"),
        ("{date:%}", "template: {date} has no code “%”"),
        ("{set:%-d}", "template: {set} has no code “%-”"),
        ("a\\{name}", "template must not contain \\; a / makes folders"),
    ],
)
def test_a_mistake_in_a_template_is_named(template: str, sentence: str) -> None:
    with pytest.raises(InvalidSteps) as refused:
        parse_steps([rename(template)])

    assert str(refused.value).startswith(f"Step 1 (rename): {sentence}")


@given(st.text(max_size=60), st.text(min_size=1, max_size=300), st.text(max_size=40))
def test_whatever_the_names_are_the_result_is_a_safe_path(template: str, name: str, folder: str) -> None:
    facts = naming.OutputFacts(**(FACTS.__dict__ | {"name": name, "folder": folder, "camera": name}))

    for each in (template.translate({ord("{"): None, ord("}"): None}), "{folder}/{name}", "{camera}/{name}{n}"):
        output_folder, file_name = naming.fill_name(each, facts)
        assert file_name.endswith(".webp")
        assert len(file_name) > len(".webp")
        assert len(file_name.encode()) <= names.MAX_NAME_BYTES
        assert not set(file_name) & set('/\\<>:"|?*')
        assert file_name[0] not in ". "
        if "/" in each:
            assert not {"", ".", ".."} & set(output_folder.split("/")) or output_folder == ""


def test_outputs_are_named_by_the_last_template(as_ana: Client, add: Add) -> None:
    add(name="a.jpg", path="Summer")
    job = submit_job(as_ana, steps=[rename("first"), rename("{name} ({width} × {height})"),
                                   {"operation": "convert", "options": {"format": "png"}}])  # fmt: skip
    run_items(job)

    (item,) = items(as_ana, job)
    assert item["output"]["name"] == "a ({width} × {height}).png".format(**item["output"])
    assert download_archive(as_ana, job).namelist() == [f"Summer/{item['output']['name']}", *MANIFEST]


def test_a_date_is_that_of_the_camera_s_own_clock(as_ana: Client, add: Add) -> None:
    photo = add(dated_jpeg("2024:05:01 23:30:00", "-05:00"))
    job = submit_job(as_ana, steps=[rename("{date:%Y-%m-%d %H-%M}")])
    run_items(job)

    assert photo.taken_at == datetime(2024, 5, 2, 4, 30, tzinfo=UTC)
    assert items(as_ana, job)[0]["output"]["name"] == "2024-05-01 23-30.jpg"


def test_a_picture_without_a_date_has_that_of_its_upload(as_ana: Client, add: Add) -> None:
    photo = add()
    Photo.objects.update(added_at=datetime(2023, 2, 3, 12, tzinfo=UTC))
    PhotoSet.objects.filter(pk=photo.set_id).update(created_at=datetime(2022, 2, 3, 12, tzinfo=UTC))
    job = submit_job(as_ana, steps=[rename("{date:%Y} {set:%Y}")])
    run_items(job)

    assert items(as_ana, job)[0]["output"]["name"] == "2023 2022.jpg"


def test_names_that_meet_are_numbered_in_the_download(as_ana: Client, add: Add) -> None:
    for number in range(3):
        add(name=f"{number}.jpg")
    job = submit_job(as_ana, steps=[rename("same")])
    run_items(job)

    assert download_archive(as_ana, job).namelist() == ["same.jpg", "same (2).jpg", "same (3).jpg", *MANIFEST]


def test_numbers_stay_the_same_when_a_job_is_resumed(as_ana: Client, ana: Any, add: Add) -> None:
    photos = [add(name=f"{letter}.jpg") for letter in "abc"]
    job = submit_job(as_ana, photos=[str(photo.uuid) for photo in photos], steps=[rename("{n:03}-{name}")])
    run_items(job, items=1)
    reload(job).cancel(by=ana, door="api")
    reload(job).resume(by=ana, door="api")
    run_items(reload(job))

    assert download_archive(as_ana, job).namelist() == ["001-a.jpg", "002-b.jpg", "003-c.jpg", *MANIFEST]


@pytest.mark.parametrize(
    ("template", "name", "expected"),
    [
        ("{date:%Y-%m-%d}_{name}_{n:04}", "x" * 240, "2024-05-01_" + "x" * 234 + "_0007.webp"),
        ("{n:04}/{camera} {name}-{n}", "é" * 120, "Halcyon H2 Pro " + "é" * 116 + "-7.webp"),
        ("{name}_{n:03}", "🦅" * 62, "🦅" * 61 + "_007.webp"),
        ("y" * 200 + "{name}{n}", "x" * 60, "y" * 200 + "x" * 49 + "7.webp"),
    ],
    ids=range(4),
)
def test_a_long_name_gives_way_and_what_tells_files_apart_stays(template: str, name: str, expected: str) -> None:
    facts = naming.OutputFacts(**(FACTS.__dict__ | {"name": f"{name}.jpg"}))

    assert naming.fill_name(template, facts)[1] == expected
