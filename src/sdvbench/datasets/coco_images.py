"""Finding the image files that a file in COCO's format names."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sdvbench.datasets.coco_files import split_of
from sdvbench.datasets.files import composed
from sdvbench.datasets.images import find_images
from sdvbench.datasets.splits import split_named
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

ABSENT = "images that the file lists are not there and were left out"
MOVED = "images lie in another folder than the file says"
PASSED = "images that the file lists lie in another split's folder only and were left out"
OF_ANOTHER_SPLIT = "images lie in the folder of another split than the file's"
DRIVE = re.compile(r"^[A-Za-z]:")


class Claim(NamedTuple):
    """An image that may be the one meant: how many parts of the name, from the end, it shares."""

    shared: int
    position: int


def locate(
    base: Path, file: Path, names: Sequence[str], tally: Tally, *, present: bool = False
) -> list[Path | None]:
    """Each name's image: as named below the usual folders, else the only file of that name.

    present: leave out images that are not there (None in the result, and noted); otherwise one such
        image is a DatasetError that says how many of how many are missing.
    Nothing outside ``base`` is taken: of absolute names, and of those that lead upwards, only the
    end counts.
    """
    parts = [_parts(name) for name in names]
    split = split_of(file)
    places = [base / "images", base / "images" / split, base / split, base]
    found = [_as_named(places, each) for each in parts]
    passed = _search(base, file, names, parts, found, tally) if None in found else set()
    missing = [name for name, path in zip(names, found, strict=True) if path is None]
    if missing and (not present or len(missing) == len(names)):
        problem = f"{len(missing)} of its {len(names)} images are missing (first: {missing[0]!r})"
        remedy = f"Put them below {base / 'images'}"
        if passed:
            problem += f"; {len(passed)} of these lie in the folder of another split only"
            remedy = f"Put them into the folder of the split {split}, or give theirs in the file"
        if len(missing) < len(names):
            remedy += ", or append ?present=true to use those that are there"
        raise DatasetError(file, problem, remedy)
    for name in missing:
        tally.add("unmatched", PASSED if name in passed else ABSENT, name)
    return found


def _parts(name: str) -> tuple[str, ...]:
    """Folders and file name, of paths of either system; what stands before ".." is dropped."""
    parts = DRIVE.sub("", name).replace("\\", "/").split("/")
    if ".." in parts:
        parts = parts[len(parts) - parts[::-1].index("..") :]
    return tuple(part for part in parts if part not in ("", "."))


def _as_named(places: Sequence[Path], parts: tuple[str, ...]) -> Path | None:
    if not parts:
        return None
    candidates = (place.joinpath(*parts) for place in places)
    return next((path for path in candidates if os.path.isfile(path)), None)


def _search(
    base: Path,
    file: Path,
    names: Sequence[str],
    parts: Sequence[tuple[str, ...]],
    found: list[Path | None],
    tally: Tally,
) -> set[str]:
    """Fill the gaps of ``found`` with images that have the same file name and are not taken yet.

    Those of another split's folder are taken only where none of the names is in one of the file's
    split: frames of different drives often have the same names. Returns the names passed over.
    """
    own = split_named(split_of(file))
    taken = {path for path in found if path}
    below, wanted = set(find_images(base)), {composed(each[-1]) for each in parts if each}
    apart = any(own and _split(p, base) == own and composed(p.name) in wanted for p in below)
    by_name: defaultdict[str, list[Path]] = defaultdict(list)
    for path in below - taken:
        by_name[composed(path.name)].append(path)
    claims: defaultdict[Path, list[Claim]] = defaultdict(list)
    passed = set()
    for index, each in enumerate(parts):
        paths = by_name.get(composed(each[-1]), []) if found[index] is None and each else []
        if apart and paths:
            paths = [p for p in paths if _split(p, base) in ("", own, _stated(each))]
            passed |= {names[index]} if not paths else set()
        if paths:
            shared, path = _nearest(paths, each, base, file, names[index])
            claims[path].append(Claim(shared, index))
    for path, claimed in claims.items():
        best, *others = sorted(claimed, reverse=True)
        if others and others[0].shared == best.shared:
            continue  # two names, one image: no telling whose it is
        found[best.position] = path
        if own and _split(path, base) not in ("", own, _stated(parts[best.position])):
            tally.add("changed", OF_ANOTHER_SPLIT, path.relative_to(base))
        elif best.shared == 1 and len(parts[best.position]) > 1:
            tally.add("changed", MOVED, names[best.position])
    return passed


def _nearest(
    paths: Sequence[Path], parts: tuple[str, ...], base: Path, file: Path, name: str
) -> tuple[int, Path]:
    """The one of ``paths`` that shares most of the name; several such are a DatasetError."""
    ranked = sorted(((_shared(path, parts), path) for path in paths), reverse=True)
    best = [entry for entry in ranked if entry[0] == ranked[0][0]]
    if len(best) > 1:
        problem = f"names the image {name!r}, found {len(best)} times below {base}"
        raise DatasetError(file, problem, "Keep one of them, or name it with its folder")
    return best[0]


def _shared(path: Path, parts: tuple[str, ...]) -> int:
    count = 0
    for ours, theirs in zip(reversed(path.parts), reversed(parts), strict=False):
        if composed(ours) != composed(theirs):
            break
        count += 1
    return count


def _split(path: Path, base: Path) -> str:
    """The split whose folder an image lies in, "" where it is in none."""
    return _stated(path.relative_to(base).parts)


def _stated(parts: tuple[str, ...]) -> str:
    """The split that a name's folders give, "" where they give none."""
    return next(filter(None, map(split_named, reversed(parts[:-1]))), "")
