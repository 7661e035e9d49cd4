"""Limits of the recommendation, as users give them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sdvbench.errors import OptionError
from sdvbench.metrics import declared, values
from sdvbench.metrics.base import Value
from sdvbench.report.rows import Row


@dataclass(frozen=True)
class Limit:
    """option: as the user writes it, such as "max-latency-ms 50". bound: the most that ``value``
    may be, or the least where more of it is better.
    """

    option: str
    value: Value
    bound: float

    def of(self, row: Row) -> float | None:
        return row.declared(self.value.name)

    def beyond(self, row: Row) -> float:
        """By how much ``row`` is worse than the limit; 0 or less where it meets it."""
        found = self.of(row)
        value = self.value
        return math.inf if found is None else value.cost(found) - value.cost(self.bound)

    def concerns(self, rows: Sequence[Row]) -> bool:
        """Whether networks for the task of ``rows`` can have the value: mAP is none of driving."""
        task = rows[0].task if rows else ""
        tasks = {m.task for m in declared().values() if self.value in m.values and not m.compared}
        measured = any(self.of(row) is not None for row in rows)
        return measured or not task or not tasks or task in tasks

    @property
    def told(self) -> str:
        most = "most" if self.value.better == "lower" else "least"
        return f"{self.value.title} of at {most} {self.value.told(self.bound)}"


def limits(
    latency_ms: float | None = None,
    map_drop: float | None = None,
    memory_mb: float | None = None,
    others: Iterable[str] = (),
) -> list[Limit]:
    """Those that were given. others: as --sdv-limit has them, "METRIC=VALUE" with commas between.

    Raises OptionError for one of no known metric, that is no finite number of 0 or more, or whose
    metric has another limit already.
    """
    known = values()
    named = {"latency_ms": latency_ms, "map_drop": map_drop, "memory_mb": memory_mb}
    given = [
        Limit(f"max-{name.replace('_', '-')} {number:g}", known[name], number)
        for name, number in named.items()
        if number is not None
    ]
    given += [_parsed(part.strip(), known) for text in others for part in text.split(",")]
    for place, limit in enumerate(given):
        option = limit.option.partition(" ")[0]
        thing = f"--{limit.option} (--sdv-{option} in pytest)"
        if not (math.isfinite(limit.bound) and limit.bound >= 0):
            example = f"Use for example {limit.value.example:g}"
            raise OptionError(thing, "is not a number of 0 or more", example)
        if limit.value in (other.value for other in given[:place]):
            problem = f"is a second limit of {limit.value.name}"
            raise OptionError(thing, problem, "Give one")
    return given


def _parsed(text: str, known: Mapping[str, Value]) -> Limit:
    name, _, number = text.partition("=")
    name, thing = name.strip(), f"--limit {text} (--sdv-limit in pytest)"
    if name not in known:
        remedy = f"Write METRIC=VALUE, and choose from {', '.join(known)}"
        raise OptionError(thing, f"names no metric: {name!r} is not known", remedy)
    try:
        return Limit(f"limit {text}", known[name], float(number))
    except ValueError as error:
        remedy = f"Write it like {name}={known[name].example:g}"
        raise OptionError(thing, "is not METRIC=VALUE with a number", remedy) from error
