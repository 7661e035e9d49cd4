"""Which artifacts go: the old ones, and the least recently used of what exceeds the room."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sdvbench.store import Entry
from sdvbench.store.pruning import removable

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def entry(key: str, size_bytes: int, days: int) -> Entry:
    return Entry(key, size_bytes, {}, NOW - timedelta(days=days))


ENTRIES = st.lists(
    st.builds(entry, st.text("abc", min_size=1), st.integers(1, 9), st.integers(0, 40)),
    unique_by=lambda entry: entry.key,
)


@given(ENTRIES, st.integers(0, 40), st.sets(st.text("abc", min_size=1)))
def test_what_was_not_used_for_so_long_goes(entries, days, kept):
    gone = removable(entries, NOW, unused=timedelta(days=days), kept=kept)
    old = {one.key for one in entries if one.last_used <= NOW - timedelta(days=days)}
    assert {one.key for one in gone} == old - kept


@given(ENTRIES, st.integers(0, 40), st.sets(st.text("abc", min_size=1)))
def test_no_more_goes_than_the_room_requires(entries, room_bytes, kept):
    gone = removable(entries, NOW, keep_bytes=room_bytes, kept=kept)
    staying = [one for one in entries if one not in gone]
    left_bytes = sum(one.bytes for one in staying)
    assert not kept & {one.key for one in gone}
    assert left_bytes <= room_bytes or all(one.key in kept for one in staying)
    assert not gone or left_bytes + gone[-1].bytes > room_bytes
    free = [one.last_used for one in staying if one.key not in kept]
    assert all(one.last_used <= last for one in gone for last in free)


def test_nothing_goes_unless_asked_for():
    assert removable([entry("a", 5, 30)], NOW) == []
