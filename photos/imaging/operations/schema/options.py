"""Options of operations: typed fields, described as JSON Schema, whose errors are one sentence for people."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Annotated, Any, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from photos.imaging.formats.errors import quote
from photos.imaging.formats.metadata import templates

T = TypeVar("T")

MAX_NUMBER = 10**300  # far beyond the bounds of every option, and still a float

# Type of an error → what people read. In braces: the option, the bounds that the error carries, and what `facts` adds.
SENTENCES = {
    "extra_forbidden": "there is no option {strange}; {known}",
    "string_unicode of all": "there is no option {strange}; {known}",  # half a character in its name
    "missing": "{name} must be given",
    "int_type": "{name} must be a whole number",
    "float_type": "{name} must be a number",
    "finite_number": "{name} must be a number",
    "greater_than_equal": "{name} must be at least {ge:.15g}",
    "less_than_equal": "{name} must be at most {le:.15g}",
    "bool_type": "{name} must be true or false",
    "literal_error": "{name} must be one of {words}",
    "string_unicode": "{name} must be one of {words}",
    "list_of_words": "{name} must be a list of words from {words}",
    "literal_error of an item": "{name} may only contain {words}",
    "string_unicode of an item": "{name} may only contain {words}",
    "line_of_text": "{name} must be one line of text",
    "string_too_long": "{name} must have at most {max_length} characters",
    "string_pattern_mismatch": "{name} must look like {example}",
    "value_error": "{name} {error}",
    "value_error of all": "{error}",
}


class InvalidOption(Exception):
    """An option's value is invalid; the exception's text is one sentence for people."""


class OptionSet(BaseModel):
    """The options of one operation."""

    # Schemas are built at their first use: most processes that start need few of them, or none.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Self:
        """The options with these values. Raises InvalidOption about the first invalid value."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            raise InvalidOption(error_sentence(cls, first_error(errors, given))) from error

    @field_validator("*", mode="before")
    @classmethod
    def normalise_number(cls, value: Any) -> Any:
        """An integer for a float without a fraction: 1600.0 is 1600, as in JSON Schema."""
        if isinstance(value, float) and value.is_integer():
            return int(value)
        # pydantic does not call an int that is too long for a float too large, but no number.
        return min(max(value, -MAX_NUMBER), MAX_NUMBER) if type(value) is int else value

    @model_validator(mode="after")
    def check_combination(self) -> Self:
        self.check()
        return self

    def check(self) -> None:
        """Raise ValueError, with one sentence, for options that contradict each other."""

    def as_json(self) -> dict[str, Any]:
        """The values that were given, without defaults."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self
            if name in self.model_fields_set
        }


@cache
def json_schema(options: type[OptionSet]) -> dict[str, Any]:
    """The JSON Schema of a set of options: its own first, inherited ones last."""
    schema = options.model_json_schema()
    general = {name for each in options.__mro__[1:] if issubclass(each, OptionSet) for name in each.model_fields}
    names = sorted(options.model_fields, key=lambda name: name in general)
    properties = {name: property_schema(schema["properties"][name]) for name in names}
    required = {"required": schema["required"]} if "required" in schema else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def property_schema(option: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of one option, without its title and without a default of None."""
    return {key: value for key, value in option.items() if key != "title" and (key, value) != ("default", None)}


def first_error(errors: Iterable[ErrorDetails], given: dict[str, Any]) -> ErrorDetails:
    """The error of the value that was given first; errors of missing values come last."""
    places: dict[Any, int] = {name: place for place, name in enumerate(given)}
    return min(errors, key=lambda error: places.get(next(iter(error["loc"]), ""), len(places)))


def error_sentence(options: type[OptionSet], error: ErrorDetails) -> str:
    """The sentence of an error."""
    name = str(error["loc"][0]) if error["loc"] else ""
    place = ("of all", "", "of an item")[len(error["loc"])]
    return SENTENCES[f"{error['type']} {place}".strip()].format(**sentence_facts(options, name), **error.get("ctx", {}))


def sentence_facts(options: type[OptionSet], name: str) -> dict[str, str]:
    """The values of a sentence's fields beside the bounds that the error carries."""
    known = json_schema(options)["properties"]
    option = known.get(name, {})
    lines = (each for each in options.model_fields[name].metadata if isinstance(each, Line)) if option else ()
    return {
        "name": name,
        "strange": quote(name),
        "known": f"it has {', '.join(known)}" if known else "it has none",
        "words": ", ".join(option.get("enum") or option.get("items", {}).get("enum", ())),
        "example": next((line.example for line in lines), ""),
    }


class NeverNone:
    """Marks an option that may be left out, but not given as None."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (given,) = (each for each in get_args(source) if each is not NoneType)
        return handler(given)


@dataclass(frozen=True)
class OneOf:
    """One of a few words that are known at run time only; Literal is for the others."""

    words: Iterable[str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


@dataclass(frozen=True)
class Line:
    """One line of text; `pattern` is a regular expression for the whole line, `example` a matching text for people."""

    max_length: int = 200
    pattern: str = ""
    example: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        pattern = f"^{self.pattern}$" if self.pattern else None
        text = core_schema.str_schema(strict=True, min_length=1, max_length=self.max_length, pattern=pattern)
        return core_schema.no_info_before_validator_function(check_line, text)


def check_line(value: Any) -> str:
    """Validate one visible line of text."""
    if not isinstance(value, str) or not templates.is_visible(value) or not is_printable(value):
        raise PydanticCustomError("line_of_text", "not one line of text")
    return value


def check_words(value: Any) -> tuple[str, ...]:
    """The words of a list, each once."""
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise PydanticCustomError("list_of_words", "not a list of words")
    return tuple(dict.fromkeys(value))


def check_template_fields(text: str) -> str:
    """The text, which has no field but those that pictures fill."""
    templates.check_text_fields(text)
    return text


Omittable = Annotated[T | None, NeverNone()]
Several = Annotated[tuple[T, ...], BeforeValidator(check_words), Field(json_schema_extra={"uniqueItems": True})]
WithFields = AfterValidator(check_template_fields)  # of a text with fields such as {year}
Colour = Annotated[str, Line(7, "#[0-9A-Fa-f]{6}", "#ffffff"), Field(json_schema_extra={"format": "color"})]
PhotoId = Annotated[  # another photo of the same person
    str,
    Line(36, r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "the id of a photo"),
    AfterValidator(str.lower),
    Field(json_schema_extra={"format": "uuid"}),
]


def is_printable(text: str) -> bool:
    """Whether nothing in the text controls a terminal, breaks the line or is half a character."""
    return not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)
