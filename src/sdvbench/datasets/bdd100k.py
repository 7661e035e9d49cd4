"""BDD100K: one JSON file of frames (2020, Scalabel) or one JSON file an image (2018)."""

from pathlib import Path

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.bdd100k_categories import Categories
from sdvbench.datasets.bdd100k_files import joined, matched, read_labels
from sdvbench.datasets.files import digest, existing_folder, labelled
from sdvbench.datasets.images import find_images, read_image
from sdvbench.datasets.mapping import parse_map
from sdvbench.datasets.orientation import AUTO, decide, described
from sdvbench.datasets.overshoot import clip
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError


class Bdd100k(Dataset):
    """BDD100K's detection labels.

    root: the folder with the images (``images/100k/val``, or anywhere below ``images``, or below
        ``root``) and the labels (JSON below ``labels/det_20``, below ``labels``, or below
        ``root``); every image that the labels name and that is there is a sample, so that one
        split's images can be used with the labels of several.
    map: other names for categories, such as "Lorry:truck,Tram:" (see ``parse_map``): for labels
        with names of one's own, or to join classes.
    exif: for images with an EXIF orientation whose labels fit both ways: "stored" or "upright";
        "auto" refuses them unless other images show which is meant.

    Classes are BDD's ten. As in BDD's toolkit, the names of 2018 are read as their successors, a
    crowd attribute makes a crowd, and so do "other person", "other vehicle" and "trailer", beside
    pedestrian, car and truck: detections there count neither way. Labels without ``box2d`` (lanes,
    drivable area) are skipped. Corners are taken as they stand, while the toolkit adds a pixel to
    widths and heights. What was left out or changed stands in ``summary``. Source:
    github.com/bdd100k/bdd100k. Raises DatasetError on missing files and broken labels.
    """

    def __init__(self, root: Path | str, map: str = "", exif: str = AUTO) -> None:
        root, tally = existing_folder(Path(root), "images/ and labels/"), Tally()
        categories = Categories(parse_map(map))
        folder = root / "labels" if (root / "labels").is_dir() else root
        used = read_labels(folder, categories, tally)
        frames = joined(used)
        # images/10k, where it lies beside, repeats some names of images/100k.
        places = (root / "images/100k", root / "images", root)
        images = next(place for place in places if place.is_dir())
        self._images = matched(find_images(images), frames, tally)
        if not self._images:
            raise DatasetError(images, f"holds no image that {folder} names", "Check the split")
        found = [frames[path.stem] for path in self._images]
        for note in (note for frame in found for note in frame.notes):
            tally.add(note.kind, note.what, note.example, note.count)
        pairs = list(zip(self._images, (frame.labels for frame in found), strict=True))
        tagged = [described(path, None, labels) for path, labels in pairs if labels]
        self._reading = decide(tagged, exif, folder, tally)
        self._labels = [
            clip(labels, self._reading.size_px(path), path.name, tally) if labels else ()
            for path, labels in pairs
        ]
        self.classes, self.aliases = categories.classes, categories.aliases
        self.labelled = any(file.content.stated for file in used)
        self.summary = tally.summary(len(self._images), sum(len(labels) for labels in self._labels))
        marks = [mark for mark in (map.encode(errors="replace"), self._reading.mark) if mark]
        data = [*(file.data for file in used), *marks]
        self.identity = digest("bdd100k", data, self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> DetectionSample:
        path = self._images[index]
        image = read_image(path, as_stored=self._reading.is_stored(path))
        return labelled(path.name, image, self._labels[index])
