"""Two documents of two pages: a scan and a text."""

import pytest

from tests.photos.imaging import documents


@pytest.fixture
def scan(tmp_path):
    return documents.write_two_scans(tmp_path)


@pytest.fixture
def book(tmp_path):
    return documents.write_two_pages(tmp_path)
