"""Lists of steps from anybody: accepted, or refused with a sentence, and nothing else."""

from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from photos.imaging.operations import InvalidSteps, OptionSet, Step, all_operations, parse_steps, steps_from_text
from photos.imaging.operations.schema.options import Colour, InvalidOption, Line, json_schema

NAMES = [each.name for each in all_operations()]
OPTIONS = sorted({name for each in all_operations() for name in each.schema()["properties"]})
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["jpeg", "inside"])
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
likely = st.fixed_dictionaries(
    {"operation": st.sampled_from(NAMES) | anything},
    optional={"options": st.dictionaries(st.sampled_from(OPTIONS) | st.text(), anything, max_size=3) | anything},
)


@settings(max_examples=150, deadline=None)
@given(anything | st.lists(likely | anything, max_size=4))
def test_whatever_is_sent_is_accepted_or_refused_in_words(sent):
    try:
        steps = parse_steps(sent)
    except InvalidSteps as error:
        refused = error
    else:
        assert all(isinstance(step, Step) for step in steps)
        return
    assert refused.fields == {"steps": refused.sentence}
    assert "\n" not in refused.sentence
    assert len(refused.sentence) < 500  # the names of all operations


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ("resize", "The steps must be a list."),
        ([{}] * 51, "There may be at most 50 steps."),
        (["resize"], 'Step 1 must look like {"operation": "resize", "options": {}}'),
        ([{"options": {}}], f"Step 1 needs an operation: {', '.join(NAMES)}"),
        (
            [{"operation": "resize"}, {"operation": "melt"}],
            f"Step 2: there is no operation “melt”; there are {', '.join(NAMES)}",
        ),
        ([{"operation": "resize", "mode": 1}], "Step 1 has only operation and options, no “mode”"),
        ([{"operation": "resize", "options": []}], "Step 1 (resize): options must be an object"),
        (
            [{"operation": "resize", "options": {"longest_edge": 15}}],
            "Step 1 (resize): longest_edge must be at least 16",
        ),
        (
            [{"operation": "resize", "options": {"longest_edge": 1600.5}}],
            "Step 1 (resize): longest_edge must be a whole number",
        ),
        (
            [{"operation": "auto-orient", "options": {"angle": 90}}],
            "Step 1 (auto-orient): there is no option “angle”; it has none",
        ),
        (
            [{"operation": "convert", "options": {"quality": 101}}],
            "Step 1 (convert): quality must be at most 100",
        ),
        (
            [{"operation": "convert", "options": {"format": "heic"}}],
            "Step 1 (convert): format must be one of jpeg, png, webp, avif, tiff, gif, pdf",
        ),
        (
            [{"operation": "convert", "options": {"format": "jpeg", "lossless": True}}],
            "Step 1 (convert): lossless is not possible with jpeg",
        ),
        (
            [{"operation": "strip-metadata", "options": {"keep": ["place"]}}],
            "Step 1 (strip-metadata): keep may only contain copyright, orientation, profile",
        ),
        (
            [{"operation": "resize", "options": {"longest_edge": 100, "width": 50}}],
            "Step 1 (resize): give longest_edge, or width and height, or percent, but not several of them",
        ),
    ],
)
def test_mistakes_are_named(sent, sentence):
    with pytest.raises(InvalidSteps) as refused:
        parse_steps(sent)

    assert refused.value.fields == {"steps": sentence}


def test_somebody_s_own_words_are_repeated_short_and_printable():
    with pytest.raises(InvalidSteps) as refused:
        parse_steps([{"operation": "x\n\0" + "y" * 1000}])

    assert f"“x{'y' * 39}…”" in str(refused.value)


