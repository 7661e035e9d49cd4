"""Valid JSON, damaged: what files are like that were edited, cut off, or written by others."""

import json
from copy import deepcopy

from hypothesis import strategies as st

from sdvbench.errors import SdvbenchError

NESTED = json.loads("[" * 150 + "]" * 150)
NASTY = (
    *(None, True, False, "", "text", "0.5", "\ud800", "\0", "../../x", [], {}, [None], {"": None}),
    *(0, 0.0, -0.0, -1, -0.5, 5e-324, 1e-300, 1e300, 10**400, float("nan"), float("inf")),
    *(float("-inf"), [0.5, 0.4, 0.6], [0, 0, 0], [float("nan")] * 3, {"sdvbench": []}, NESTED),
)
ACTIONS = ("remove", "replace", "replace", "replace", "wrap", "repeat")
DAMAGE = (b"", b'"', b"\\", b"\\ud800", b"\xff", b"\0", b"[", b"}", b",", b"1e999", b"NaN", b"-")
STRETCHES = 500  # of a file, at which damage may begin
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037")


def places(value, path=()):
    """The path of every value inside ``value``."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def mutated(valid):
    """Bytes of ``valid`` with one to three of its values removed, replaced, wrapped or repeated;
    of some the encoding is changed too, or a stretch of bytes replaced.

    Few and small draws, each a whole number that stands for several choices: Hypothesis makes
    thousands of examples, and draws take most of their time.
    """
    every = list(places(valid))
    change = st.integers(0, len(every) * len(ACTIONS) * len(NASTY) - 1)
    damage = st.integers(0, STRETCHES * len(DAMAGE) * 8 - 1)
    encoding = st.sampled_from(ENCODINGS)
    how = st.tuples(encoding, st.none()) | st.tuples(st.just("utf-8"), st.none() | damage)
    return st.builds(
        lambda changes, how: _changed(valid, every, changes, *how),
        st.lists(change, min_size=1, max_size=3),
        how,
    )


def _changed(valid, every, changes, encoding, damage):
    content = deepcopy(valid)
    for change in changes:
        change, which = divmod(change, len(NASTY))
        place, action = divmod(change, len(ACTIONS))
        _change(content, every[place], ACTIONS[action], NASTY[which])
    data = json.dumps(content).encode(encoding)
    if damage is None:
        return data
    place, length = divmod(damage, 8)
    place, which = divmod(place, len(DAMAGE))
    start = place * len(data) // STRETCHES
    return data[:start] + DAMAGE[which] + data[start + length :]


def _change(content, path, action, value):
    holder = content
    try:
        for key in path[:-1]:
            holder = holder[key]
        old = holder[path[-1]]
    except (KeyError, IndexError, TypeError):
        return  # an earlier change has taken it away
    if not isinstance(holder, dict | list):
        return  # or has put a text in its place
    if action == "remove":
        del holder[path[-1]]
    elif action == "repeat" and isinstance(holder, list):
        holder.append(deepcopy(old))
    else:
        holder[path[-1]] = [old] if action == "wrap" else value


def result_of(read, name):
    """What ``read`` gives; None where it raises sdvbench's own error, which must begin with
    ``name`` or a folder that it is in. Any other exception passes through.
    """
    try:
        return read()
    except SdvbenchError as error:
        told = str(error)
    assert f"{name}: " in told
    return None
