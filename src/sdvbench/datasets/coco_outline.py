"""The box around an outline, for annotations of COCO that have no box of their own."""

from collections.abc import Sequence
from typing import Any

from sdvbench.datasets.files import number, whole_number
from sdvbench.errors import DatasetError

Box = tuple[float, float, float, float]
REMEDY = "Correct the annotation, or give it a bbox"
DIGIT_BITS, MORE_BIT, SIGN_BIT = 5, 32, 16


def box_around(segmentation: Any, where: str) -> Box | None:
    """x1 y1 x2 y2 around polygons or a run-length encoded mask; None where it holds nothing.

    Raises DatasetError naming ``where`` for an outline that is neither.
    """
    if not segmentation:
        return None
    if isinstance(segmentation, dict):
        return _box_of_runs(segmentation, where)
    if not isinstance(segmentation, list):
        raise DatasetError(where, "has a segmentation of an unknown form", REMEDY)
    nested = [part for part in segmentation if isinstance(part, list)]
    if nested and len(nested) < len(segmentation):
        raise DatasetError(where, "mixes polygons and numbers in its segmentation", REMEDY)
    polygons = [_points(part, where) for part in (nested or [segmentation]) if part]
    xs = [x for points in polygons for x in points[0::2]]
    ys = [y for points in polygons for y in points[1::2]]
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def _points(polygon: Sequence[Any], where: str) -> list[float]:
    if len(polygon) % 2 or len(polygon) < 6:
        problem = f"has a polygon of {len(polygon)} numbers, not of three points or more"
        raise DatasetError(where, problem, REMEDY)
    return [number(value, where, "a polygon's coordinate") for value in polygon]


def _box_of_runs(mask: dict[str, Any], where: str) -> Box | None:
    """Runs of pixels outside and inside, in turn, down one column after the other."""
    size, counts = mask.get("size"), mask.get("counts")
    if not isinstance(size, list) or len(size) != 2:
        raise DatasetError(where, "has a mask without its size", REMEDY)
    height, width = (whole_number(value, where, "the mask's size") for value in size)
    if isinstance(counts, str):
        runs = _decoded(counts, where)
    elif isinstance(counts, list):
        runs = [whole_number(value, where, "a mask's run") for value in counts]
    else:
        raise DatasetError(where, "has a mask without counts", REMEDY)
    if min(height, width, *runs, 0) < 0 or sum(runs) != height * width:
        problem = f"has a mask whose runs do not add up to its {width}x{height} pixels"
        raise DatasetError(where, problem, REMEDY)
    return _extent(runs, height)


def _extent(runs: Sequence[int], height: int) -> Box | None:
    left, top, right, bottom = None, height, 0, 0
    start = 0
    for position, length in enumerate(runs):
        if position % 2 and length:
            (first, above), (last, below) = (
                divmod(start, height),
                divmod(start + length - 1, height),
            )
            spans = last > first  # from the foot of one column to the head of the next
            left = first if left is None else left
            top, bottom = (
                min(top, 0 if spans else above),
                max(bottom, height if spans else below + 1),
            )
            right = last + 1
        start += length
    return None if left is None else (float(left), float(top), float(right), float(bottom))


def _decoded(text: str, where: str) -> list[int]:
    """COCO's compressed counts: five bits a character, the lowest first; from the third run on, the
    difference to the run before the last.
    """
    runs: list[int] = []
    value = bits = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 2 * MORE_BIT or bits > 64:
            raise DatasetError(where, "has a mask with unreadable counts", REMEDY)
        value |= (code % MORE_BIT) << bits
        bits += DIGIT_BITS
        if code & MORE_BIT:
            continue
        if code & SIGN_BIT:
            value -= 1 << bits
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = bits = 0
    if bits:
        raise DatasetError(where, "has a mask with incomplete counts", REMEDY)
    return runs
