"""Decoded JSON as typed records: msgspec checks it against the types, and errors use the words that
users know.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from sdvbench.image_size import RECTANGLE

LEAST, MOST = 1e-50, 1e50  # between these, no ratio of two figures leaves floating point
Positive = Annotated[float, Meta(ge=LEAST)]
NotNegative = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]
ImageSize = int | Annotated[str, Meta(pattern=rf"^(?:{RECTANGLE.pattern})\Z")]
"""Pixels, or "384x640" (height first); 0 of a network that takes no images."""

KINDS = {  # of JSON, by msgspec's names, for people
    **{"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"},
    **{"array": "a list", "object": "an object"},
}
WRONG_KIND = re.compile(r"Expected `([^`]+)`, got `(\w+)`")
TOO_SMALL = re.compile(r"Expected `(int|float)` >= (\S+)")
WRONG_LENGTH = re.compile(r"Expected `array` of (?:at (?:least|most) )?length (\d+), got (\d+)")
EMPTY = "Expected `array` of length >= 1"
FIELD = re.compile(r"Object (missing required|contains unknown) field `(.+)`")

T = TypeVar("T")
Filled = Annotated[Sequence[T], Meta(min_length=1)]


class Unusable(ValueError):  # noqa: N818 - caught, and told with the figure's name
    """What cannot be used. Its text is a clause: the place, and what is wrong there."""


def read(kind: type[T], value: Any, where: str = "", finite: bool = True) -> T:
    """``value``, as decoded from JSON, as a ``kind``: a msgspec.Struct or another annotated type.

    where: the place of ``value`` in its file, for the error. finite: whether every number must be
    one of ordinary size, which msgspec does not ask: JSON as Python writes it has NaN and Infinity.
    Raises Unusable for what does not fit the type.
    """
    try:
        found = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Unusable(_told(str(error), value, where)) from None
    if finite:
        _check_finite(written(found), where)
    return found


def written(record: Any) -> Any:
    """``record`` as JSON can hold it."""
    return msgspec.to_builtins(record, enc_hook=float)  # NumPy's numbers


def sound(
    kind: type[msgspec.Struct], value: Mapping[str, Any], where: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of ``value`` that are as ``kind`` wants them, and what is wrong with the others,
    both by name.
    """
    found, wrong = {}, {}
    for field in msgspec.structs.fields(kind):
        if field.name not in value:
            if field.required:
                wrong[field.name] = _missing(where, field.name)
            continue
        try:
            found[field.name] = read(field.type, value[field.name], f"{where}.{field.name}")
        except Unusable as why:
            wrong[field.name] = str(why)
    return found, wrong


def check_positive(shown: Mapping[str, float], names: Set[str], where: str = "") -> None:
    """Raise Unusable where one of the ``names`` among a figure's shown values is not above 0.

    where: the place of the figure in its file.
    """
    for name in sorted(names & shown.keys()):
        read(Positive, shown[name], f"{where}.shown.{name}")


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite number of ordinary size."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain and -MOST <= value <= MOST  # type: ignore[operator]


def described(value: Any) -> str:
    """``value`` in a few words, as it is written in JSON where it is short."""
    if isinstance(value, (list, dict)):
        return KINDS[_kind(value)]
    if isinstance(value, str):
        return f"the text {value[:30] + '...' if value[30:] else value!r}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = f"{value:.6g}"
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)


def _check_finite(value: Any, where: str) -> None:
    if isinstance(value, (list, tuple, dict)):
        for name, each in _inside(value, where):
            _check_finite(each, name)
    elif isinstance(value, (int, float)) and not -MOST <= value <= MOST:
        raise Unusable(f"{_start(where)} is {described(value)}, not a finite number")


def _told(error: str, value: Any, where: str) -> str:
    """msgspec's message, "Expected `float`, got `str` - at `$.shown[...]`", in our words."""
    message, _, path = error.partition(" - at `$")
    wrong_kind = WRONG_KIND.match(message)
    places = _places(value, re.findall(r"\.\w+|\[[^]]+\]", path), where)
    # It writes [...] for any name of an object; of those, it stopped at the first that is wrong.
    if wrong_kind:
        places = (one for one in places if _kind(one[1]) == wrong_kind[2])
    elif message == EMPTY:
        places = (one for one in places if one[1] == [])
    place, found = next(places, (where, value))
    if field := FIELD.match(message):
        known = field[1].startswith("missing")
        name = _missing(place, field[2])
        return name if known else f"{name.removesuffix('missing')}not known"
    if length := WRONG_LENGTH.match(message):
        return f"{_start(place)} holds {length[2]} values, not {length[1]}"
    if wrong_kind:
        kinds = [KINDS[kind] for kind in wrong_kind[1].split(" | ") if kind in KINDS]
        wanted = f", not {' or '.join(kinds)}"
    elif small := TOO_SMALL.match(message):
        least = float(small[2])
        number = f"{KINDS[small[1]]} of {least:g} or more"
        wanted = f", not {'a positive number' if 0 < least < 1 else number}"
    elif message == EMPTY:
        return f"{_start(place)} is an empty list"
    elif "matching regex" in message:  # of image sizes alone
        wanted = ", not a whole number or a text like '384x640'"
    elif message.startswith("Invalid enum value"):
        wanted = ", which is not known here"
    else:  # of a record's own check, a clause already
        return f"{_start(place)} {message}"
    return f"{_start(place)} is {described(found)}{wanted}"


def _places(value: Any, steps: list[str], where: str) -> Iterator[tuple[str, Any]]:
    """Every place that ``steps`` may lead to, with what is there."""
    if not steps:
        yield where, value
        return
    for name, each in _inside(value, where):
        if steps[0] == "[...]" or name == where + steps[0]:
            yield from _places(each, steps[1:], name)


def _inside(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{where}.{name}", each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{where}[{place}]", each) for place, each in enumerate(value))


def _kind(value: Any) -> str:
    named = {dict: "object", list: "array", type(None): "null"}
    return named.get(type(value), type(value).__name__)


def _missing(where: str, name: str) -> str:
    return f"{_start(f'{where}.{name}')} is missing"


def _start(where: str) -> str:
    return where.removeprefix(".") or "it"
