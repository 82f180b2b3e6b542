"""The figures in documents and pages are those of the code."""

import pytest
from django.conf import settings

from jobs.models.lane import LEASE_SECONDS
from jobs.worker import fair_share, shutdown, watcher
from photos.catalogue.pieces import MAX_PICTURES, MIN_PIECE_FILES
from photos.classification import features
from photos.classification.groups import GROUPS
from photos.classification.thresholds import Thresholds
from photos.files.archives import Limits
from photos.imaging.ocr.reading import MAX_PAGE_SECONDS
from photos.kinds.vision import IMAGE_SIDE_PIXELS
from project.supervisor.parts import BASE_DIR, MAX_LOG_BYTES

SAID = {
    "README.md": [f"one of {len(GROUPS)} categories"],
    "docs/classification.md": [
        f"once, at {features.SIDE_PIXELS} pixels",
        f"| {len(GROUPS)} categories |",
        f"at most {Thresholds.same_picture_bits} of them different",
        f"nothing is said below {Thresholds.category}",
        f"numbers above {Thresholds.same_shot}",
        f"(cosine above {Thresholds.learnt})",
        f"{MAX_PAGE_SECONDS:g} s a page at most",
    ],
    "docs/imports-and-catalogues.md": [
        f"more than {Limits.files:,} files, or would unpack to more than {Limits.ratio} times its size",
        f"pieces of {MIN_PIECE_FILES} files",
        f"Above {MAX_PICTURES:,} files",
    ],
    "docs/settings.md": [
        f"at most {IMAGE_SIDE_PIXELS:,} pixels large",
        f"more than {MAX_LOG_BYTES // 1_000_000} MB is moved",
    ],
    "docs/when-redis-dies.md": [f"after {LEASE_SECONDS} seconds their lease expires"],
    "docs/why-lanes.md": [
        f"reads the job's row every {watcher.POLL_SECONDS * 1000:g} ms",
        f"in the last {watcher.MAX_READING_AGE_SECONDS * 1000:g} ms",
        f"between {fair_share.MIN_TURN_SECONDS:g} and {fair_share.MAX_TURN_SECONDS:g} seconds",
        f"a time-out of {settings.CELERY_BROKER_TRANSPORT_OPTIONS['visibility_timeout']} s",
        f"the lease of {LEASE_SECONDS} s",
        f"no longer than {shutdown.FINISH_SECONDS:g} s, and releases the others within"
        f" {shutdown.RELEASE_AFTER_SECONDS:g} s",
    ],
    "templates/accounts/locked.html": {0.25: ["a quarter of an hour"]}[settings.AXES_COOLOFF_TIME],
}


@pytest.mark.parametrize(("page", "words"), [(page, words) for page, lines in SAID.items() for words in lines])
def test_a_page_tells_the_figure_of_the_code(page, words):
    assert words in " ".join((BASE_DIR / page).read_text().split())
