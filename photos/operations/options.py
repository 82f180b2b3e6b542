"""Options declared once, in code: checked, described as JSON Schema, with their defaults and help."""

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Self, overload

from photos.formats import fields

SHOWN_OF_A_WORD = 40  # characters of somebody's misspelt word that an error repeats


class OptionWrong(Exception):
    """An option's value is not acceptable; its text is one sentence for people."""


class Option[T]:
    """One option of an operation. Subclasses say which values are accepted."""

    name = ""
    required = False  # True: there is nothing sensible to do without it

    def __init__(self, default: T, help: str = "") -> None:
        self.default = default
        self.help = help

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        value: T = instance.__dict__.get(self.name, self.default)
        return value

    def checked(self, value: Any) -> T:
        """The value to use. Raises OptionWrong."""
        raise NotImplementedError

    def kind(self) -> dict[str, Any]:
        """The JSON Schema of the value alone."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the option."""
        schema = self.kind()
        if self.help:
            schema["description"] = self.help
        if self.default is not None:
            schema["default"] = self.default
        return schema


class Ranged(Option[Any]):
    """A number between two ends, both included."""

    words = "a number"
    type = "number"

    def __init__(self, default: float | None, minimum: float, maximum: float, help: str) -> None:
        super().__init__(default, help)
        self.minimum = minimum
        self.maximum = maximum

    def checked(self, value: Any) -> float:
        # A bool is an int to Python, not to a person.
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.acceptable(value):
            raise OptionWrong(f"{self.name} must be {self.words}")
        if value < self.minimum:
            raise OptionWrong(f"{self.name} must be at least {self.minimum}")
        if value > self.maximum:
            raise OptionWrong(f"{self.name} must be at most {self.maximum}")
        return self.converted(value)

    def acceptable(self, value: float) -> bool:
        """Whether it is a number of this kind; an int may be longer than any float."""
        return isinstance(value, int) or math.isfinite(value)

    def converted(self, value: Any) -> float:
        """The number as this kind keeps it."""
        raise NotImplementedError

    def kind(self) -> dict[str, Any]:
        return {"type": self.type, "minimum": self.minimum, "maximum": self.maximum}


class Integer(Ranged):
    """A whole number; 1600.0 is one too, as in JSON Schema."""

    words = "a whole number"
    type = "integer"

    def acceptable(self, value: float) -> bool:
        return isinstance(value, int) or value.is_integer()

    def converted(self, value: Any) -> int:
        return int(value)


class Number(Ranged):
    """A number with or without a fraction."""

    def converted(self, value: Any) -> float:
        return float(value)


