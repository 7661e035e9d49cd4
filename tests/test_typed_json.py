"""Decoded JSON as typed records: what does not fit is named, with its place."""

import json
import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from sdvbench.typed_json import (
    Filled,
    ImageSize,
    Positive,
    Unusable,
    check_positive,
    is_number,
    read,
    sound,
    written,
)


class Inner(Struct, forbid_unknown_fields=True):
    value: Positive


class Outer(Struct, kw_only=True):
    name: str
    count: int = 0
    size: ImageSize = 0
    shown: Mapping[str, float] = {}
    times: Sequence[float | None] = ()
    pair: tuple[float, float] = (0.0, 1.0)
    texts: Mapping[str, Filled[str]] = {}
    inner: Inner | None = None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"name": None}, "x.name is null, not text"),
        ({"count": True}, "x.count is true, not a whole number"),
        ({"count": 1.0}, "x.count is 1, not a whole number"),
        ({"size": True}, "x.size is true, not a whole number or text"),
        ({"size": "0x3"}, "x.size is the text '0x3', not a whole number or a text like '384x640'"),
        ({"shown": {"a b": 1, "c": False}}, "x.shown.c is false, not a number"),
        ({"shown": {"a": 1, "b": math.nan}}, "x.shown.b is NaN, not a finite number"),
        ({"shown": {"a": 1e51}}, "x.shown.a is 1e+51, not a finite number"),
        ({"pair": [1.0, math.nan]}, "x.pair[1] is NaN, not a finite number"),
        ({"times": [1, None, -math.inf]}, "x.times[2] is -Infinity, not a finite number"),
        ({"texts": {"a": ["b"], "c": []}}, "x.texts.c is an empty list"),
        ({"texts": {"a": ["b"], "c": ["d", 3]}}, "x.texts.c[1] is 3, not text"),
        ({"inner": {}}, "x.inner.value is missing"),
        ({"inner": {"value": 0}}, "x.inner.value is 0, not a positive number"),
        ({"inner": {"value": math.nan}}, "x.inner.value is NaN, not a positive number"),
        ({"inner": {"value": 1, "more": 2}}, "x.inner.more is not known"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(change, why):
    with pytest.raises(Unusable) as told:
        read(Outer, {"name": "n"} | change, "x")
    assert str(told.value) == why


def test_sound_parts_are_kept_beside_what_is_wrong():
    parts, wrong = sound(Outer, {"count": 3, "times": "x"}, "x")
    assert parts == {"count": 3}
    assert wrong == {"name": "x.name is missing", "times": "x.times is the text 'x', not a list"}


def test_a_value_that_divides_must_be_above_zero():
    check_positive({"ms": 1.0, "off": 0.0}, {"ms", "gone"})
    with pytest.raises(Unusable, match=r"^x.shown.ms is 0, not a positive number"):
        check_positive({"ms": 0.0}, {"ms"}, "x")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(Outer.__struct_fields__)


def _numbers(value):
    if isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, int | float):
        yield value


@example({"name": ""})
@given(st.dictionaries(FIELDS, VALUES))
def test_any_json_is_read_or_refused_in_words(content):
    told = ""
    try:
        found = read(Outer, content)
    except Unusable as why:
        told = str(why)
    if told:
        assert "Expected" not in told
        assert "$" not in told.replace("$", "", str(content).count("$"))
        return
    assert all(map(is_number, _numbers(written(found))))
    text = json.dumps(written(found))
    assert json.dumps(written(read(Outer, json.loads(text)))) == text
