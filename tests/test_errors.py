"""Errors name the thing, the problem and the remedy, and cross process borders."""

import pickle

import pytest

from sdvbench import errors


def test_the_message_is_a_sentence_with_or_without_a_remedy() -> None:
    assert str(errors.OptionError("batch 0", "is not positive")) == "batch 0: is not positive."
    assert str(errors.OptionError("batch 0", "is not positive", "Use 1")) == (
        "batch 0: is not positive. Use 1."
    )


@pytest.mark.parametrize("kind", errors.SdvbenchError.__subclasses__())
def test_every_error_survives_pickling(kind: type[errors.SdvbenchError]) -> None:
    error = kind("a.pt", "is damaged", "Copy it again")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.thing, again.problem, again.remedy) == ("a.pt", "is damaged", "Copy it again")
    assert str(again) == str(error)