@pytest.mark.parametrize(
    ("operation", "options", "sentence"),
    [
        ("resize", {"enlarge": 1, "width": 0}, "enlarge must be true or false"),
        ("resize", {"width": 0, "strange": 1, "enlarge": 1}, "width must be at least 1"),
        ("resize", {"strange": 1, "width": 0}, "there is no option “strange”; it has longest_edge, width, height, fit"),
        ("resize", {"\ud800": 1}, "there is no option “”; it has longest_edge, width, height, fit"),
        ("resize", {"longest_edge": 10**400}, "longest_edge must be at most 20000"),
        ("adjust", {"gamma": 10**400}, "gamma must be at most 5"),
        ("adjust", {"gamma": -(10**400)}, "gamma must be at least 0.2"),
        ("image-watermark", {"strange": 1}, "there is no option “strange”; it has image, position, size"),
        ("watermark", {"text": "x" * 300 + "\n"}, "text must be one line of text"),
        ("watermark", {"text": "{x}" * 300}, "text must have at most 200 characters"),
        ("strip-metadata", {"keep": ["x", 1]}, "keep must be a list of words from copyright, orientation, profile"),
        ("convert", {"format": "\ud800"}, "format must be one of jpeg, png"),
    ],
)
def test_of_several_mistakes_the_first_is_named(operation, options, sentence):
    with pytest.raises(InvalidSteps) as refused:
        parse_steps([{"operation": operation, "options": options}])

    assert str(refused.value).startswith(f"Step 1 ({operation}): {sentence}")


def test_a_whole_number_may_be_written_with_a_point():
    (step,) = parse_steps([{"operation": "resize", "options": {"longest_edge": 1600.0}}])

    assert step.as_json() == {"operation": "resize", "options": {"longest_edge": 1600}}


def test_parsed_steps_pass_unchanged():
    steps = parse_steps([{"operation": "resize"}])

    assert parse_steps(steps) == steps


def test_a_text_with_commas_stands_in_quotes_on_a_command_line():
    (step,) = steps_from_text(['watermark:text="© Ana, Berlin = {year}",size=30,colour=#ff0000'])

    assert step.as_json()["options"] == {"text": "© Ana, Berlin = {year}", "size": 30, "colour": "#ff0000"}


def test_an_open_quote_is_a_part_of_the_text():
    (step,) = steps_from_text(['watermark:text=5" disk,size=30'])

    assert step.as_json()["options"] == {"text": '5" disk', "size": 30}


def test_steps_can_be_written_on_a_command_line():
    steps = steps_from_text(
        ["resize:width=800,height=600,fit=cover,enlarge=true", "strip-metadata:keep=copyright+profile", "auto-orient"]
    )

    assert [step.as_json() for step in steps] == [
        {"operation": "resize", "options": {"width": 800, "height": 600, "fit": "cover", "enlarge": True}},
        {"operation": "strip-metadata", "options": {"keep": ["copyright", "profile"]}},
        {"operation": "auto-orient", "options": {}},
    ]


@pytest.mark.parametrize(
    "text", ["melt", "resize:1600", "resize:longest_edge=big", "resize:longest_edge=nan", ":", "="]
)
def test_mistakes_on_a_command_line_are_named(text):
    with pytest.raises(InvalidSteps, match="Step 1"):
        steps_from_text([text])


def test_a_line_of_text_and_a_colour_describe_themselves():
    class Options(OptionSet):
        title: Annotated[str, Line(20, "[A-Z].*", "Summer")] = Field("Summer", description="A title.")
        ink: Colour = Field("#ff8000", description="A colour.")

    title, ink = json_schema(Options)["properties"].values()

    assert title == {
        "type": "string",
        "minLength": 1,
        "maxLength": 20,
        "pattern": "^[A-Z].*$",
        "description": "A title.",
        "default": "Summer",
    }
    assert ink["format"] == "color"
    assert Options(title="Ete ⛱", ink="#FFF000").as_json() == {
        "title": "Ete ⛱",
        "ink": "#FFF000",
    }
    for wrong, sentence in [
        ({"title": "été"}, "title must look like Summer"),
        ({"title": "S" * 21}, "title must have at most 20 characters"),
        ({"title": "S\u2028S"}, "title must be one line of text"),
        ({"title": " "}, "title must be one line of text"),
        ({"ink": "red"}, "ink must look like #ffffff"),
    ]:
        with pytest.raises(InvalidOption, match=sentence):
            Options.parse(wrong)
