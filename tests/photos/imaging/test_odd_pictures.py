"""Whatever is done to whatever picture: there is a result that opens, or a sentence, and a good file is not blamed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pyvips
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from photos.imaging import pipeline, preview
from photos.imaging.formats import Limits, Unreadable, errors, format_of, probe
from photos.imaging.operations import InvalidSteps, Operation, Step, all_operations, parse_steps
from tests.photos.imaging import pictures

SHAPES = [(1, 1), (1, 2), (2, 1), (1, 700), (700, 1), (3, 3), (5, 7), (17, 120), (96, 64)]
KINDS = {
    "grey": ("uchar", "b-w"),
    "grey16": ("ushort", "grey16"),
    "rgb": ("uchar", "srgb"),
    "rgb16": ("ushort", "rgb16"),
}
FORMATS = [*pictures.FORMATS, "animation", "pages"]
LOGO = "01890a5d-ac96-774b-bcce-b302099a8057"
WORDS = ["{artist}", "{date}", "© {year} {artist}", "Ana Müller", "\u0301", "🦅", ".", "—" * 60]
SHORT = {"1:1", "3:2", "1:100", "100:1"}  # what fits into an option of a certain form
BLAMED = {
    errors.FILE_DAMAGED,
    errors.FILE_TRUNCATED,
    errors.OUTPUT_NOT_WRITTEN,
    errors.OUT_OF_MEMORY,
    errors.UNKNOWN_CODING,
}
LARGE = 300  # of what counts pixels: larger ones only take longer


def value(option: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the option takes, its ends among them."""
    if option["type"] in ("integer", "number"):
        ends = option["minimum"], min(option["maximum"], max(LARGE, option["minimum"]))
        numbers = st.integers(*map(int, ends)) if option["type"] == "integer" else st.floats(*ends)
        return st.sampled_from(ends) | numbers
    if option["type"] == "boolean":
        return st.booleans()
    if "enum" in option:
        return st.sampled_from(option["enum"])
    if option["type"] == "array":
        return st.lists(st.sampled_from(option["items"]["enum"]), unique=True)
    if option.get("format") == "uuid":
        return st.just(LOGO)
    if option.get("format") == "color":
        return st.sampled_from(["#ffffff", "#000000", "#808080", "#ff0000"])
    return st.sampled_from([*WORDS, *sorted(SHORT)])


def step(operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """The step with some of its options."""
    schema = operation.schema()
    known = schema["properties"]
    needed = {name: value(known[name]) for name in schema.get("required", ())}
    others = {name: value(each) for name, each in known.items() if name not in needed}
    options = st.fixed_dictionaries(needed, optional=others)
    return st.fixed_dictionaries({"operation": st.just(operation.name), "options": options})


steps_of_all = st.lists(st.one_of(*map(step, all_operations())), min_size=1, max_size=3)


def drawn(shape: tuple[int, int], kind: str, alpha: bool, plain: bool) -> pyvips.Image:
    """A picture of noise, or of nothing."""
    noise = pyvips.Image.gaussnoise(*shape, mean=128, sigma=0 if plain else 60, seed=1).cast("uchar")
    picture = noise.bandjoin([255 - noise, noise]) if kind.startswith("rgb") else noise
    picture = picture.bandjoin(255 - noise) if alpha else picture
    numbers, space = KINDS[kind]
    return (picture * 257 if numbers == "ushort" else picture).cast(numbers).copy(interpretation=space)


def written(path: Path, format: str, picture: pyvips.Image) -> str:
    """Save the picture in that format, or in one that holds several of it; the format's own name."""
    if format == "animation":
        pictures.save_animation(path, "webp", 2, picture.width, picture.height)
        return "webp"
    if format == "pages":
        pictures.save_pages(path, [picture, drawn((7, 9), "rgb", alpha=False, plain=False)])
        return "tiff"
    if format == "avif":
        picture = picture.colourspace("srgb").cast("uchar")
    pictures.save(picture, path, format)
    return format


def parsed(sent: list[dict[str, Any]], logo: Path) -> list[Step]:
    """The steps, with the logo at hand, if they are sound and take no minutes."""
    try:
        steps = parse_steps(sent)
    except InvalidSteps:
        assume(False)
    assume(
        not any(getattr(each.options, name, None) in (True, "most") for each in steps for name in ("text", "effort"))
    )
    return [replace(each, operation=each.operation.with_photos({LOGO: logo})) for each in steps]


def open_all(path: Path, format: str) -> None:
    """Decode every page."""
    for number in range(probe(path, Limits()).pages):
        format_of(format).open(path, **({"page": number} if number else {})).avg()


def tried(work: Callable[[], Any]) -> Any:
    """What comes of it, or nothing where it fails with a sentence that does not blame the file."""
    try:
        return work()
    except Unreadable as error:
        if any(words in str(error) for words in BLAMED):
            raise
        return None


@pytest.fixture(scope="module")
def logo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thin file that another picture is marked with."""
    return pictures.save(pictures.corners(2, 300), tmp_path_factory.mktemp("logo") / "logo", "jpeg")


@pytest.mark.timeout(300)
@settings(max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    sent=steps_of_all,
    picture=st.builds(drawn, st.sampled_from(SHAPES), st.sampled_from([*KINDS]), st.booleans(), st.booleans()),
    orientation=st.integers(1, 8),
    format=st.sampled_from(FORMATS),
)
def test_odd_steps_on_odd_pictures_give_a_result_or_a_sentence(
    tmp_path_factory, logo, sent, picture, orientation, format
):
    folder = tmp_path_factory.mktemp("odd")
    steps = parsed(sent, logo)
    source = folder / "source"
    format = written(source, format, pictures.with_fields(picture, orientation=orientation))

    made = tried(lambda: pipeline.process(source, format, steps, folder, "out"))
    tried(lambda: preview.render_preview(source, format, steps))

    if made is not None:
        found = probe(made.path, Limits(megapixels=1000))
        assert (found.format, found.width, found.height) == (made.format, made.width, made.height)
        open_all(made.path, made.format)
