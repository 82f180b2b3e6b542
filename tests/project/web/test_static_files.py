"""Static files are collected under names with a hash, and scripts import one another by those names."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

IMPORT = re.compile(r"""(?:from|import)\s*["'](\.[^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")
OF_OTHERS = ["admin", "django-htmx", "drf_spectacular_sidecar", "rest_framework"]


@pytest.fixture
def scripts(settings, tmp_path) -> set[Path]:
    """Our own scripts under the names that pages give them, collected as at a start of the site."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "project.web.static_files.HashedStaticFilesStorage"},
    }
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=OF_OTHERS)
    names = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"]
    return {settings.STATIC_ROOT / name for name in names.values() if name.startswith("stopbath/js/")}


def imports(script: Path) -> list[Path]:
    return [(script.parent / name).resolve() for name in IMPORT.findall(script.read_text())]


def test_every_import_leads_to_a_collected_script_with_a_hash_in_its_name(scripts):
    paths = {path for script in scripts for path in imports(script)}

    assert len(paths) > 20
    assert [script for script in paths | scripts if not HASHED.search(script.name)] == []
    assert paths - scripts == set()
