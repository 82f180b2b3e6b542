"""What every operation must keep, whichever there are: a new file in photos/imaging/operations is tested, too."""

import hashlib
import pickle
from dataclasses import replace

import pytest
import pyvips

from photos.imaging import operations, pipeline, preview
from photos.imaging.formats import Limits, probe
from photos.imaging.formats.colour import convert
from photos.imaging.operations import InvalidSteps, Operation, Step, all_operations, parse_steps
from tests.photos.imaging import pictures

LOGO = "01890a5d-ac96-774b-bcce-b302099a8057"
NEEDED = {"image-watermark": {"image": LOGO}, "set-metadata": {"artist": "Ana"}}


@pytest.fixture(scope="module")
def logo(tmp_path_factory):
    """The file of a photo that another is marked with."""
    white = (pyvips.Image.black(30, 20) + 255).cast("uchar").copy(interpretation="b-w")
    return pictures.save(white, tmp_path_factory.mktemp("logo") / "logo", "png")


@pytest.fixture(params=all_operations(), ids=lambda each: each.name)
def operation(request, logo):
    """Each operation, with the files of other photos at hand."""
    return request.param.with_photos({LOGO: logo})


def sent(operation: Operation, **options: object) -> dict[str, object]:
    """A step as it is sent: with the defaults, except for what has none."""
    return {"operation": operation.name, "options": NEEDED.get(operation.name, {}) | options}


def step(operation: Operation, **options: object) -> Step:
    """The step as it is done."""
    (parsed,) = parse_steps([sent(operation, **options)])
    return replace(parsed, operation=operation)


def expected(operation: Operation, picture: pyvips.Image) -> pyvips.Image:
    """What the operation makes of the picture in memory, with its defaults."""
    resolved = operation.resolve(picture, step(operation).options)
    return resolved.operation.apply(picture, resolved.options)


def test_there_are_the_operations_of_the_first_version():
    assert {"auto-orient", "resize", "convert", "strip-metadata"} <= {each.name for each in all_operations()}


def test_an_operation_can_be_put_on_a_form(operation):
    told = operation.describe()

    assert told["name"] == operation.name == operation.name.lower()
    assert told["label"]
    assert told["help"].endswith(".")
    assert told["options"]["type"] == "object"
    assert told["options"]["additionalProperties"] is False
    for name, option in told["options"]["properties"].items():
        assert option["description"], name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_operation_leaves_the_original_alone_and_the_picture_upright(tmp_path, operation, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation)
    before = hashlib.sha256(source.read_bytes()).digest()

    made = pipeline.process(source, "jpeg", [step(operation)], tmp_path, "out")

    assert hashlib.sha256(source.read_bytes()).digest() == before
    result = pictures.load(made.path)
    wanted = expected(operation, pictures.corners())
    assert (result.width, result.height) == (made.width, made.height) == (wanted.width, wanted.height)
    assert pictures.corner_names(result) == pictures.corner_names(wanted)
    assert made.size == made.path.stat().st_size
    assert probe(made.path, Limits()).orientation == 1


@pytest.mark.parametrize("format", pictures.FORMATS)
def test_an_operation_works_on_every_format_and_keeps_it_unless_told(tmp_path, operation, format):
    source = pictures.save(pictures.corners(), tmp_path / "source", format)
    wanted = "jpeg" if operation.name == "convert" else format

    made = pipeline.process(source, format, [step(operation)], tmp_path, "out")

    found = probe(made.path, Limits())
    assert (made.format, found.format) == (wanted, wanted)
    wanted_corners = pictures.corner_names(expected(operation, pictures.corners()))
    assert pictures.corner_names(pictures.load(made.path)) == wanted_corners


