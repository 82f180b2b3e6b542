"""The engine and its templates know no word of photos; tests/standalone runs it without them."""

import re
from pathlib import Path

from django.conf import settings

from jobs.api import urls as api_urls
from jobs.web import urls

ROOT = Path(settings.BASE_DIR)
WORDS = re.compile(
    r"photo|picture|imag(e|ing)|recipe|catalog|classif|thumbnail|camera|pixel|album|galler|watermark|deliver(y|ies)|"
    r"\bzip(?!\()|\bjpe?g\b|\bpng\b|\btiff?\b|\bheic\b|\bpdf\b|\bexif\b|\biptc\b|\bocr\b",
    re.IGNORECASE,
)


def sources() -> list[Path]:
    """Every file of the engine that people write."""
    files = [*(ROOT / "jobs").rglob("*"), *(ROOT / "templates" / "jobs").rglob("*")]
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts]


def test_no_file_of_the_engine_has_a_word_of_photos():
    told = [
        f"{path.relative_to(ROOT)}:{number}: {found[0]}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := WORDS.search(line))
    ]

    assert told == []


def named_in_templates(pattern: str) -> set[str]:
    """What a tag of the engine's templates names."""
    return {name for path in sources() for name in re.findall(pattern, path.read_text())}


def test_the_templates_of_the_engine_lead_to_no_address_but_its_own():
    own = {address.name for address in urls.urlpatterns} | {f"api:{address.name}" for address in api_urls.urlpatterns}

    assert named_in_templates(r"""{% url ['"]([^'"]+)""") <= own


def test_the_templates_of_the_engine_include_no_others_and_no_static_files():
    assert {
        name for name in named_in_templates(r"""{% (?:include|extends) ['"]([^'"]+)""") if "jobs/" not in name
    } == set()
    assert named_in_templates(r"{% static ([^ ]+)") == set()
