"""KITTI's labels, as the benchmark scores them and for models trained on COCO."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.datasets.base import DetectionSample
from sdvbench.datasets.files import decode_text
from sdvbench.datasets.kitti import Kitti
from sdvbench.datasets.kitti_labels import parse_kitti
from sdvbench.datasets.kitti_schemes import TYPES
from sdvbench.errors import DatasetError, OptionError, SdvbenchError

from .mutations import damaged_bytes
from .perfect import perfect_map

HERE = Path("000000.txt")


def line(kind: str, height: float = 50, occlusion: int = 0, truncation: float = 0.0) -> str:
    return f"{kind} {truncation} {occlusion} 0 10 20 60 {20 + height} 1 1 1 0 0 9 0"


def sample(root: Path, write_image: Any, lines: list[str], **options: Any) -> DetectionSample:
    write_image(root / "training/image_2/000000.png")
    (root / "training/label_2").mkdir(exist_ok=True)
    (root / "training/label_2/000000.txt").write_text("\n".join(lines))
    assert Kitti(root, **options).identity == Kitti(root / "training", **options).identity
    return Kitti(root, **options)[0]


ALL = [line(kind) for kind in sorted(TYPES)]


def rows(found: DetectionSample, classes: tuple[str, ...]) -> list[tuple[str, str]]:
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
        (line("Lorry"), "?map=Lorry:Car, or ?map=Lorry: to leave it out"),
        ("0 1 " + line("Car"), "has 17 values: these are tracking labels"),
        (line("Car").replace(" ", ","), "holds commas. Separate the values by spaces"),
        (line("Car").replace("0.0", "0,5"), "holds commas"),
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


VALID = "\r\n".join([line("Car"), line("DontCare", 30, -1, -1), line("Lorry"), ""]).encode()
FIELDS = st.sampled_from(
    (
        "Car",
        "Lorry",
        "DontCare",
        "",
        "0",
        "-1",
        "1e999",
        "nan",
        "1e308",
        "0.5",
        "x",
        "\0",
        "1,5",
        "٣",
    )
)


@settings(max_examples=2000)
@given(
    damaged_bytes(VALID)
    | st.binary(max_size=60)
    | st.lists(st.lists(FIELDS, min_size=14, max_size=18).map(" ".join), max_size=3).map(
        lambda lines: "\n".join(lines).encode()
    )
)
def test_ends_in_a_result_or_an_error_of_its_own(data: bytes) -> None:
    with suppress(SdvbenchError):
        for entry in parse_kitti(decode_text(data, HERE), HERE, targets={"Lorry": "Car"}):
            assert entry.box[0] < entry.box[2]
            assert entry.type in TYPES


def files(root: Path, write_image: Any, **labels: str) -> Path:
    """Images 1 and 2 of 200x100 pixels, and label files by name; "_" stands for the dot."""
    for name in "12":
        write_image(root / f"training/image_2/{name}.png")
    (root / "training/label_2").mkdir()
    for name, text in labels.items():
        (root / f"training/label_2/{name[1:].replace('_', '.')}").write_text(text)
    return root


def notes(data: Kitti) -> list[str]:
    assert data.summary is not None
    return data.summary.lines[1:]


def test_what_is_left_out_is_counted(tmp_path: Path, write_image: Any) -> None:
    outside = line("Car").replace("10 20 60 70", "210 20 260 70")
    over = line("Car").replace("10 20 60 70", "150 20 200.4 70")
    rows = [line("Car"), line("Car"), line("Car", 0), over, outside, line("Van"), line("DontCare")]
    root = files(tmp_path, write_image, n1_txt="\r\n".join(rows), n3_txt="", n_x_txt="\0")
    data = Kitti(root)
    assert len(data) == 1
    assert len(data[0].boxes) == 3 + 3  # DontCare is a crowd of each class
    assert notes(data) == [
        "rows repeat another one and were dropped: 1 (first: 1.txt, line 2)",
        "rows have a box without area and were dropped: 1 (first: 1.txt, line 3)",
        "boxes lie outside of their image and were dropped: 1 (first: 1.png)",
        "boxes reach over the edge of their image and were clipped: 1 (first: 1.png)",
        "objects need not be detected (DontCare, beyond the difficulty, or a neighbouring type): "
        "2 (first: 1.png)",
        "label files match no image: 1 (first: 3.txt)",
        "images have no label file and were left out: 1 (first: 2.png)",
    ]
    assert data.summary is not None
    assert (data.summary.images, data.summary.objects) == (1, 4)
    whole = Kitti(root, labelled_only=False)
    assert notes(whole)[-1].startswith("images have no label file and count as images without")
    assert perfect_map(whole, 3) == 1


def test_types_that_the_scheme_does_not_score_are_counted(tmp_path: Path, write_image: Any) -> None:
    root = files(
        tmp_path, write_image, n1_txt="\n".join((line("Car"), line("Truck"), line("Tram")))
    )
    assert notes(Kitti(root))[0] == (
        "objects are of a type that the scheme does not score, and were left out: 2 (first: 1.png)"
    )
    assert len(Kitti(root, scheme="coco")[0].boxes) == 3


def test_two_images_with_one_label_file(tmp_path: Path, write_image: Any) -> None:
    root = files(tmp_path, write_image, n1_txt=line("Car"))
    write_image(next(root.rglob("image_2")) / "small/1.png", 60, 30)
    with pytest.raises(DatasetError, match=r"1\.png: has the same label file as .*Keep one"):
        Kitti(root)


def test_types_of_ones_own(tmp_path: Path, write_image: Any) -> None:
    root = files(tmp_path, write_image, n1_txt="\n".join(map(line, ("Bus", "Dog", "Tram"))))
    with pytest.raises(DatasetError, match=r"type 'Bus' .*\?map=Bus:Car"):
        Kitti(root)
    data = Kitti(root, map="Bus:Car,Dog:,Tram:Car")
    assert data[0].classes.tolist() == [0]  # the bus and the tram are in one place
    assert data.aliases["Bus"] == "Car"
    assert data.identity != Kitti(root, map="Bus:Van,Dog:").identity
    assert "rows are of a type that the map leaves out: 1 (first: 1.txt, line 2)" in notes(data)
    assert Kitti(root, scheme="coco", map="Bus:Truck,Dog:Misc").aliases["Bus"] == "vehicle"
    with pytest.raises(OptionError, match="maps 'Bus' onto 'Coach'"):
        Kitti(root, map="Bus:Coach")


def test_upper_suffix(tmp_path: Path, write_image: Any) -> None:
    root = files(tmp_path, write_image, n1_TXT=line("Car"), n2_txt=line("Car"))
    assert [len(sample.boxes) for sample in Kitti(root)] == [1, 1]
    (root / "training/label_2/2.TXT").touch()
    with pytest.raises(DatasetError, match="is for the same image as"):
        Kitti(root)


def test_images_without_labels(tmp_path: Path, write_image: Any) -> None:
    write_image(tmp_path / "testing/image_2/1.png")
    for root in (tmp_path, tmp_path / "testing"):
        data = Kitti(root)
        assert not data.labelled
        assert len(data) == 1
        assert len(data[0].boxes) == 0
    (tmp_path / "testing").rename(tmp_path / "mine")
    with pytest.raises(DatasetError, match=r"label_2: does not exist\..*\?labelled_only=false"):
        Kitti(tmp_path / "mine")
    assert not Kitti(tmp_path / "mine", labelled_only=False).labelled


def test_tracking_data(tmp_path: Path, write_image: Any) -> None:
    write_image(tmp_path / "training/image_02/0000/000000.png")
    with pytest.raises(DatasetError, match="as KITTI's tracking data does"):
        Kitti(tmp_path)


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
