"""Finding the images that COCO's JSON names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sdvbench.datasets.coco_images import locate
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

Found = Callable[..., list[str | None]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Locates names among files, and gives the paths below the folder."""

    def find(
        files: str, *names: str, tally: Tally | None = None, present: bool = False
    ) -> list[str | None]:
        for file in files.split():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).touch()
        json = tmp_path / "annotations/instances_val.json"
        paths = locate(tmp_path, json, names, tally or Tally(), present=present)
        return [path and path.relative_to(tmp_path).as_posix() for path in paths]

    return find


@pytest.mark.parametrize(
    ("files", "name", "at"),
    [
        ("images/a.png val/a.png", "a.png", "images/a.png"),
        ("images/val/a.png x/a.png", "a.png", "images/val/a.png"),
        ("deep/down/a.png", "a.png", "deep/down/a.png"),
        ("images/val/a.png images/train/a.png", "C:\\data\\train\\a.png", "images/train/a.png"),
        ("val/a.png train/a.png", "/home/me/train/a.png", "train/a.png"),
        ("val/a.png", "./val//a.png", "val/a.png"),
        ("val/a.png", "val\\a.png", "val/a.png"),
        ("val/a.png", "../../val/a.png", "val/a.png"),
        ("x/a.png", "y/../../a.png", "x/a.png"),
    ],
)
def test_one_image(found: Found, files: str, name: str, at: str) -> None:
    assert found(files, name) == [at]


@pytest.mark.parametrize("name", ["../secret.png", "a/../../secret.png", "{outside}"])
def test_nothing_outside_is_read(tmp_path: Path, found: Found, name: str) -> None:
    outside = tmp_path.parent / "secret.png"
    outside.touch()
    with pytest.raises(DatasetError, match="images are missing"):
        found("images/a.png", name.replace("{outside}", str(outside)))


@pytest.mark.parametrize("name", ["/", "..", "\0", "\ud800", "x" * 5000, "a.png/x", "."])
def test_odd_names(found: Found, name: str) -> None:
    with pytest.raises(DatasetError, match="1 of its 1 images are missing"):
        found("images/a.png", name)


def test_says_how_many_are_missing(found: Found) -> None:
    with pytest.raises(
        DatasetError, match=r"2 of its 3 images are missing \(first: 'b.png'\)"
    ) as e:
        found("images/a.png", "a.png", "b.png", "c.png")
    assert "?present=true" in str(e.value)


def test_present(found: Found) -> None:
    tally = Tally()
    assert found("images/a.png", "b.png", "a.png", tally=tally, present=True) == [
        None,
        "images/a.png",
    ]
    assert tally.summary(0, 0).lines[1] == (
        "images that the file lists are not there and were left out: 1 (first: b.png)"
    )
    with pytest.raises(DatasetError, match="2 of its 2 images are missing"):
        found("images/a.png", "c.png", "b.png", present=True)


def test_one_image_is_not_taken_twice(found: Found) -> None:
    assert found("cam0/1.png", "cam0/1.png", "cam1/1.png", present=True) == ["cam0/1.png", None]
    with pytest.raises(DatasetError, match="2 of its 2 images are missing"):
        found("cam2/2.png", "cam3/2.png", "cam4/2.png", present=True)


def test_an_image_in_another_folder_is_noted(found: Found) -> None:
    tally = Tally()
    assert found("new/a.png", "old/a.png", tally=tally) == ["new/a.png"]
    assert "lie in another folder than the file says" in tally.summary(0, 0).lines[1]


def test_an_image_of_another_split_is_not_taken(found: Found) -> None:
    files = "images/val/1.png images/train/1.png images/train/2.png"
    with pytest.raises(DatasetError, match=r"1 of its 2 images are missing \(first: '2.png'\)"):
        found(files, "1.png", "2.png")
    tally = Tally()
    assert found(files, "1.png", "2.png", present=True, tally=tally) == ["images/val/1.png", None]
    assert tally.summary(0, 0).lines[1] == (
        "images that the file lists lie in another split's folder only and were left out: "
        "1 (first: 2.png)"
    )


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ("images/val/d/1.png images/train/d/2.png", "d/1.png d/2.png"),
        ("stuff/val/1.png stuff/train/2.png", "1.png 2.png"),
        ("images/val2017/1.png images/train2017/2.png", "x/1.png x/2.png"),
    ],
)
def test_wherever_the_splits_lie(found: Found, files: str, names: str) -> None:
    with pytest.raises(DatasetError, match=r"\(first: .*2.png'\); 1 of these lie in the folder of"):
        found(files, *names.split())


def test_the_splits_may_hold_images_of_the_same_names(found: Found) -> None:
    assert found("val/images/1.png train/images/1.png", "1.png") == ["val/images/1.png"]


def test_a_name_may_give_another_split_itself(found: Found) -> None:
    files = "images/val/1.png images/train/2.png"
    assert found(files, "val/1.png", "train/2.png") == files.split()


def test_images_that_all_lie_in_another_split_are_noted(found: Found) -> None:
    tally = Tally()
    assert found("images/train2017/1.png", "1.png", tally=tally) == ["images/train2017/1.png"]
    assert found("images/train/d/2.png", "d/2.png", tally=tally) == ["images/train/d/2.png"]
    assert "the folder of another split than the file's: 2" in tally.summary(0, 0).lines[1]


def test_accents_in_both_of_their_forms(found: Found) -> None:
    assert found("x/cafe\u0301.png", "caf\u00e9.png") == ["x/cafe\u0301.png"]


def test_several_images_of_one_name(found: Found) -> None:
    with pytest.raises(DatasetError, match=r"names the image 'a.png', found 2 times"):
        found("x/a.png y/a.png", "a.png")
