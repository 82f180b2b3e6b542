"""The library: adding files, selecting them, starting a job."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from jobs.api import views
from jobs.models import Job
from photos.kinds.process import Process
from photos.models import Photo, PhotoSet, StoredFile
from tests.engine.work import work
from tests.photos.pictures import jpeg
from tests.photos.test_importing import zipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def storage(settings, tmp_path) -> None:
    """An empty storage for each test."""
    settings.STOPBATH_STORAGE = tmp_path / "storage"
    settings.STOPBATH_STORAGE.mkdir()


@pytest.fixture
def files(tmp_path) -> list[Path]:
    """Three small photos in a folder."""
    folder = tmp_path / "coast"
    folder.mkdir()
    made = []
    for number in range(3):
        made.append(folder / f"IMG_{number}.jpg")
        made[-1].write_bytes(jpeg(40 + number, 30))
    return made


@pytest.fixture
def add_many():
    """Puts photos into somebody's library, without files behind them."""

    def add(owner, number: int, **facts) -> None:
        together = PhotoSet.objects.create(owner=owner)
        for _ in range(number):
            sha256 = uuid4().hex * 2
            file = StoredFile.objects.create(sha256=sha256, size=1, format="jpeg", width=4, height=3)
            Photo.objects.create(owner=owner, file=file, set=together, name=f"{sha256[:6]}.jpg", format="jpeg", **facts)

    return add


def add(page: Page, files: list[Path]) -> None:
    """Choose files, and wait until all have been sent."""
    page.goto("/")
    page.locator("#fileInput").set_input_files(files)
    expect(page.locator("#uploadsHide")).to_be_visible()


def boxes(page: Page) -> Locator:
    """The ticks of the contact sheet."""
    return page.locator('#sheet input[name="photos"]')


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

    expect(page.locator("#uploadsWords")).to_have_text("1 of 3 files added · 1 already here · 1 refused")
    refused = page.locator('#uploadsList li[data-status="failed"]')
    expect(refused.locator(".name")).to_have_text("notes.jpg")
    expect(refused.locator(".fact")).not_to_be_empty()
    expect(page.locator("#uploadsList")).to_contain_text("Already in your library")


@pytest.mark.parametrize("name", ["\u200eWhatsApp Image.jpg", " lead.jpg", 'a"b.jpg', "good.jpg"])
def test_a_refusal_finds_its_file_whatever_the_file_is_called(page, name):
    page.goto("/")
    broken = {"name": name, "mimeType": "image/jpeg", "buffer": b"not a picture"}
    good = {"name": "good.jpg", "mimeType": "image/jpeg", "buffer": jpeg(40, 30)}

    page.locator("#fileInput").set_input_files([broken, good])

    expect(page.locator("#uploadsWords")).to_have_text("1 of 2 files added · 1 refused")
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

    expect(page.locator("#uploadsWords")).to_have_text("1 of 3 files added · 2 refused")
    told = page.locator('#uploadsList li[data-status="failed"]')
    expect(told).to_contain_text(["coast/locked", "coast/gone.jpg"])
    expect(told.last).to_contain_text("The file could not be read: A file could not be found.")
    assert [(photo.path, photo.name) for photo in Photo.objects.all()] == [("coast", "good.jpg")]


def test_what_could_not_be_sent_or_opened_in_time_can_be_sent_again(page, files):
    page.goto("/")
    page.route("**/api/photos", lambda route: route.abort())
    page.locator("#fileInput").set_input_files(files)
    expect(page.locator("#uploadsWords")).to_have_text("0 of 3 files added · 3 to be tried again")
    page.unroute("**/api/photos")

    busy = [{"name": "", "error": "The server is too busy", "again": True, "index": place} for place in range(3)]
    page.route("**/api/photos", lambda route: route.fulfill(status=400, json={"photos": [], "rejected": busy}))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#uploadsList")).to_contain_text("The server is too busy")
    expect(page.locator("#uploadsWords")).to_have_text("0 of 3 files added · 3 to be tried again")
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


def test_a_photo_tells_the_time_that_its_camera_showed_wherever_the_reader_is(page, ana, add_many):
    """Half past two was no time of that night in New York; where the photo was taken it was."""
    add_many(ana, 1, taken_at=datetime(2024, 3, 10, 2, 30, tzinfo=UTC))
    zone = page.context.new_cdp_session(page)
    zone.send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})

    page.goto(f"/photos/{Photo.objects.get().uuid}")

    expect(page.get_by_text(re.compile("Mar 10, 2024, 2:30.AM"))).to_be_visible()


def test_leaving_while_files_are_being_added_is_asked_about(page, files):
    page.goto("/")
    asks = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert page.evaluate(asks) is False
    page.route("**/api/photos", lambda route: None)

    page.locator("#fileInput").set_input_files(files)

    expect(page.locator("#uploads")).to_be_visible()
    assert page.evaluate(asks) is True