class Flag(Option[bool]):
    """Yes or no."""

    def checked(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise OptionWrong(f"{self.name} must be true or false")
        return value

    def kind(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Choice(Option[str]):
    """One of a few words."""

    def __init__(self, default: str, choices: Iterable[str], help: str) -> None:
        super().__init__(default, help)
        self.choices = tuple(choices)

    def checked(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise OptionWrong(f"{self.name} must be one of {listed(self.choices)}")
        return value

    def kind(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


class Choices(Option[tuple[str, ...]]):
    """Some, all or none of a few words."""

    def __init__(self, default: Iterable[str], choices: Iterable[str], help: str) -> None:
        super().__init__(tuple(default), help)
        self.choices = tuple(choices)

    def checked(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise OptionWrong(f"{self.name} must be a list of words from {listed(self.choices)}")
        if not set(value) <= set(self.choices):
            raise OptionWrong(f"{self.name} may only contain {listed(self.choices)}")
        return tuple(dict.fromkeys(value))

    def kind(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(self.choices)}, "uniqueItems": True}

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"default": list(self.default)}


class Text(Option[Any]):
    """One line of somebody's own words, perhaps of a certain form."""

    def __init__(self, default: str | None, longest: int, form: str, looks: str, help: str) -> None:
        super().__init__(default, help)
        self.longest = longest
        self.form = form
        self.looks = looks

    def checked(self, value: Any) -> str:
        if not isinstance(value, str) or not fields.can_be_seen(value) or not printable(value):
            raise OptionWrong(f"{self.name} must be one line of text")
        if len(value) > self.longest:
            raise OptionWrong(f"{self.name} must have at most {self.longest} characters")
        if self.form and not re.fullmatch(self.form, value):
            raise OptionWrong(f"{self.name} must look like {self.looks}")
        return value

    def kind(self) -> dict[str, Any]:
        kind: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.longest}
        return kind | ({"pattern": f"^{self.form}$"} if self.form else {})


class Colour(Text):
    """A colour as on the web: #rrggbb."""

    def __init__(self, default: str, help: str) -> None:
        super().__init__(default, 7, "#[0-9A-Fa-f]{6}", "#ffffff", help)

    def kind(self) -> dict[str, Any]:
        return super().kind() | {"format": "color"}


class Template(Text):
    """One line of text with fields that each picture fills."""

    def __init__(self, default: str | None, longest: int, help: str) -> None:
        super().__init__(default, longest, "", "", f"{help} {fields.NAMES} are filled in from each picture.")

    def checked(self, value: Any) -> str:
        text = super().checked(value)
        strange = fields.unknown(text)
        if strange:
            raise OptionWrong(f"{self.name} must have no field {shown(f'{{{strange[0]}}}')}: there are {fields.NAMES}")
        return text


class PhotoId(Text):
    """Another photo of the same person, by its id."""

    required = True

    def __init__(self, help: str) -> None:
        super().__init__(None, 36, r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "the id of a photo", help)

    def checked(self, value: Any) -> str:
        return super().checked(value).lower()

    def kind(self) -> dict[str, Any]:
        return super().kind() | {"format": "uuid"}


@overload
def integer(default: int, *, minimum: int, maximum: int, help: str = "") -> Option[int]: ...


@overload
def integer(default: None = None, *, minimum: int, maximum: int, help: str = "") -> Option[int | None]: ...


def integer(default: int | None = None, *, minimum: int, maximum: int, help: str = "") -> Option[Any]:
    """A whole number from minimum to maximum; without a default it may be left out."""
    return Integer(default, minimum, maximum, help)


@overload
def number(default: float, *, minimum: float, maximum: float, help: str = "") -> Option[float]: ...


@overload
def number(default: None = None, *, minimum: float, maximum: float, help: str = "") -> Option[float | None]: ...


def number(default: float | None = None, *, minimum: float, maximum: float, help: str = "") -> Option[Any]:
    """A number from minimum to maximum; without a default it may be left out."""
    return Number(default, minimum, maximum, help)


def flag(default: bool = False, *, help: str = "") -> Option[bool]:
    """Yes or no."""
    return Flag(default, help)


def choice(default: str, choices: Iterable[str], *, help: str = "") -> Option[str]:
    """One of a few words."""
    return Choice(default, choices, help)


def choices(default: Iterable[str], choices: Iterable[str], *, help: str = "") -> Option[tuple[str, ...]]:
    """Some, all or none of a few words."""
    return Choices(default, choices, help)


@overload
def text(default: str, *, longest: int = 200, form: str = "", looks: str = "", help: str = "") -> Option[str]: ...


@overload
def text(
    default: None = None, *, longest: int = 200, form: str = "", looks: str = "", help: str = ""
) -> Option[str | None]: ...


def text(
    default: str | None = None, *, longest: int = 200, form: str = "", looks: str = "", help: str = ""
) -> Option[Any]:
    """One line of text; `form` is a regular expression for all of it, `looks` an example of it for people."""
    return Text(default, longest, form, looks, help)


@overload
def template(default: str, *, longest: int, help: str) -> Option[str]: ...


@overload
def template(default: None = None, *, longest: int, help: str) -> Option[str | None]: ...


def template(default: str | None = None, *, longest: int, help: str) -> Option[Any]:
    """One line of text with fields such as {year}; without a default it may be left out."""
    return Template(default, longest, help)


def colour(default: str, *, help: str = "") -> Option[str]:
    """A colour such as #ffffff."""
    return Colour(default, help)


def photo(*, help: str = "") -> Option[Any]:
    """Another photo of the same person, which must be given."""
    return PhotoId(help)


class OptionSet:
    """The options of one operation, with the values that somebody gave. Raises OptionWrong for a bad value."""

    def __init__(self, given: dict[str, Any] | None = None) -> None:
        for name, value in (given or {}).items():
            option = self.declared().get(name)
            if option is None:
                raise OptionWrong(self.unknown(name))
            self.__dict__[name] = option.checked(value)
        missing = [name for name in self.required() if name not in self.__dict__]
        if missing:
            raise OptionWrong(f"{missing[0]} must be given")
        self.check()

    @classmethod
    def worked_out(cls, values: dict[str, Any]) -> Self:
        """Options for one picture, from what it shows or how large it is: the limits for what people ask do not bind
        them."""
        options = cls.__new__(cls)
        options.__dict__.update(values)
        return options

    def check(self) -> None:
        """Raise OptionWrong for options that do not go together; anything goes by default."""

    def unknown(self, name: str) -> str:
        """What to say about an option that does not exist."""
        known = f"it has {listed(self.declared())}" if self.declared() else "it has none"
        return f"there is no option {shown(name)}; {known}"

    def given(self) -> dict[str, Any]:
        """The values that were given, as they go into JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self.__dict__.items()}

    @classmethod
    def declared(cls) -> dict[str, Option[Any]]:
        """Name → option, in the order of declaration; what it has from a more general set comes last."""
        sets = [vars(each) for each in cls.__mro__]
        return {name: value for each in sets for name, value in each.items() if isinstance(value, Option)}

    @classmethod
    def required(cls) -> list[str]:
        """The names of the options that must be given."""
        return [name for name, option in cls.declared().items() if option.required]

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of the whole set."""
        properties = {name: option.schema() for name, option in cls.declared().items()}
        required = {"required": cls.required()} if cls.required() else {}
        return {"type": "object", "properties": properties, **required, "additionalProperties": False}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((type(self), tuple(sorted(self.__dict__.items()))))

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({self.__dict__})"


def printable(text: str) -> bool:
    """Whether nothing in the text controls a terminal, breaks the line or is half a character."""
    return not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)


def listed(words: Iterable[str]) -> str:
    """Words as in a sentence: a, b, c."""
    return ", ".join(words)


def shown(word: object) -> str:
    """Somebody's own word in an error, printable and short."""
    text = str(word) if isinstance(word, str) else type(word).__name__
    text = "".join(char for char in text if char.isprintable())
    return f"“{text[:SHOWN_OF_A_WORD]}{'…' if len(text) > SHOWN_OF_A_WORD else ''}”"
