"""Whether a figure in a JSON file can be used, and in words why not."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from sdvbench.gate.stats import Estimate
from sdvbench.image_size import RECTANGLE

KINDS = {str: "text", int: "a whole number", list: "a list", dict: "an object"}
LEAST, MOST = 1e-50, 1e50  # between these, no ratio of two figures leaves floating point
COST = "[value, low, high] with 0 < low <= value <= high"


class Unusable(ValueError):  # noqa: N818 - caught, and told with the figure's name
    """A figure that cannot be used. Its text is a clause: the field, and what is wrong with it."""


def of_kind(holder: Mapping[str, Any], name: str, kind: type) -> Any:
    """``holder[name]``. Raises Unusable where it is missing or not of ``kind``, one of KINDS."""
    if name not in holder:
        raise Unusable(f"{name} is missing")
    value = holder[name]
    if isinstance(value, bool) or not isinstance(value, kind):
        raise Unusable(f"{name} is {described(value)}, not {KINDS[kind]}")
    return value


def image_size_of(record: Mapping[str, Any]) -> int | str:
    """``record["imgsz"]``: pixels, or text such as "384x640". Raises Unusable for anything else."""
    value = record.get("imgsz")
    if isinstance(value, str) and RECTANGLE.fullmatch(value):
        return value
    pixels: int = of_kind(record, "imgsz", int)
    return pixels


def number(holder: Mapping[str, Any], name: str, least: float = -MOST) -> float:
    """``holder[name]``. Raises Unusable where it is no finite number of ``least`` or more."""
    if name not in holder:
        raise Unusable(f"{name} is missing")
    value = holder[name]
    if not is_number(value) or value < least:
        wanted = "a finite number" if least < 0 else f"a number of {least:g} or more"
        raise Unusable(
            f"{name} is {described(value)}, not {'a positive number' if 0 < least < 1 else wanted}"
        )
    return float(value)


def numbers_of(
    holder: Mapping[str, Any], name: str, positive: Collection[str] = ()
) -> dict[str, float]:
    """The object ``holder[name]``. Raises Unusable where one of its values is no finite number, or
    one of those that ``positive`` names is not above 0.
    """
    values: dict[str, float] = of_kind(holder, name, dict)
    try:
        for inner in values:
            number(values, inner, LEAST if inner in positive else -MOST)
    except Unusable as why:
        raise Unusable(f"{name}.{why}") from None
    return values


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite number of ordinary size."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain and -MOST <= value <= MOST  # type: ignore[operator]


def cost_of(record: Mapping[str, Any]) -> Estimate:
    """``record["cost"]``. Raises Unusable where that is no interval of positive numbers."""
    if "cost" not in record:
        raise Unusable("cost is missing")
    cost = record["cost"]
    if not isinstance(cost, list):
        raise Unusable(f"cost is {described(cost)}, not {COST}")
    positive = [is_number(value) and value >= LEAST for value in cost]
    if len(cost) != 3 or not all(positive) or not cost[1] <= cost[0] <= cost[2]:
        inside = ", ".join(map(described, cost[:4])) + (", ..." if cost[4:] else "")
        raise Unusable(f"cost is [{inside}], not {COST}")
    return Estimate(*map(float, cost))


def described(value: Any) -> str:
    """``value`` in a few words, as it is written in JSON where it is short."""
    if isinstance(value, (list, dict)):
        return KINDS[type(value)]
    if isinstance(value, str):
        return f"the text {value[:30] + '...' if value[30:] else value!r}"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "NaN" if value != value else f"{value:.6g}"
