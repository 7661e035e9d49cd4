"""Which images a YOLO data set consists of: by its YAML file, or by the names of its folders."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sdvbench.datasets.files import decode_text, entries, read_bytes, spelling
from sdvbench.datasets.images import find_images
from sdvbench.datasets.splits import CANONICAL, split_named
from sdvbench.datasets.yolo_yaml import Description
from sdvbench.errors import DatasetError, OptionError

ALL = "all"
PREFERRED = ("val", "test", "train")  # where several exist and none is asked for
REMEDY = "Correct the path in the file, or add ?split=all for every image below the folder"


@dataclass(frozen=True)
class Layout:
    """images: those of the chosen split. places: the folders that they were found in.
    split: its name, "" where there are none. left_out: images of the other splits.
    """

    images: list[Path]
    places: list[Path]
    split: str = ""
    left_out: tuple[Path, ...] = ()


def find_layout(root: Path, description: Description | None, split: str) -> Layout:
    """The images of ``split``: train, val, test, a folder's own name, or all.

    Without a split all images are taken, unless there are several splits: then val, else test.
    "all" takes those of all splits that the description names; every image below ``root`` where it
    names none, or one that does not exist.
    Raises DatasetError where a place does not exist or holds no image, OptionError on a split that
    is not there.
    """
    top = root / "images" if (root / "images").is_dir() else root
    if description and description.splits:
        splits = {
            name: tuple(_resolve(place, description, root) for place in places)
            for name, places in description.splits.items()
        }
    else:
        splits = _by_folders(top)
    wanted = CANONICAL.get(split, split)
    if split and split != ALL and wanted not in splits and is_folder(top / split):
        return Layout(find_images(top / split), [top / split], split)
    if split not in ("", ALL) and wanted not in splits:
        known = ", ".join((*splits, ALL))
        raise OptionError(f"split={split} of {root}", "is not there", f"Choose from {known}")
    described = splits if description and description.splits else {}
    everything = [place for places in described.values() for place in places]
    if split == ALL and everything and all(map(exists, everything)):
        images = _images(everything, description)
        return Layout(images, [place for place in everything if is_folder(place)])
    if split == ALL or not splits:
        return Layout(find_images(top), [top])
    chosen = wanted or next(name for name in PREFERRED if name in splits)
    images = _images(splits[chosen], description)
    left_out = () if split else _others(top, splits, images, description)
    places = [place for place in splits[chosen] if is_folder(place)]
    return Layout(images, places, chosen, left_out)


def exists(path: Path) -> bool:
    """Whether ``path`` is there; a text that can be no path is not."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, a NUL byte
        return False


def is_folder(path: Path) -> bool:
    """Whether ``path`` is a folder that is there."""
    return exists(path) and path.is_dir()


def _by_folders(top: Path) -> dict[str, tuple[Path, ...]]:
    """Splits by the names of the folders in ``top``; one alone is none."""
    found: dict[str, tuple[Path, ...]] = {}
    for path in entries(top):
        name = split_named(path.name)
        if name and path.is_dir():
            inner = path / "images"
            found[name] = (*found.get(name, ()), inner if inner.is_dir() else path)
    return found if len(found) > 1 else {}


def _resolve(entry: str, description: Description, root: Path) -> Path:
    """Where an entry of the YAML file lies; the first guess where it lies nowhere.

    Roboflow writes ../train/images for a folder beside the YAML file: that is tried first, so that
    no other data set's folder is taken.
    """
    folder = description.file.parent
    bases = [folder / description.path, folder, root] if description.path else [folder, root]
    inside = re.sub(r"^(\.\./)+", "", entry.replace("\\", "/"))
    names = (entry, inside) if description.path else (inside, entry)
    tried = [base / name for name in names for base in bases]
    return next((path for path in tried if exists(path)), tried[0])


def _images(places: Sequence[Path], description: Description | None) -> list[Path]:
    found: dict[str, Path] = {}
    for place in places:
        if not exists(place):
            file = description.file if description else place
            raise DatasetError(file, f"names {place}, which does not exist", REMEDY)
        listed = find_images(place) if place.is_dir() else _listed(place, description)
        for path in listed:
            found.setdefault(spelling(path), path)
    return list(found.values())


def _listed(file: Path, description: Description | None) -> list[Path]:
    """The images that a text file lists, one a line, relative to it or to the data set."""
    bases = [file.parent]
    if description:
        bases += [description.file.parent / description.path, description.file.parent]
    images = []
    for number, line in enumerate(decode_text(read_bytes(file), file).splitlines(), start=1):
        name = line.strip()
        if not name:
            continue
        names = (name, name.replace("\\", "/"))
        tried = (base / each for each in names for base in bases)
        path = next((path for path in tried if exists(path)), None)
        if path is None or path.is_dir():
            problem = f"names {name[:80]!r}, which is no image"
            raise DatasetError(
                f"{file}, line {number}", problem, "Give paths relative to this file"
            )
        images.append(path)
    if not images:
        raise DatasetError(file, "lists no image", "Give one path a line")
    return images


def _others(
    top: Path,
    splits: Mapping[str, Sequence[Path]],
    images: Sequence[Path],
    description: Description | None,
) -> tuple[Path, ...]:
    """The images that are not among ``images``: those of the description's other splits, or all
    others below ``top`` where no description names any.
    """
    if description and description.splits:
        found = []
        for places in splits.values():
            with suppress(DatasetError):  # an empty split, or one that is not there, is not read
                found += _images(places, description)
    else:
        found = find_images(top)
    used = set(map(spelling, images))
    others = {spelling(path): path for path in found}
    return tuple(path for key, path in others.items() if key not in used)
