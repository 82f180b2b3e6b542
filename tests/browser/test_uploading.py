"""Adding files to the library: chosen, dropped, in folders and ZIP files, and what is refused."""

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from photos.models import Photo
from tests.browser.library import add, boxes
from tests.jobs.work import run_items
from tests.photos.library.test_importing import zipped
from tests.photos.pictures import jpeg

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]


def test_files_are_added_and_shown_without_a_reload(page, ana, files):
    add(page, files)

    expect(page.locator("#uploadsWords")).to_have_text("3 of 3 files added")
    expect(boxes(page)).to_have_count(3)
    expect(page.locator("#libraryCount")).to_have_text("3 photos")
    expect(page.locator("#processAllBtn")).to_be_enabled()
    assert Photo.objects.values("set").distinct().count() == 1


def test_a_refused_file_is_told_with_its_reason_and_a_duplicate_as_such(page, files, tmp_path):
    add(page, files[:1])
    (tmp_path / "notes.jpg").write_text("not a picture")

    page.locator("#fileInput").set_input_files([*files[:2], tmp_path / "notes.jpg"])

    expect(page.locator("#uploadsWords")).to_have_text("1 of 3 files added · 1 already in your library · 1 not added")
    refused = page.locator('#uploadsList li[data-status="failed"]')
    expect(refused.locator(".name")).to_have_text("notes.jpg")
    expect(refused.locator(".fact")).not_to_be_empty()
    expect(page.locator("#uploadsList")).to_contain_text("Already in your library")


@pytest.mark.parametrize("name", ["\u200eWhatsApp Image.jpg", " lead.jpg", 'a"b.jpg', "good.jpg"])
def test_a_refusal_finds_its_file_whatever_the_file_is_called(page, name):
    page.goto("/")
    file = {"name": name, "mimeType": "image/jpeg", "buffer": b"not a picture"}
    good = {"name": "good.jpg", "mimeType": "image/jpeg", "buffer": jpeg(40, 30)}

    page.locator("#fileInput").set_input_files([file, good])

    expect(page.locator("#uploadsWords")).to_have_text("1 of 2 files added · 1 not added")
    expect(page.locator('#uploadsList li[data-status="failed"] .name')).to_have_text(name.strip())
    expect(page.locator('#uploadsList li[data-status="done"] .name')).to_have_text("good.jpg")


def test_the_panel_says_added_only_of_files_that_were_not_there_before(page, files, tmp_path):
    title = page.locator("#uploadsTitle")
    add(page, files[:1])
    expect(title).to_have_text("Photos added")

    page.locator("#fileInput").set_input_files(files[:1])
    expect(title).to_have_text("Already in your library")

    (tmp_path / "notes.jpg").write_text("not a picture")
    page.locator("#fileInput").set_input_files(tmp_path / "notes.jpg")
    expect(title).to_have_text("No photo was added")


def test_a_folder_keeps_its_paths(page, files):
    page.goto("/")

    page.locator("#folderInput").set_input_files(files[0].parent)

    expect(page.locator("#uploadsWords")).to_have_text("3 of 3 files added")
    assert set(Photo.objects.values_list("path", flat=True)) == {"coast"}
    expect(page.locator("#sheet .path").first).to_have_text("coast")


def test_files_can_be_dropped_anywhere(page):
    page.goto("/")
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["no picture"], "dropped.jpg"));
            return transfer;
        }"""
    )

    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#dropZone")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})

    expect(page.locator("#dropZone")).to_be_hidden()
    expect(page.locator("#uploadsList")).to_contain_text("dropped.jpg")


def test_what_cannot_be_read_of_a_dropped_folder_is_told_and_the_rest_is_added(page):
    page.goto("/")

    page.evaluate(
        """async (photo) => {
            const gone = (tell, fail) => fail(new DOMException("A file could not be found.", "NotFoundError"));
            const file = (name, read) => ({ name, file: read });
            const folder = (name, entries) => ({
              name, isDirectory: true,
              createReader: () => ({
                readEntries: (tell, fail) => entries === gone ? gone(tell, fail) : tell(entries.splice(0)),
              }),
            });
            const good = new File([Uint8Array.from(photo)], "good.jpg");
            const kept = file("good.jpg", (tell) => tell(good));
            const coast = folder("coast", [file("gone.jpg", gone), folder("locked", gone), kept]);
            const drop = new Event("drop", { bubbles: true, cancelable: true });
            const items = [{ webkitGetAsEntry: () => coast }];
            Object.defineProperty(drop, "dataTransfer", { value: { types: ["Files"], files: [], items } });
            document.body.dispatchEvent(drop);
        }""",
        list(jpeg(40, 30)),
    )

    expect(page.locator("#uploadsWords")).to_have_text("1 of 3 files added · 2 not added")
    failures = page.locator('#uploadsList li[data-status="failed"]')
    expect(failures).to_contain_text(["coast/locked", "coast/gone.jpg"])
    expect(failures.last).to_contain_text("The file could not be read: A file could not be found.")
    assert [(photo.path, photo.name) for photo in Photo.objects.all()] == [("coast", "good.jpg")]


def test_what_could_not_be_sent_or_opened_in_time_can_be_sent_again(page, files):
    page.goto("/")
    page.route("**/api/photos", lambda route: route.abort())
    page.locator("#fileInput").set_input_files(files)
    expect(page.locator("#uploadsWords")).to_have_text("0 of 3 files added · 3 can be tried again")
    page.unroute("**/api/photos")

    busy = [{"name": "", "error": "The server is too busy", "again": True, "index": place} for place in range(3)]
    page.route("**/api/photos", lambda route: route.fulfill(status=400, json={"photos": [], "rejected": busy}))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#uploadsList")).to_contain_text("The server is too busy")
    expect(page.locator("#uploadsWords")).to_have_text("0 of 3 files added · 3 can be tried again")
    page.unroute("**/api/photos")

    page.get_by_role("button", name="Try again").click()

    expect(page.locator("#uploadsWords")).to_have_text("3 of 3 files added")


def test_photos_stay_in_sight_when_the_session_ends_before_others_are_added(page, client, files):
    add(page, files[:2])
    expect(boxes(page)).to_have_count(2)

    client.logout()
    page.locator("#fileInput").set_input_files(files[2:])

    expect(page.locator("#uploadsList")).to_contain_text("You are signed out (HTTP 401)")
    expect(page.locator("#messages")).to_contain_text("You are signed out. Sign in again to go on.")
    expect(boxes(page)).to_have_count(2)


def test_leaving_while_files_are_being_added_is_asked_about(page, files):
    page.goto("/")
    asks = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert page.evaluate(asks) is False
    page.route("**/api/photos", lambda route: None)

    page.locator("#fileInput").set_input_files(files)

    expect(page.locator("#uploads")).to_be_visible()
    assert page.evaluate(asks) is True


def test_a_zip_file_is_unpacked_by_a_job_whose_progress_is_shown(page, window, ana, tmp_path):
    (tmp_path / "trip.zip").write_bytes(zipped({"Trip/a.jpg": jpeg(40, 30), "Trip/b.jpg": jpeg(41, 30)}))

    page.goto("/")
    page.locator("#fileInput").set_input_files(tmp_path / "trip.zip")

    expect(window.dialog).to_be_visible()
    expect(page.locator("#uploadsList")).to_contain_text("A job unpacks it")
    job = Job.objects.get(kind="import")
    assert job.events.get(event="submit").door == "page"
    run_items(job)
    expect(boxes(page)).to_have_count(2)
    expect(page.locator("#libraryCount")).to_have_text("2 photos")
