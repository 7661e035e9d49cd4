"""Learning from a teacher."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sdvbench.errors import OptionError
from sdvbench.tasks.detection.training.distillation import Distillation
from tests.recovery.test_training import LONG, PLAIN, tiny, training


def test_student_comes_nearer_to_its_teacher(boxes) -> None:
    teacher = tiny(seed=5).eval()
    distillation = Distillation(teacher)
    trained = training(boxes, recipe=LONG, chosen=replace(PLAIN, distillation=distillation))
    told = [trained.advance()["teacher"] for _ in range(40)]
    assert np.mean(told[-5:]) < 0.95 * np.mean(told[:5])
    assert all(p.grad is None for p in teacher.parameters())


@pytest.mark.parametrize(("dtype", "off"), [(torch.float32, 1e-4), (torch.bfloat16, 0.02)])
def test_teacher_is_the_one_that_was_given(dtype, off) -> None:
    teacher, images = tiny(seed=5).eval(), torch.rand(2, 3, 64, 64)
    as_run = Distillation(teacher).teacher_as_run(dtype)
    with torch.no_grad():
        given, found = teacher.head_maps(images), as_run.head_maps(images.to(dtype))
    for mine, taught in zip(given, found, strict=True):
        assert taught.dtype is torch.float32
        torch.testing.assert_close(taught, mine, rtol=1e-3, atol=off)


def test_teacher_of_other_classes_is_refused() -> None:
    with pytest.raises(OptionError, match="teacher yolov5n: and student yolov5n have different cl"):
        Distillation(tiny(classes=3)).check(tiny())
