"""The text of ?map=, and classes after it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.mapping import Merged, mapped_aliases, merge, parse_map
from sdvbench.errors import OptionError


def test_reads_names_and_classes() -> None:
    assert parse_map("") == {}
    assert parse_map("Bus:Car, Street car : Car") == {"Bus": "Car", "Street car": "Car"}
    assert parse_map("Tram:,Misc:-") == {"Tram": "", "Misc": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Bus", "has 'Bus', which is not NAME:CLASS"),
        (":Car", "has ':Car', which is not NAME:CLASS"),
        ("Bus:Car:Van", "which is not NAME:CLASS"),
        ("Bus:Car,", "has '', which is not NAME:CLASS"),
        ("Bus:Car,Bus:Van", "maps 'Bus' twice"),
    ],
)
def test_names_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(OptionError) as error:
        parse_map(text)
    assert message in str(error.value)


@given(st.text(alphabet="ab:,- "))
def test_fails_in_no_other_way(text: str) -> None:
    with suppress(OptionError):
        assert all(name and ":" not in target for name, target in parse_map(text).items())


def test_merges_in_the_order_of_first_occurrence() -> None:
    targets = parse_map("bus:vehicle,car:vehicle,tree:")
    assert merge(("person", "car", "tree", "bus"), targets) == Merged(
        ("person", "vehicle"), (0, 1, None, 1)
    )
    assert merge(("a", "b"), parse_map("a:b,b:a")) == Merged(("b", "a"), (0, 1))
    with pytest.raises(OptionError, match=r"leaves out every class \(a\)"):
        merge(("a",), {"a": ""})


def test_former_names_are_aliases() -> None:
    aliases = {"man": "person", "coach": "bus", "oak": "tree"}
    classes = ("person", "car", "tree", "bus")
    assert mapped_aliases(aliases, classes, parse_map("bus:car,tree:-")) == {
        "man": "person",
        "coach": "car",
        "bus": "car",
    }
    assert mapped_aliases({}, ("a", "b"), parse_map("a:b,b:a")) == {}
