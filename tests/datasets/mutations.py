"""Valid content with damage: what a reader must turn into a result or into an error of sdvbench."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

NESTED = {"@nested 80": 80, "@nested 900": 900, "@nested 3000": 3000}  # lists within lists
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -1, 1.5, -0.0, 1e308, 10**30, 10**400, float("nan"), float("inf"),
    "", " ", "1", "-1", "1e9", "x", "car", "none", "\0", "\ud800", "../../x", "a/b\\c", "x" * 5000,
    [], [[]], [None], [1, 2], [1, 2, 3, 4], [[0, 0, 9, 0, 9, 9]], ["a"] * 4, {}, {"": {}},
    {"size": [2, 2], "counts": [4]}, {"size": [2, 2], "counts": "04"}, {"frames": [{}]},
    *NESTED,
]  # fmt: skip


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within ``value``."""
    if above:
        yield above
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from places(inner, (*above, key))


@st.composite
def damaged_json(draw: st.DrawFn, content: Any) -> bytes:
    """JSON of ``content`` after up to three changes: values replaced, deleted, wrapped, doubled."""
    result = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(places(result))
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        holder = result
        for key in way:
            holder = holder[key]
        what = draw(st.sampled_from(("replace", "replace", "replace", "delete", "wrap", "double")))
        if what == "replace":
            holder[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif what == "delete":
            del holder[last]
        elif what == "wrap":
            holder[last] = [holder[last]]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
    text = json.dumps(result)
    for mark, depth in NESTED.items():
        text = text.replace(f'"{mark}"', "[" * depth + "]" * depth)
    return text.encode()


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """``data`` cut off, or with some bytes replaced, or with others in between."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 9)))
    return data[:start] + draw(st.binary(max_size=6)) + draw(st.sampled_from((data[end:], b"")))