def test_one_a_range_and_all_that_match_are_selected(page, files):
    add(page, files)
    expect(boxes(page)).to_have_count(3)
    words = page.locator("#selectionWords")

    boxes(page).nth(0).click()
    expect(words).to_have_text("1 selected")
    boxes(page).nth(2).click(modifiers=["Shift"])
    expect(words).to_have_text("3 selected")
    boxes(page).nth(1).click()
    expect(words).to_have_text("2 selected")
    page.locator("#selectMatchingBtn").click()
    expect(words).to_have_text("All 3 photos that match")
    page.locator("#clearSelectionBtn").click()
    expect(page.locator("#selectionBar")).to_be_hidden()
    expect(page.locator("#processSelectedBtn")).to_be_disabled()


def test_the_keyboard_stays_at_its_photo_while_others_arrive(page, files):
    add(page, files[:2])
    expect(boxes(page)).to_have_count(2)
    first = page.get_by_label("Select IMG_0.jpg")
    first.focus()
    page.keyboard.press("Space")

    page.locator("#fileInput").set_input_files(files[2:])

    expect(boxes(page)).to_have_count(3)
    expect(first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.get_by_label("Select IMG_2.jpg").click(modifiers=["Shift"])
    expect(page.locator("#selectionWords")).to_have_text("3 selected")


def test_what_arrives_is_shown_at_the_top_and_not_to_somebody_further_down(page, ana, add_many, files):
    add_many(ana, 150)
    page.set_viewport_size({"width": 500, "height": 600})
    page.goto("/")
    page.locator("#moreCards").scroll_into_view_if_needed()
    expect(boxes(page)).to_have_count(150)
    boxes(page).last.scroll_into_view_if_needed()

    page.locator("#fileInput").set_input_files(files)
    expect(page.locator("#uploadsWords")).to_have_text("3 of 3 files added")
    page.wait_for_timeout(300)
    expect(boxes(page)).to_have_count(150)

    page.keyboard.press("Home")
    expect(page.locator("#libraryCount")).to_have_text("153 photos")


def test_what_arrives_is_counted_at_once_when_everything_is_selected(page, ana, add_many, files):
    add_many(ana, 150)
    page.set_viewport_size({"width": 500, "height": 600})
    page.goto("/")
    boxes(page).first.check()
    with page.expect_response("**/"):  # the sheet is fetched anew
        page.locator("#selectMatchingBtn").click()
    page.evaluate("() => window.scrollTo(0, 3000)")

    page.locator("#fileInput").set_input_files(files)

    expect(page.locator("#selectionWords")).to_have_text("All 153 photos that match")


def test_photos_can_be_selected_by_keyboard(page, files):
    add(page, files)
    expect(boxes(page)).to_have_count(3)

    boxes(page).nth(1).focus()
    page.keyboard.press("Space")

    expect(page.locator("#selectionWords")).to_have_text("1 selected")


def test_process_all_says_the_count_starts_and_shows_progress_and_results(page, window, files):
    add(page, files)
    page.locator("#uploadsHide").click()

    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("3 files will be processed.")
    page.get_by_label("Longest edge").fill("20")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    expect(window.title).to_have_text("Processing Files…")
    expect(window.count).to_have_text("0 / 3 files")
    job = Job.objects.get()
    assert window.follows(job)
    work(job)
    expect(window.close).to_be_visible()
    expect(page.locator('#progressFiles li[data-status="succeeded"]')).to_have_count(3)
    window.close.click()
    expect(page.locator("#newResults .strip li")).to_have_count(3)
    expect(page.locator("#newResultsCount")).to_have_text("3 files")

    boxes(page).first.check()
    page.locator("#processSelectedBtn").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(window.count).to_have_text("0 / 1 files")
    work(Job.objects.latest("pk"))
    expect(page.locator("#newResultsCount")).to_have_text("1 file")


def test_all_results_are_told_of_a_job_that_ends_faster_than_its_files_are_listed(
    page, window, ana, files, monkeypatch
):
    monkeypatch.setattr(views, "AT_ONCE", 1)
    add(page, files)
    wanted = {"photos": "all", "steps": [{"operation": "resize", "options": {"longest_edge": 20}}]}
    job = Job.submit("process", Process().submission(wanted, ana), ana, door="api")
    page.reload()
    window.is_open()

    work(job)

    expect(window.close).to_be_visible()
    expect(window.files).to_have_count(3)
    expect(page.locator("#newResultsCount")).to_have_text("3 files")


def test_what_is_selected_further_down_can_be_processed_from_there(page, ana, add_many):
    add_many(ana, 60)
    page.goto("/")

    boxes(page).last.focus()
    page.keyboard.press("Space")

    expect(page.locator("#processSelectedBtn")).to_be_in_viewport()
    page.locator("#processSelectedBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("1 file will be processed.")


def test_a_folder_and_dates_filter_and_are_told_until_they_are_taken_away(page, ana, add_many):
    add_many(ana, 2, path="Iceland/day 1", taken_at=datetime(2025, 6, 1, tzinfo=UTC))
    add_many(ana, 3, path="Iceland/day 2", taken_at=datetime(2025, 6, 2, tzinfo=UTC))
    page.goto("/")

    page.get_by_text("Folder, date, set").click()
    page.get_by_label("Folder, and those below it").fill("Iceland")
    page.get_by_label("Taken from").fill("2025-06-02")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#libraryCount")).to_have_text("3 photos")
    assert page.url.endswith("/?path=Iceland&taken_after=2025-06-02")

    page.get_by_role("link", name="Remove the filter Taken from: 2025-06-02").click()
    expect(page.locator("#libraryCount")).to_have_text("5 photos")
    expect(page.get_by_role("list", name="Filters in use")).to_contain_text("Folder Iceland")


def test_process_selected_takes_only_what_is_selected(page, window, files):
    add(page, files)
    expect(boxes(page)).to_have_count(3)
    boxes(page).nth(1).click()

    page.locator("#processSelectedBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("1 file will be processed.")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    expect(window.count).to_have_text("0 / 1 files")


def test_steps_are_added_reordered_removed_and_sent_in_order(page, window, files):
    add(page, files)
    page.locator("#processAllBtn").click()
    steps = page.locator("#newJobSteps h3")
    for name in ("convert", "strip-metadata"):
        page.locator("#newStepSelect").select_option(name)
        page.locator("#newStepBtn").click()
    expect(steps).to_have_text(["1. Resize", "2. Convert", "3. Strip metadata"])

    page.get_by_role("button", name="Move Convert up").click()
    page.get_by_role("button", name="Remove Strip metadata").click()
    expect(steps).to_have_text(["1. Convert", "2. Resize"])
    page.get_by_label("Format", exact=True).last.select_option("png")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    sent = Job.objects.get().spec["steps"]
    assert [step["operation"] for step in sent] == ["convert", "resize"]
    assert sent[0]["options"]["format"] == "png"


def test_a_wrong_option_is_told_at_its_field_and_nothing_starts(page, files):
    add(page, files)
    page.locator("#processAllBtn").click()

    page.get_by_label("Longest edge").fill("3")
    page.get_by_role("button", name="Start", exact=True).click()

    field = page.locator('[data-option="longest_edge"]')
    expect(field.locator(".wrong")).to_have_text(re.compile("from 16 to"))
    expect(field.locator("input")).to_be_focused()
    assert not Job.objects.exists()


def test_what_the_server_refuses_is_told_at_the_step(page, files):
    add(page, files)
    page.locator("#processAllBtn").click()

    page.get_by_label("Percent").fill("50")
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.locator(".step-wrong")).to_contain_text("not several of them")
    assert not Job.objects.exists()


def test_a_start_whose_answer_was_lost_starts_one_job(page, window, files):
    add(page, files)
    page.locator("#processAllBtn").click()
    lost = []

    def lose(route):
        lost.append(route.fetch())
        route.abort()

    page.route("**/api/jobs", lose)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#newJobError")).to_contain_text("The server cannot be reached")
    page.unroute("**/api/jobs")

    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    assert [answer.status for answer in lost] == [201]
    assert Job.objects.count() == 1


def test_the_filter_decides_what_all_means(page, window, files):
    add(page, files)
    page.goto("/?search=IMG_1")

    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("1 file will be processed.")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    assert Job.objects.get().counts.total == 1


def test_selected_photos_are_deleted_after_a_question(page, files):
    add(page, files)
    boxes(page).nth(0).check()
    boxes(page).nth(2).check()

    page.locator("#deleteSelectedBtn").click()
    page.locator("#askYes").click()

    expect(page.locator("#messages")).to_contain_text("2 photos were deleted.")
    expect(boxes(page)).to_have_count(1)
    assert [photo.name for photo in Photo.objects.all()] == ["IMG_1.jpg"]


def test_all_that_match_are_deleted(page, files):
    add(page, files)
    page.goto("/?search=IMG_0")
    boxes(page).first.check()

    page.evaluate("document.getElementById('selectMatchingBtn').hidden = false")
    page.locator("#selectMatchingBtn").click()
    page.locator("#deleteSelectedBtn").click()
    page.locator("#askYes").click()

    expect(page.locator("#messages")).to_contain_text("1 photo was deleted.")
    assert Photo.objects.count() == 2


def test_a_zip_file_is_unpacked_by_a_job_whose_progress_is_shown(page, window, ana, tmp_path):
    (tmp_path / "trip.zip").write_bytes(zipped({"Trip/a.jpg": jpeg(40, 30), "Trip/b.jpg": jpeg(41, 30)}))

    page.goto("/")
    page.locator("#fileInput").set_input_files(tmp_path / "trip.zip")

    expect(window.dialog).to_be_visible()
    expect(page.locator("#uploadsList")).to_contain_text("Being unpacked by a job")
    job = Job.objects.get(kind="import")
    assert job.events.get(event="submit").door == "page"
    work(job)
    expect(boxes(page)).to_have_count(2)
    expect(page.locator("#libraryCount")).to_have_text("2 photos")
