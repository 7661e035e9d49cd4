"""BatchNorm folded away."""

import torch
from torch import nn

from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.models.fusion import fuse


def test_fusing_keeps_the_outputs_and_the_argument(nano: Detector, images: torch.Tensor) -> None:
    before = model_digest(nano)
    fused = fuse(nano)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in fused.modules())
    assert model_digest(nano) == before
    with torch.inference_mode():
        torch.testing.assert_close(fused(images), nano(images), rtol=1e-3, atol=1e-3)
