"""KITTI's labels, as the benchmark scores them and for models trained on COCO."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.base import Sample
from sdvbench.datasets.kitti import Kitti
from sdvbench.datasets.kitti_labels import parse_kitti
from sdvbench.datasets.kitti_schemes import TYPES
from sdvbench.errors import DatasetError, OptionError

HERE = Path("000000.txt")


def line(kind: str, height: float = 50, occlusion: int = 0, truncation: float = 0.0) -> str:
    return f"{kind} {truncation} {occlusion} 0 10 20 60 {20 + height} 1 1 1 0 0 9 0"


def sample(root: Path, write_image: Any, lines: list[str], **options: Any) -> Sample:
    write_image(root / "training/image_2/000000.png")
    (root / "training/label_2").mkdir(exist_ok=True)
    (root / "training/label_2/000000.txt").write_text("\n".join(lines))
    assert Kitti(root, **options).identity == Kitti(root / "training", **options).identity
    return Kitti(root, **options)[0]


ALL = [line(kind) for kind in sorted(TYPES)]


def rows(found: Sample, classes: tuple[str, ...]) -> list[tuple[str, str]]:
    flags = np.where(found.crowd, "crowd", np.where(found.ignore, "ignore", "")).tolist()
    return sorted(zip((classes[index] for index in found.classes), flags, strict=True))


def test_scheme_kitti(tmp_path: Path, write_image: Any) -> None:
    classes = ("Car", "Pedestrian", "Cyclist")
    assert rows(sample(tmp_path, write_image, ALL), classes) == [
        ("Car", ""), ("Car", "crowd"), ("Car", "ignore"),
        ("Cyclist", ""), ("Cyclist", "crowd"),
        ("Pedestrian", ""), ("Pedestrian", "crowd"), ("Pedestrian", "ignore"),
    ]  # fmt: skip


def test_scheme_coco(tmp_path: Path, write_image: Any) -> None:
    found = rows(sample(tmp_path, write_image, ALL, scheme="coco"), ("vehicle", "person"))
    assert found == [
        ("person", ""), ("person", ""), ("person", "crowd"), ("person", "ignore"),
        ("vehicle", ""), ("vehicle", ""), ("vehicle", ""), ("vehicle", ""),
        ("vehicle", "crowd"), ("vehicle", "ignore"),
    ]  # fmt: skip
    assert Kitti(tmp_path, scheme="coco").aliases["bus"] == "vehicle"


@pytest.mark.parametrize(
    ("difficulty", "height", "occlusion", "truncation", "ignored"),
    [
        ("easy", 40, 0, 0.15, False), ("easy", 39.9, 0, 0, True), ("easy", 50, 1, 0, True),
        ("easy", 50, 0, 0.16, True), ("moderate", 25, 1, 0.3, False),
        ("moderate", 24.9, 0, 0, True), ("moderate", 30, 2, 0, True),
        ("moderate", 30, 0, 0.31, True), ("hard", 25, 2, 0.5, False), ("hard", 30, 3, 0, True),
        ("hard", 30, 0, 0.51, True),
    ],
)  # fmt: skip
def test_difficulty(
    tmp_path: Path, write_image: Any, difficulty: str, height: float, occlusion: int,
    truncation: float, ignored: bool,
) -> None:  # fmt: skip
    label = line("Car", height, occlusion, truncation)
    found = sample(tmp_path, write_image, [label], difficulty=difficulty)
    assert found.ignore.tolist() == [ignored]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Car 0 0", "has 3 values instead of 15"),
        (line("Car") + " 0.9", "a 16th is the score of a detection"),
        (line("Lorry"), "type 'Lorry' is not one of KITTI's"),
        (line("Car", height=-5), "has a negative size"),
        (line("Car", height=float("inf")), "a box coordinate is 'inf'"),
        (line("Car").replace("Car 0.0 0", "Car 0.0 0.5"), "not a whole number"),
    ],
)
def test_names_the_line(text: str, message: str) -> None:
    with pytest.raises(DatasetError) as error:
        parse_kitti(f"{line('Car')}\n{text}\n", HERE)
    assert str(error.value).startswith("000000.txt, line 2: ")
    assert message in str(error.value)


@given(
    st.text()
    | st.tuples(st.sampled_from(sorted(TYPES)), st.lists(st.floats(), min_size=14, max_size=14))
    .map(lambda row: f"{row[0]} {' '.join(map(str, row[1]))}")
)  # fmt: skip
def test_fails_in_no_other_way(text: str) -> None:
    with suppress(DatasetError):
        for entry in parse_kitti(text, HERE):
            assert entry.box[0] <= entry.box[2]


def test_missing_folders_and_unknown_options(tmp_path: Path, write_image: Any) -> None:
    with pytest.raises(DatasetError, match="image_2: does not exist"):
        Kitti(tmp_path)
    write_image(tmp_path / "image_2/000001.png")
    (tmp_path / "label_2").mkdir()
    with pytest.raises(DatasetError, match="holds no file for any image"):
        Kitti(tmp_path)
    with pytest.raises(OptionError, match="difficulty=brutal"):
        Kitti(tmp_path, difficulty="brutal")
    with pytest.raises(OptionError, match="scheme=voc"):
        Kitti(tmp_path, scheme="voc")


def test_real_frames(shared_data: Path) -> None:
    data = Kitti(shared_data / "kitti")
    assert len(data) == 75
    assert data[0].image.shape == (370, 1224, 3)
    sequence = Kitti(shared_data / "kitti_sequence")
    assert [found.name[8:10] for found in sequence] == ["07", "14", "21", "31"]
    whole = Kitti(shared_data / "kitti_sequence", labelled_only=False)
    assert len(whole) == 78
    assert len(whole[0].boxes) == 0
    assert len(whole[7].boxes) == len(sequence[0].boxes) > 0
