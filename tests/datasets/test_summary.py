"""What readers report of their work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.summary import KINDS, Tally

NOTES = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from("ab"), st.integers(0, 3)))


@given(NOTES)
def test_counts_add_up_and_the_first_example_stays(notes: list[tuple[str, str, int]]) -> None:
    tally = Tally()
    for place, (kind, what, count) in enumerate(notes):
        tally.add(kind, what, place, count)
    summary = tally.summary(images=2, objects=3)
    for kind in KINDS:
        assert summary.count(kind) == sum(n for k, _, n in notes if k == kind)
    for note in summary.notes:
        of_this = [i for i, (k, w, n) in enumerate(notes) if (k, w) == (note.kind, note.what) and n]
        assert note.example == str(of_this[0])
    assert [KINDS.index(note.kind) for note in summary.notes] == sorted(
        KINDS.index(note.kind) for note in summary.notes
    )
    assert summary.lines[0] == "2 images, 3 objects"
    assert len(summary.lines) == 1 + len(summary.notes)


def test_a_kind_that_nobody_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="'lost' is not one of dropped"):
        Tally().add("lost", "rows were lost", "a.txt")
