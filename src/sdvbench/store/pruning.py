"""Which artifacts of a store may go: those that nobody has used for long, or that exceed its room.

Everything in a store can be built again, so removing costs time only. Accepted engines are an
exception: the gate times new engines in turn with them, and an older one may need a library that
is no longer installed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sdvbench.store.artifact import Entry


def removable(
    entries: Iterable[Entry],
    now: datetime,
    *,
    unused: timedelta | None = None,
    keep_bytes: int | None = None,
    kept: Collection[str] = (),
) -> list[Entry]:
    """The artifacts to remove, the least recently used first.

    unused: those that were last used so long before ``now``, or longer. keep_bytes: of the others,
        the least recently used until what stays is no larger. kept: keys that stay in any case, and
        count towards what stays.
    """
    oldest_first = sorted(entries, key=lambda entry: (entry.last_used, entry.key))
    staying_bytes = sum(entry.bytes for entry in oldest_first)
    chosen = []
    for entry in oldest_first:
        too_old = unused is not None and now - entry.last_used >= unused
        too_much = keep_bytes is not None and staying_bytes > keep_bytes
        if (too_old or too_much) and entry.key not in kept:
            chosen.append(entry)
            staying_bytes -= entry.bytes
    return chosen
