"""What a command line and a recipe say to the training of detectors."""

import pytest
import torch

from sdvbench.errors import OptionError
from sdvbench.models.base import Detector
from sdvbench.tasks.detection.training.distillation import Distillation
from sdvbench.tasks.detection.training.options import DetectionTraining
from tests.recovery.test_training import tiny


@pytest.mark.parametrize("wrong", [{"mosaics": 1.5}, {"plain_share": float("nan")}])
def test_shares_out_of_range(wrong) -> None:
    with pytest.raises(OptionError, match=f"{next(iter(wrong))} .*Choose 0 to 1"):
        DetectionTraining(**wrong)


def test_the_command_line_is_heard() -> None:
    teacher = tiny()
    alone = DetectionTraining().asked({"mosaics": 0.5}, None)
    assert alone == DetectionTraining(mosaics=0.5)
    taught = DetectionTraining(plain_share=0.2).asked({"temperature": 3.0}, teacher)
    assert (taught.plain_share, taught.mosaics) == (0.2, 1.0)
    assert isinstance(taught.distillation, Distillation)
    assert taught.distillation.teacher is teacher
    assert taught.distillation.temperature == 3
    with pytest.raises(
        OptionError, match=r"--temperature 3.0: requires a teacher, and none is named"
    ):
        DetectionTraining().asked({"temperature": 3.0}, None)


def test_a_detector_without_maps_neither_learns_nor_teaches() -> None:
    class Opaque(Detector):
        forward = unprunable = pruning_order = None

    for ask in (DetectionTraining().check, lambda m: DetectionTraining().asked({}, m)):
        with pytest.raises(OptionError, match="does not show its head's maps"):
            ask(Opaque("opaque", 5))


@pytest.mark.parametrize(("epochs", "plain"), [(1, 0), (4, 1), (30, 3)])
def test_the_last_epochs_have_no_mosaics(boxes, epochs, plain) -> None:
    """A mosaic fills the square; beside one image, which is wider than high, there is grey."""
    lessons = DetectionTraining().lessons(
        tiny(), boxes(), epochs=epochs, batch=4, imgsz=64, seed=0, dtype=torch.float32
    )
    firsts = [lessons.batch(epoch * len(lessons)).images for epoch in range(epochs)]
    same = [
        torch.equal(images, lessons.plain_images(epoch * len(lessons)))
        for epoch, images in enumerate(firsts)
    ]
    assert same == [False] * (epochs - plain) + [True] * plain
