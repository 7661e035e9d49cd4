"""Frames of a drive in the order of their numbers."""

import cv2
import numpy as np
import pytest

from sdvbench.datasets.kitti_sequence import KittiSequence
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import DatasetError, OptionError


@pytest.fixture
def drive(tmp_path):
    """Writes frames of these numbers, each as bright as its number."""

    def write(*numbers, name="{}"):
        (tmp_path / "image_2").mkdir(exist_ok=True)
        for number in numbers:
            image = np.full((20, 40, 3), 10 * number, np.uint8)
            cv2.imwrite(str(tmp_path / "image_2" / f"{name.format(number)}.png"), image)
        return tmp_path

    return write


def test_numbers_and_not_names_give_the_order(drive):
    data = KittiSequence(drive(*range(8, 12)))
    assert [sample.name for sample in data] == ["8.png", "9.png", "10.png", "11.png"]
    assert [int(sample.image.mean()) for sample in data] == [80, 90, 100, 110]
    assert data.rate_hz == 10
    assert not data.labelled
    assert data.summary.lines == ["4 images, 0 objects"]
    assert not any(len(sample.boxes) for sample in data)


def test_a_missing_frame_and_one_without_a_number_are_named(drive):
    with pytest.raises(DatasetError, match="frame 1 and then 3"):
        KittiSequence(drive(0, 1, 3))
    with pytest.raises(DatasetError, match=r"front0\.png: is not named by the frame's number"):
        KittiSequence(drive(0, name="front{}"))
    with pytest.raises(DatasetError, match=r"has the number of another frame, 0\.png"):
        KittiSequence(drive(0, name="0{}"))
    with pytest.raises(OptionError, match="rate_hz=0"):
        open_dataset(f"kitti-sequence:{drive()}?rate_hz=0")


def test_the_real_sequence(shared_data):
    data = open_dataset(f"kitti-sequence:{shared_data}/kitti_sequence")
    assert len(data) == 78
    assert data[77].name == "0000000077.jpg"
    assert data[0].image.shape[0] == 375
