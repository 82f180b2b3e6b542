"""Near-duplicates, and all that is told of what a photo shows."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import pyvips
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import CaptureQueriesContext

from photos.classification import tags
from photos.library import near_duplicates
from photos.models import Classification, Fingerprint, Photo
from tests.photos.classification.pictures import landscape
from tests.photos.kinds.test_classifying import classified
from tests.photos.kinds.test_reclassifying import keep, vector
from tests.photos.kinds.test_texts import pdf

Add = Callable[..., Photo]


def bits(number: int) -> bytes:
    """A hash of 64 bits."""
    return number.to_bytes(8)


def similar(client: Client, photo: Photo) -> dict[str, list[str]]:
    answer = client.get(f"/api/photos/{photo.uuid}/similar")
    assert answer.status_code == 200, answer.content
    return {sort: [duplicate["name"] for duplicate in photos] for sort, photos in answer.json().items()}


def test_the_same_picture_is_known_however_it_was_saved(as_ana: Client, add: Add, tmp_path: Path) -> None:
    first = landscape(tmp_path / "a.jpg", 2)
    image = pyvips.Image.new_from_file(str(first))
    photo = add(first.read_bytes(), name="first.jpg")
    add(image.jpegsave_buffer(Q=35), name="low.jpg")
    add(image.resize(0.5).pngsave_buffer(), name="small.png")
    add(landscape(tmp_path / "b.jpg", 5).read_bytes(), name="other.jpg")

    classified(as_ana)

    duplicates = similar(as_ana, photo)
    assert sorted(duplicates["same_picture"]) == ["low.jpg", "small.png"]
    assert "other.jpg" not in duplicates["same_shot"]


@pytest.mark.skipif(tags.network() is None, reason="the extra `tags` is not installed")
def test_the_same_shot_is_known_when_it_was_mirrored(as_ana: Client, add: Add, tmp_path: Path) -> None:
    first = landscape(tmp_path / "a.jpg", 2)
    photo = add(first.read_bytes(), name="first.jpg")
    add(pyvips.Image.new_from_file(str(first)).fliphor().jpegsave_buffer(), name="mirrored.jpg")
    add(landscape(tmp_path / "b.jpg", 5).read_bytes(), name="other.jpg")

    classified(as_ana)

    assert similar(as_ana, photo) == {"same_picture": [], "same_shot": ["mirrored.jpg"]}


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_the_likest_come_first_and_the_thresholds_decide(
    as_ana: Client, add: Add, settings: Any, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(near_duplicates, "EMBEDDING_BATCH_SIZE", 2)
    monkeypatch.setattr(near_duplicates, "FINGERPRINT_BATCH_SIZE", piece)
    top = 1 << 63
    photo = keep(add(name="own.jpg"), dhash=bits(top), embedding=vector(1))
    keep(add(name="six.jpg"), dhash=bits(top | 0b111111), embedding=vector(5))
    keep(add(name="one.jpg"), dhash=bits(top | 1), embedding=vector(5))
    keep(add(name="seven.jpg"), dhash=bits(top | 0b1111111), embedding=vector(5))
    keep(add(name="near.jpg"), dhash=bits(0xFFFF), embedding=vector(1, 0.2))
    keep(add(name="farther.jpg"), dhash=bits(0xFFFF), embedding=vector(1, 0.5))
    keep(add(name="far.jpg"), dhash=bits(0xFFFF), embedding=vector(1, 0.9))

    assert similar(as_ana, photo) == {
        "same_picture": ["one.jpg", "six.jpg"], "same_shot": ["near.jpg", "farther.jpg"],
    }  # fmt: skip
    settings.STOPBATH_THRESHOLDS = {"same_picture_bits": 1, "same_shot": 0.95}
    assert similar(as_ana, photo) == {"same_picture": ["one.jpg"], "same_shot": ["near.jpg"]}


def test_empty_pages_and_photos_that_were_not_classified_are_like_nothing(as_ana: Client, add: Add) -> None:
    photos = [add(name=f"{number}.jpg") for number in range(3)]
    for photo in photos[:2]:
        keep(photo, dhash=bits(0))
    Photo.objects.update(kind="blank")

    for photo in photos:
        assert similar(as_ana, photo) == {"same_picture": [], "same_shot": []}


def test_nobody_is_told_of_the_photos_of_somebody_else(as_ana: Client, as_ben: Client, add: Add) -> None:
    photo = keep(add(name="ana.jpg"), dhash=bits(1), embedding=vector(1))
    keep(add(name="ben.jpg", client=as_ben), dhash=bits(1), embedding=vector(1))

    assert similar(as_ana, photo) == {"same_picture": [], "same_shot": []}
    for address in ("similar", "classification"):
        assert as_ben.get(f"/api/photos/{photo.uuid}/{address}").status_code == 404
        assert as_ben.get(f"/api/photos/nonsense/{address}").status_code == 404
    assert as_ben.get(f"/photos/{photo.uuid}/similar").status_code == 404


def test_all_that_was_found_is_told(as_ana: Client, add: Add) -> None:
    photo = add(pdf("The gardener ordered tulips"), name="a.pdf")
    assert as_ana.get(f"/api/photos/{photo.uuid}/classification").status_code == 404

    classified(as_ana)

    body = as_ana.get(f"/api/photos/{photo.uuid}/classification").json()
    row = Classification.objects.get()
    assert (body["kind"], body["classifier"], body["corrected_at"]) == ("document", row.classifier, None)
    assert body["text"] == "The gardener ordered tulips"
    assert body["attributes"]["palette"] == row.attributes["palette"]
    assert body["scores"] == row.scores


def test_the_page_of_a_photo_shows_what_was_found(as_ana: Client, add: Add) -> None:
    photo = add(pdf("The gardener ordered tulips"), name="a.pdf")
    bare = as_ana.get(f"/photos/{photo.uuid}").content.decode()
    classified(as_ana)
    twin = keep(add(name="twin.jpg"), dhash=Fingerprint.objects.get().dhash)

    page = as_ana.get(f"/photos/{photo.uuid}").content.decode()

    assert "Sharpness" in page
    assert "The gardener ordered tulips" in page
    assert f'hx-get="/photos/{photo.uuid}/similar"' in page
    assert "Sharpness" not in bare
    part = as_ana.get(f"/photos/{photo.uuid}/similar").content.decode()
    assert "The same picture" in part
    assert f"/photos/{twin.uuid}" in part


def test_the_settings_say_what_is_there(as_ana: Client, settings: Any, tmp_path: Path) -> None:
    assert "nothing leaves this machine" in as_ana.get("/settings").content.decode()

    settings.STOPBATH_VISION_MODEL = "a-model"
    settings.STOPBATH_TESSDATA = str(tmp_path)

    page = as_ana.get("/settings").content.decode()
    assert "a-model: photos are sent to it" in page
    assert "Text recognition" in page


def test_near_duplicates_are_found_without_reading_the_embeddings_of_a_whole_library(as_ana: Client, add: Add) -> None:
    photo = keep(add(name="own.jpg"), dhash=bits(1), embedding=vector(1))
    keep(add(name="near.jpg"), dhash=bits(0xFFFFFFFF), embedding=vector(1, 0.2))
    for number in range(2, 6):
        keep(add(name=f"{number}.jpg"), dhash=bits(0xFFFFFFFF), embedding=vector(number * 10))

    with CaptureQueriesContext(connection) as queries:
        assert similar(as_ana, photo) == {"same_picture": [], "same_shot": ["near.jpg"]}

    statements = [one["sql"] for one in queries if "photos_embedding" in one["sql"]]
    near = Photo.objects.get(name="near.jpg")
    assert [sql.partition(" WHERE ")[2].partition(" ORDER")[0] for sql in statements] == [
        f'"photos_embedding"."photo_id" = {photo.pk}', f'"photos_embedding"."photo_id" IN ({near.pk})',
    ]  # fmt: skip
    assert not any("photos_classification" in one["sql"] for one in queries)


def test_fingerprints_of_a_library_are_read_piece_by_piece_and_only_the_likest_are_loaded(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "FINGERPRINT_BATCH_SIZE", 2)
    monkeypatch.setattr(near_duplicates, "MAX_RESULTS", 3)
    photo = keep(add(name="own.jpg"), dhash=bits(0))
    for name, dhash in (("d", 0b1111), ("b", 0b11), ("c", 0b111), ("e", 0b11111), ("a", 0b1)):
        keep(add(name=f"{name}.jpg"), dhash=bits(dhash))

    with CaptureQueriesContext(connection) as queries:
        assert similar(as_ana, photo)["same_picture"] == ["a.jpg", "b.jpg", "c.jpg"]

    statements = [one["sql"] for one in queries if '"photos_fingerprint"."signature"' in one["sql"]]
    assert [sql.endswith("LIMIT 2") for sql in statements if " LIMIT 21" not in sql] == [True] * 4


@pytest.mark.django_db(transaction=True)
def test_what_was_known_before_the_marks_had_tables_of_their_own_is_carried_over(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("photos.migrations.0014_carry_marks"), "AT_ONCE", 2)
    photos = [keep(add(name=f"{number}.jpg")) for number in range(5)]
    old = migrated("0013_marks").get_model("photos", "Classification").objects
    for number, photo in enumerate(photos):
        facts = {"dhash": number - 2, "embedding": vector(1, number / 10)} if number else {}
        old.filter(pk=photo.pk).update(**facts)
    Fingerprint.objects.all().delete()

    migrated("0015_narrow_classification")

    assert similar(as_ana, photos[1]) == {"same_picture": [], "same_shot": ["2.jpg", "3.jpg", "4.jpg"]}
    assert [bytes(mark.dhash) for mark in Fingerprint.objects.order_by("pk")[1:3]] == [b"\xff" * 8, bytes(8)]
    assert similar(as_ana, photos[0]) == {"same_picture": [], "same_shot": []}


def migrated(name: str) -> Any:
    """The models of the database after that migration."""
    executor = MigrationExecutor(connection)
    executor.migrate([("photos", name)])
    return executor.loader.project_state(("photos", name)).apps
