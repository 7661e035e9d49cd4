"""Finding files, wherever a data set lies."""

from pathlib import Path

import pytest

from sdvbench.datasets.images import find_images
from sdvbench.errors import DatasetError


def touched(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_images_are_sorted_as_their_paths_are(tmp_path: Path) -> None:
    names = ["a.png", "a/b.JPG", "a/a.png", "b/c/d.png", "B.png"]
    touched(*(tmp_path / name for name in names), tmp_path / "a/notes.txt")
    assert find_images(tmp_path) == sorted(tmp_path / name for name in names)


def test_folders_on_another_disk_are_part_of_it(tmp_path: Path) -> None:
    data, disk = tmp_path / "data", tmp_path / "disk"
    touched(data / "train/a.png", disk / "b.png")
    for name in ("val", "again"):
        (data / name).symlink_to(disk)
    names = [path.relative_to(data).as_posix() for path in find_images(data)]
    assert names == ["again/b.png", "train/a.png", "val/b.png"]


def test_links_back_up_are_not_followed(tmp_path: Path) -> None:
    touched(tmp_path / "a/b.png")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "a/gone.png").symlink_to(tmp_path / "nowhere")
    assert [path.name for path in find_images(tmp_path)] == ["b.png", "gone.png"]


def test_no_image_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no image"):
        find_images(tmp_path)
