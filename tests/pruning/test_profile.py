"""The paper's Table V, to the last digit."""

import pytest
import torch

from sdvbench.errors import OptionError
from sdvbench.models import MODELS, Detector
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune
from sdvbench.pruning.profile import Profile, profile

TABLE_V = {
    "orig": Profile(macs=8_244_113_200, params=7_225_885),
    "PL": Profile(macs=7_600_735_200, params=6_717_632),
    "PS": Profile(macs=8_244_113_200, params=7_225_885),
    # The paper's text describes PG, and this is what the description gives.
    "PG": Profile(macs=6_136_702_800, params=5_259_211),
}


@pytest.fixture(scope="module")
def small() -> Detector:
    detector: Detector = MODELS["yolov5s"](80).eval()
    return detector


@pytest.mark.parametrize("method", TABLE_V)
def test_yolov5s_at_640(small: Detector, method: str) -> None:
    assert profile(prune(small, method, imgsz=64), imgsz=640) == TABLE_V[method]


def test_profiling_leaves_the_model_alone(nano: Detector) -> None:
    before = model_digest(nano)
    counted = profile(nano, imgsz=64)
    assert model_digest(nano) == before
    with torch.inference_mode():
        assert profile(nano, imgsz=64) == counted


def test_precision_does_not_change_the_count(nano: Detector) -> None:
    half = prune(nano, "orig", imgsz=64).half_body()
    assert profile(half, imgsz=64) == profile(nano, imgsz=64)


def test_an_image_size_between_the_strides_is_refused(nano: Detector) -> None:
    with pytest.raises(OptionError, match="image size 100: is not a positive multiple of 32"):
        profile(nano, imgsz=100)
