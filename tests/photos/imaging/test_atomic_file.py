"""Files that are there whole, or not at all."""

import pytest

from photos.imaging import atomic_file
from photos.imaging.atomic_file import write_atomically


def test_a_file_replaces_the_old_one_at_the_end_alone(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")

    with write_atomically(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"

    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")

    with pytest.raises(TypeError), write_atomically(target) as temporary:
        temporary.write_text("half") + "characters"

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("durable", "synced"), [(True, [False]), (False, [])])
def test_a_durable_file_is_synced_before_it_gets_its_name(tmp_path, monkeypatch, durable, synced):
    target, seen = tmp_path / "file", []
    monkeypatch.setattr(atomic_file, "sync", lambda path: seen.append(target.exists()))

    with write_atomically(target, durable) as temporary:
        temporary.write_text("new")

    assert seen == synced
