"""The client of a vision model, alone."""

import anyio
import pytest

from photos.classification import vision
from photos.classification.vision import (
    JSON_OBJECT,
    JSON_SCHEMA,
    PLAIN_TEXT,
    RESPONSE_FORMATS,
    Endpoint,
    ParsedAnswer,
    ResponseFormatRefused,
    VisionFailed,
    parse_answer,
)

WORDS = ("dogs", "cats", "My dog")


def ask(server, mode, manner=JSON_SCHEMA, **facts):
    endpoint = Endpoint(server.url(mode), "a-model", "a-key", **facts)
    return anyio.run(vision.ask, endpoint, b"a picture", WORDS, manner)


@pytest.mark.parametrize("mode", ["quick", "whole"])
def test_an_answer_is_put_together_with_its_tokens_whether_it_is_streamed_or_not(vision_server, mode):
    answer = ask(vision_server, mode)

    assert answer.text == '{"category": "dogs", "confidence": 0.9}'
    assert (answer.tokens_in, answer.tokens_out) == (1000, 12)


def test_the_request_says_what_is_wanted_and_who_asks(vision_server):
    ask(vision_server, "quick")

    ((_, body, headers),) = vision_server.asked
    assert headers["Authorization"] == "Bearer a-key"
    assert (body["model"], body["stream"], body["temperature"]) == ("a-model", True, 0)
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["category"]["enum"] == [*WORDS, vision.NO_CATEGORY]
    assert vision_server.pictures() == [b"a picture"]


@pytest.mark.parametrize(
    ("manner", "format"), [(JSON_SCHEMA, "json_schema"), (JSON_OBJECT, "json_object"), (PLAIN_TEXT, None)]
)
def test_an_answer_can_be_asked_for_in_three_manners(vision_server, manner, format):
    ask(vision_server, "quick", manner)

    ((_, body, _),) = vision_server.asked
    assert body.get("response_format", {}).get("type") == format


def test_a_server_may_refuse_a_manner_but_not_the_plain_one(vision_server):
    for manner in RESPONSE_FORMATS[:2]:
        with pytest.raises(ResponseFormatRefused):
            ask(vision_server, "plain", manner)
    assert ask(vision_server, "plain", PLAIN_TEXT).text == "dogs."


@pytest.mark.parametrize(
    ("mode", "sentence", "passing", "after"),
    [
        ("down", "The vision model is busy or broken (HTTP 503)", True, None),
        ("busy-once", "The vision model is busy or broken (HTTP 429)", True, 7.0),
        ("cut", "The connection to the vision model broke", True, None),
        ("sorry", "The vision model stopped with an error", True, None),
        ("forbidden", "The vision model refused the request (HTTP 401)", False, None),
        ("elsewhere", "The vision model has moved (HTTP 307): correct its address", False, None),
        ("endless", "The answer of the vision model is too long", False, None),
    ],
)
def test_what_goes_wrong_is_told_in_words_and_whether_it_may_pass(vision_server, mode, sentence, passing, after):
    with pytest.raises(VisionFailed) as failure:
        ask(vision_server, mode)

    assert (str(failure.value), failure.value.is_transient, failure.value.retry_after_seconds) == (
        sentence,
        passing,
        after,
    )
    assert len(vision_server.asked) == 1  # no redirect is followed, nothing is tried again behind our back


@pytest.mark.parametrize(("mode", "limits"), [
    ("silent", {"read_timeout_seconds": 0.2}), ("slow", {"read_timeout_seconds": 0.2}),
    ("dripping", {"total_seconds": 0.3}),
])  # fmt: skip
def test_a_model_that_comes_to_no_end_is_left(vision_server, mode, limits):
    with pytest.raises(VisionFailed) as failure:
        ask(vision_server, mode, **limits)

    assert failure.value.is_transient
    assert vision_server.wait_for_abandoned(within=2) == [mode]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://[", "http://\0/v1"])
def test_an_address_without_a_model_is_told_in_words(url):
    with pytest.raises(VisionFailed, match=r"The (connection to|address of) the vision model"):
        anyio.run(vision.ask, Endpoint(url, "a-model"), b"", WORDS, JSON_SCHEMA)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{"category": "dogs", "confidence": 0.9}', ParsedAnswer("dogs", 0.9)),
        ('```json\n{"category": " DOGS ", "confidence": 1}\n```', ParsedAnswer("dogs", 1.0)),
        ('I think {it is} {"category": "my  dog"} or so', ParsedAnswer("My dog", None)),
        ("dogs.", ParsedAnswer("dogs", None)),
        ('"Cats"', ParsedAnswer("cats", None)),
        ('{"category": "none of these", "confidence": 0.8}', ParsedAnswer("", 0.8)),
        ('{"category": "dogs and cats", "confidence": 2}', ParsedAnswer("", None)),
        ('{"category": ["dogs"], "confidence": true}', ParsedAnswer("", None)),
        ('{"category": "do', ParsedAnswer("", None)),
        ('{"category": null}', ParsedAnswer("", None)),
        ("", ParsedAnswer("", None)),
        ("{" * 5000, ParsedAnswer("", None)),
        ("[" * 5000, ParsedAnswer("", None)),
        ('{"category": "dogs", "confidence": NaN}', ParsedAnswer("dogs", None)),
    ],
)
def test_an_answer_counts_only_where_it_is_one_of_the_categories(text, seen):
    assert parse_answer(text, WORDS) == seen


ODD_EVENTS = [
    7, [], {"choices": 7}, {"choices": [7]}, {"choices": [{"delta": 7}]}, {"choices": [{"delta": {"content": 7}}]},
    {"usage": {"prompt_tokens": -1}}, {"usage": {"prompt_tokens": "many"}},
]  # fmt: skip


@pytest.mark.parametrize("event", ODD_EVENTS)
def test_nonsense_in_a_stream_is_no_crash(event):
    answer = vision.Answer()

    answer.add(event)

    assert (answer.text, answer.tokens_in) == ("", None)
