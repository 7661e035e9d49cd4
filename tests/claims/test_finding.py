"""What several parts make of a claim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims.finding import Part, Status, best, every, reaches

OUTCOMES = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6)


def parts(holds):
    """Those that hold or fail were measured; the others are missing."""
    return [
        Part(one, f"figures {i}", f"p{i}", f"{i}.0x" if one is not None else "", float(i))
        for i, one in enumerate(holds)
    ]


@given(OUTCOMES)
def test_every_part_must_hold(holds):
    status = every(parts(holds)).status
    assert (status is Status.CONFIRMED) == all(holds)
    assert (status is Status.REFUTED) == (False in holds)


@given(OUTCOMES)
def test_up_to_is_refuted_only_where_every_part_was_measured_and_none_reaches_it(holds):
    status = best(parts(holds)).status
    assert (status is Status.CONFIRMED) == (True in holds)
    assert (status is Status.REFUTED) == all(one is False for one in holds)


@given(st.floats(0.1, 10), st.floats(0, 3), st.floats(0.1, 20))
def test_an_interval_reaches_a_limit_or_does_not_or_holds_it(low, width, limit):
    high = low + width
    expected = True if limit <= low else False if limit > high else None
    assert reaches(low, high, limit) is expected


def test_what_refutes_comes_first():
    found = every(parts([True, False]))
    assert found.reason == "figures 1; figures 0"
    assert found.ours == "p0 0.0x, p1 1.0x"


def test_the_best_is_ours():
    assert best(parts([False, False, False])).ours == "p2 2.0x"


def test_what_is_missing_is_told_once_and_after_what_was_measured():
    gone = [Part(None, "no GPU", f"m{i}", enable="buy one") for i in range(3)]
    assert every(gone).reason == "no GPU; to enable: buy one"
    found = every([*parts([True]), *gone])
    assert found.status is Status.NOT_TESTABLE
    assert found.reason == "figures 0; m0 and 2 more: no GPU; to enable: buy one"


@pytest.mark.parametrize("judge", [every, best])
def test_too_noisy_is_told_with_the_figures(judge):
    noisy = Part(None, "1.0 to 2.0, too noisy", "p", "1.5x", 1.5, enable="again")
    found = judge([noisy, noisy])
    assert (found.status, found.reason) == (
        Status.NOT_TESTABLE,
        "1.0 to 2.0, too noisy; 1.0 to 2.0, too noisy; to enable: again",
    )
