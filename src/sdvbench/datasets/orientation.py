"""Whether the labels of images with an EXIF orientation belong to the pixels as they are stored, or
to the upright picture.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sdvbench.datasets.exif import may_be_turned
from sdvbench.datasets.files import Label
from sdvbench.datasets.headers import Header, read_header, stored_size
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError, OptionError

AUTO, STORED, UPRIGHT = CHOICES = ("auto", "stored", "upright")
REMEDY = "Append ?exif=stored or ?exif=upright, or remove the orientation from the images"
SLACK_PX = 1.0  # a box may reach this much over the edge
NOTES = {
    STORED: "images have an EXIF orientation; their labels are in the stored one, which was used",
    UPRIGHT: "images have an EXIF orientation; their labels are upright, so they were turned",
}
UNSTATED = (
    "images have an EXIF orientation and labels that fit stored and upright pixels; "
    "they were read as {}"
)


@dataclass(frozen=True)
class Labelled:
    """An image as its labels describe it. stated_px: width and height, None where not stated.
    extent_px: the greatest x and y of its boxes.
    """

    path: Path
    stated_px: tuple[int, int] | None
    extent_px: tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """headers: of the images that have an orientation other than 1. upright: those of them that are
    to be turned as EXIF says; the others are read as they are stored.
    """

    upright: frozenset[Path]
    headers: Mapping[Path, Header]

    def size_px(self, path: Path) -> tuple[int, int]:
        """Width and height of an image as it is read."""
        header = self.headers.get(path)
        if header is None:
            return stored_size(path)
        return header.upright_px if path in self.upright else (header.width_px, header.height_px)

    def is_stored(self, path: Path) -> bool:
        """Whether an image has an orientation that is to be left alone."""
        return path in self.headers and path not in self.upright

    @property
    def mark(self) -> bytes:
        """Parts data sets that read the same files otherwise; empty without an orientation."""
        turned = [f"{path.name} {path in self.upright}" for path in sorted(self.headers)]
        return "\n".join(turned).encode(errors="replace")


def described(path: Path, stated_px: tuple[int, int] | None, labels: Iterable[Label]) -> Labelled:
    """The image as its labels describe it."""
    boxes = [label.box for label in labels]
    extent = max((b[2] for b in boxes), default=0.0), max((b[3] for b in boxes), default=0.0)
    return Labelled(path, stated_px, extent)


def decide(
    images: Iterable[Labelled], choice: str, file: Path, tally: Tally, fallback: str = ""
) -> Reading:
    """How to read each image that carries an orientation.

    The size that the labels state decides, or boxes that fit one of the two only. Where neither
    does (a square image, one turned by 180 degrees or mirrored, no size stated), ``choice`` does;
    "auto" means as the other images of ``file``, and ``fallback`` where there are none.
    Raises DatasetError where the others disagree or there is no fallback, OptionError on a choice
    that is not known.
    """
    if choice not in CHOICES:
        raise OptionError(f"exif={choice}", "is not known", f"Choose from {', '.join(CHOICES)}")
    headers = {}
    decided: dict[str, list[Path]] = {STORED: [], UPRIGHT: []}
    either: list[Path] = []
    for image in images:
        if not may_be_turned(image.path):
            continue
        header = read_header(image.path)
        if header.orientation != 1:
            headers[image.path] = header
            decided.get(_verdict(header, image), either).append(image.path)
    for name, paths in decided.items():
        tally.add("changed", NOTES[name], paths[0] if paths else "", len(paths))
    if either:
        others = _of_the_others(decided, either, file) if choice == AUTO else choice
        chosen = others or fallback
        if not chosen:
            problem = "has an EXIF orientation, and its labels fit stored and upright pixels alike"
            raise DatasetError(either[0], problem, REMEDY)
        tally.add("changed", UNSTATED.format(chosen), either[0], len(either))
        decided[chosen] += either
    return Reading(frozenset(decided[UPRIGHT]), headers)


def _verdict(header: Header, image: Labelled) -> str:
    """STORED, UPRIGHT, or AUTO where both are possible."""
    stored, upright = (header.width_px, header.height_px), header.upright_px
    if stored == upright:
        return AUTO
    if image.stated_px:
        return UPRIGHT if image.stated_px == upright else STORED
    fits = [
        all(at <= side + SLACK_PX for at, side in zip(image.extent_px, size, strict=True))
        for size in (stored, upright)
    ]
    return AUTO if fits[0] == fits[1] else (STORED if fits[0] else UPRIGHT)


def _of_the_others(decided: dict[str, list[Path]], either: list[Path], file: Path) -> str:
    stored, upright = decided[STORED], decided[UPRIGHT]
    if stored and upright:
        problem = (
            f"labels {len(stored)} images as they are stored (first: {stored[0].name}) and "
            f"{len(upright)} as their EXIF orientation turns them (first: {upright[0].name}), and "
            f"{len(either)} may be either (first: {either[0].name})"
        )
        raise DatasetError(file, problem, REMEDY)
    return UPRIGHT if upright else (STORED if stored else "")
