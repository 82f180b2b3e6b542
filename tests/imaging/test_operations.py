"""What every operation must keep, whichever there are: a new file in photos/operations is tested by being there."""

import hashlib
import pickle

import pytest

from photos import pipeline
from photos.formats import Limits, probe
from photos.operations import Operation, StepsWrong, all_operations, operation, parse_steps
from photos.operations.options import Choice, Choices, Flag, Ranged
from tests.imaging import pictures

each_operation = pytest.mark.parametrize("operation", all_operations(), ids=lambda each: each.name)


def step(operation: Operation, **options: object) -> dict[str, object]:
    return {"operation": operation.name, "options": options}


def test_there_are_the_operations_of_the_first_version():
    assert {"auto-orient", "resize", "convert", "strip-metadata"} <= {each.name for each in all_operations()}


@each_operation
def test_an_operation_can_be_put_on_a_form(operation):
    told = operation.describe()

    assert told["name"] == operation.name == operation.name.lower()
    assert told["label"]
    assert told["help"].endswith(".")
    assert told["options"]["type"] == "object"
    assert told["options"]["additionalProperties"] is False
    for name, option in told["options"]["properties"].items():
        assert option["description"], name


@each_operation
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_operation_leaves_the_original_alone_and_the_picture_upright(tmp_path, operation, orientation):
    source = pictures.turned(tmp_path / "source", orientation)
    before = hashlib.sha256(source.read_bytes()).digest()

    made = pipeline.process(source, "jpeg", [step(operation)], tmp_path, "out")

    assert hashlib.sha256(source.read_bytes()).digest() == before
    result = pictures.opened(made.path)
    assert pictures.is_upright(result)
    assert (result.width, result.height) == (made.width, made.height)
    assert made.size == made.path.stat().st_size
    assert probe(made.path, Limits()).orientation == 1


@each_operation
@pytest.mark.parametrize("format", pictures.FORMATS)
def test_an_operation_works_on_every_format_and_keeps_it_unless_told(tmp_path, operation, format):
    source = pictures.save(pictures.corners(), tmp_path / "source", format)
    wanted = "jpeg" if operation.name == "convert" else format

    made = pipeline.process(source, format, [step(operation)], tmp_path, "out")

    found = probe(made.path, Limits())
    assert (made.format, found.format) == (wanted, wanted)
    assert pictures.is_upright(pictures.opened(made.path))


@each_operation
@pytest.mark.parametrize("format", ["png", "webp", "tiff", "gif", "avif"])
def test_transparency_is_not_lost_without_being_told(tmp_path, operation, format):
    source = pictures.save(pictures.transparent(), tmp_path / "source", format)
    options = {"format": format} if operation.name == "convert" else {}

    made = pipeline.process(source, format, [step(operation, **options)], tmp_path, "out")

    result = pictures.opened(made.path)
    assert result.hasalpha()
    assert result(2, 2)[3] < 10
    assert result(result.width - 3, 2)[3] > 245


@each_operation
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_sixteen_bits_are_not_lost_without_being_told(tmp_path, operation, format):
    source = pictures.save(pictures.deep(), tmp_path / "source", format)
    options = {"format": format} if operation.name == "convert" else {}

    made = pipeline.process(source, format, [step(operation, **options)], tmp_path, "out")

    result = pictures.opened(made.path)
    assert result.format == "ushort"
    assert result(2, 2)[0] == pytest.approx(220 * 256 + 77, abs=2)


@each_operation
def test_options_out_of_range_are_refused_by_name(operation):
    for name, option in operation.Options.declared().items():
        for wrong in wrong_values(option):
            with pytest.raises(StepsWrong) as refused:
                parse_steps([step(operation, **{name: wrong})])
            assert refused.value.fields == {"steps": str(refused.value)}
            assert str(refused.value).startswith(f"Step 1 ({operation.name}): {name} m")


def wrong_values(option):
    """Values that an option must not accept."""
    never = [None, {}, {"a": 1}, "", "\0", [[1]], [None], 10**5000, -(10**5000), float("nan"), float("inf")]
    if isinstance(option, Ranged):
        return [*never, True, False, "16", [], option.minimum - 1, option.maximum + 1]
    if isinstance(option, Flag):
        return [*never, 0, 1, "true", []]
    if isinstance(option, Choice):
        return [*never, 0, True, [], [option.default], option.default.upper()]
    assert isinstance(option, Choices)
    return [*never, 0, True, "profile", ["nothing of the kind"], {"keep": []}]


@each_operation
def test_defaults_pass_their_own_checks(operation):
    schema = operation.schema()
    for name, option in schema["properties"].items():
        if "default" in option:
            parse_steps([step(operation, **{name: option["default"]})])


@each_operation
def test_parsed_steps_travel_between_processes(operation):
    steps = parse_steps([step(operation)])

    copied = pickle.loads(pickle.dumps(steps))

    assert copied[0].as_json() == steps[0].as_json() == step(operation)


def test_an_operation_is_found_by_its_name():
    assert operation("resize").label == "Resize"
