"""The engine in a project that has no photos: pages, admin, REST and commands, with a real worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from project.supervisor.broker import Broker
from tests.standalone.site import Site

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def site(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stand-alone project, running."""
    site = Site(tmp_path_factory.mktemp("standalone"), broker.address)
    try:
        site.start()
        yield site
    finally:
        site.end()


def folder_of(parent: Path, files: int) -> Path:
    """A folder with that many text files: the first has one line, the next two, and so on."""
    for number in range(1, files + 1):
        (parent / f"{number:03}.txt").write_text("line\n" * number)
    return parent


def test_a_job_runs_to_its_end(site, tmp_path):
    job = site.submit(folder_of(tmp_path, 4))

    assert site.wait(job, lambda job: job["status"] == "completed")["succeeded"] == 4
    assert site.history(job) == ["submit", "start", "phase", "finish"]