@pytest.mark.parametrize("format", ["png", "webp", "tiff", "gif", "avif"])
def test_transparency_is_not_lost_without_being_told(tmp_path, operation, format):
    source = pictures.save(pictures.with_hole(), tmp_path / "source", format)
    options = {"format": format} if operation.name == "convert" else {}

    made = pipeline.process(source, format, [step(operation, **options)], tmp_path, "out")

    result = pictures.load(made.path)
    assert result.hasalpha()
    alpha = result[result.bands - 1]
    assert alpha.min() < 10
    assert alpha.max() > 245


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_sixteen_bits_are_not_lost_without_being_told(tmp_path, operation, format):
    source = pictures.save(pictures.deep(), tmp_path / "source", format)
    options = {"format": format} if operation.name == "convert" else {}

    made = pipeline.process(source, format, [step(operation, **options)], tmp_path, "out")

    result = pictures.load(made.path)
    assert result.format == "ushort"
    assert (result % 257).max() > 0, "only values that eight bits have"


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_an_animation_stays_one_with_frames_of_one_size(tmp_path, operation, format):
    source = pictures.save_animation(tmp_path / "source", format)
    options = {"format": format} if operation.name == "convert" else {}

    made = pipeline.process(source, format, [step(operation, **options)], tmp_path, "out")

    moving = pictures.load(made.path, n=-1)
    assert (moving.get("n-pages"), moving.get("delay")) == (3, [100, 200, 300])
    assert (moving.width, moving.get("page-height")) == (made.width, made.height)
    shades = [moving(made.width // 2, made.height // 2 + number * made.height)[0] for number in range(3)]
    assert shades == sorted(set(shades)), "every frame another"


def test_every_page_of_a_tiff_is_done(tmp_path, operation):
    source = pictures.save_corner_pages(tmp_path / "source", [(96, 64), (64, 96)])
    options = {"format": "tiff"} if operation.name == "convert" else {}

    made = pipeline.process(source, "tiff", [step(operation, **options)], tmp_path, "out")

    assert probe(made.path, Limits()).pages == 2
    for number, (width, height) in enumerate([(96, 64), (64, 96)]):
        page, wanted = pictures.load(made.path, page=number), expected(operation, pictures.corners(width, height))
        assert (page.width, page.height) == (wanted.width, wanted.height)
        assert pictures.corner_names(page) == pictures.corner_names(wanted)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_a_grey_picture_stays_grey_to_the_eye(tmp_path, operation, alpha, deep):
    source = pictures.save(pictures.grey(alpha=alpha, deep=deep), tmp_path / "source", "png")
    options = {"format": "png"} if operation.name == "convert" else {}

    made = pipeline.process(source, "png", [step(operation, **options)], tmp_path, "out")

    colours = pictures.load(made.path).colourspace("srgb")
    assert max((colours[0] - colours[1]).abs().max(), (colours[1] - colours[2]).abs().max()) <= 2


def test_a_picture_in_printing_colours_looks_as_before(tmp_path, operation):
    printed = pictures.corners().icc_transform("cmyk", input_profile="srgb")
    source = pictures.save(printed, tmp_path / "source", "jpeg")

    made = pipeline.process(source, "jpeg", [step(operation)], tmp_path, "out")

    result = pictures.load(made.path)
    untouched = operation.name in ("auto-orient", "rename", "set-metadata")
    assert (result.interpretation == "cmyk") == untouched
    wanted = pictures.corner_names(expected(operation, pictures.corners()))
    assert pictures.corner_names(convert.to_srgb(result)) == wanted


def test_a_preview_shows_the_same_in_less(tmp_path, operation):
    source = pictures.save_turned(tmp_path / "source", 6, width=960, height=640)

    data = preview.render_preview(source, "jpeg", [step(operation)], size=96)

    picture = pyvips.Image.new_from_buffer(data, "").copy_memory()
    wanted = expected(operation, pictures.corners(960, 640))
    assert max(picture.width, picture.height) == 96
    assert picture.width / picture.height == pytest.approx(wanted.width / wanted.height, rel=0.03)
    assert pictures.corner_names(picture) == pictures.corner_names(wanted)


def test_a_preview_of_a_large_picture_shows_the_same_from_a_copy(tmp_path, monkeypatch, operation):
    monkeypatch.setattr(preview, "COPY_EDGE_PIXELS", 240)
    source = pictures.save_turned(tmp_path / "source", 6, width=960, height=640)
    direct = preview.render_preview(source, "jpeg", [step(operation)], size=96)

    for _ in ("made", "used again"):
        data = preview.render_preview(source, "jpeg", [step(operation)], tmp_path / "copy", size=96)

        one, other = (pyvips.Image.new_from_buffer(each, "").copy_memory() for each in (data, direct))
        assert abs(one.width - other.width) + abs(one.height - other.height) <= 2
        small = [each.resize(8 / each.width, vscale=8 / each.height) for each in (one, other)]
        assert (small[0] - small[1]).abs().max() < 40
    assert (tmp_path / "copy").stat().st_size < 240 * 160 * 3 + 20_000


def test_options_out_of_range_are_refused_by_name(operation):
    for name, option in operation.schema()["properties"].items():
        for wrong in wrong_values(option):
            with pytest.raises(InvalidSteps) as refused:
                parse_steps([sent(operation, **{name: wrong})])
            assert refused.value.fields == {"steps": str(refused.value)}
            assert str(refused.value).startswith(f"Step 1 ({operation.name}): {name} m")


def wrong_values(option):
    """Values that an option must not accept."""
    never = [None, {}, {"a": 1}, "", "\0", [[1]], [None], 10**5000, -(10**5000), float("nan"), float("inf")]
    if option["type"] in ("integer", "number"):
        return [*never, True, False, "16", [], option["minimum"] - 1, option["maximum"] + 1]
    if option["type"] == "boolean":
        return [*never, 0, 1, "true", []]
    if "enum" in option:
        return [*never, 0, True, [], [option["default"]], option["default"].upper(), "\ud800"]
    if option["type"] == "string":
        strange = ["#12345", "red", 0xFFFFFF] if option.get("format") == "color" else []
        return [*never, 0, True, [], "no\nsecond line", "\ud800", "x" * (option["maxLength"] + 1), *strange]
    assert option["type"] == "array"
    return [*never, 0, True, "profile", ["nothing of the kind"], ["\ud800"], {"keep": []}]


def test_defaults_pass_their_own_checks(operation):
    schema = operation.schema()
    for name, option in schema["properties"].items():
        if "default" in option:
            parse_steps([sent(operation, **{name: option["default"]})])


def test_what_an_operation_cannot_do_without_must_be_given(operation):
    for name in operation.schema().get("required", ()):
        with pytest.raises(InvalidSteps, match=f"^Step 1 .{operation.name}.: {name} must be given$"):
            parse_steps([{"operation": operation.name}])


def test_parsed_steps_travel_between_processes(operation):
    steps = parse_steps([step(operation)])

    copied = pickle.loads(pickle.dumps(steps))

    assert copied[0].as_json() == steps[0].as_json() == sent(operation)


def test_an_operation_is_found_by_its_name():
    assert operations.get_operation("resize").label == "Resize"
