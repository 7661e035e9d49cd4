"""The key of a recipe: the same for equal JSON, and for nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import StoreError
from sdvbench.store import recipe_key

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars.filter(lambda v: v not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
recipes = st.dictionaries(st.text(), values, max_size=4)


@given(recipes)
def test_key_ignores_order_and_tuples(recipe):
    def turned(value):
        if isinstance(value, dict):
            return {name: turned(value[name]) for name in reversed(value)}
        return tuple(map(turned, value)) if isinstance(value, list) else value

    assert recipe_key(turned(recipe)) == recipe_key(recipe)


@given(recipes, recipes)
def test_keys_are_equal_only_for_equal_json(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (recipe_key(one) == recipe_key(other)) == same


@given(recipes)
def test_key_survives_a_round_trip_through_json(recipe):
    assert recipe_key(json.loads(json.dumps(recipe))) == recipe_key(recipe)


def test_key_tells_types_apart():
    keys = {recipe_key({"batch": value}) for value in (1, True, 1.0, "1", None, [1], {"1": 1})}
    assert len(keys) == 7


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), r"recipe\['a'\]\[1\]: nan is not JSON"),
        (float("inf"), r"recipe\['a'\]\[1\]: inf is not JSON"),
        (Path("x"), r"recipe\['a'\]\[1\]: a \w*Path is not JSON"),
        (b"x", r"recipe\['a'\]\[1\]: a bytes is not JSON"),
        ({1: 2}, r"recipe\['a'\]\[1\]: the name 1 is not a string"),
        ("\ud800", r"recipe: cannot be written as JSON"),
        pytest.param(10**5000, "recipe: cannot be written as JSON", id="huge"),
    ],
)
def test_a_value_that_is_not_json_is_named(value, message):
    with pytest.raises(StoreError, match=message):
        recipe_key({"a": [0, value]})


def test_a_recipe_inside_itself_is_refused():
    recipe: dict[str, object] = {}
    recipe["self"] = recipe
    with pytest.raises(StoreError, match="cannot be written as JSON"):
        recipe_key(recipe)


def test_a_recipe_is_a_mapping():
    with pytest.raises(StoreError, match="is a list, not a mapping"):
        recipe_key([])  # type: ignore[arg-type]
