"""What the layers of a module hold their weights in, and what PyTorch's half engines tell of it."""

from pathlib import Path

import pytest
from torch import nn

from sdvbench.errors import BuildError
from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.quantization.modules import check_half
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec, Source
from sdvbench.workflows.build import build_artifact
from tests.workflows.networks import network


def test_layers_are_counted_and_those_that_stay_float_named() -> None:
    assert check_half(network("float_end").half_body(), ["steering"]) == {
        "layers": {"FLOAT16": 3, "FLOAT": 1},
        "float_layers": ["steering"],
    }
    words = check_half(network("words").half_body(), [])  # a table is no layer
    assert words == {"layers": {"FLOAT16": 1}, "float_layers": []}


def test_what_is_not_as_the_model_says_is_refused() -> None:
    half = network("float_end").half_body()
    with pytest.raises(BuildError, match=r"is no fp16: of 4 .* 3 are half; .* steering \(FLOAT\)"):
        check_half(half, [])
    with pytest.raises(BuildError, match=r"these are .*: fuse \(FLOAT16\)"):
        check_half(half, ["steering", "fuse"])
    with pytest.raises(BuildError, match="is no fp16: of 0 layers"):
        check_half(nn.BatchNorm2d(4).half(), [])
    recurrent = nn.LSTM(2, 2).half()
    recurrent.weight_ih_l0.data = recurrent.weight_ih_l0.data.float()  # one of its two
    with pytest.raises(BuildError, match=r"0 are half; .*: LSTM \(FLOAT and FLOAT16\)"):
        check_half(recurrent, [])


def test_pytorch_s_engines_are_checked(
    nano: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, source = Store(tmp_path), Source(model_digest(nano), lambda: nano)

    def facts(precision: str) -> object:
        spec = EngineSpec.for_images(precision, 64)
        return build_artifact("Wd", source, spec, None, store).manifest["facts"]

    # As a model would be whose own half_body forgets its layers.
    with monkeypatch.context() as forgetful:
        forgetful.setattr(type(nano), "half_body", lambda self: self)
        with pytest.raises(BuildError, match="is no fp16: of 60 layers with weights 0 are half"):
            facts("fp16")
    assert facts("fp16") == {"layers": {"FLOAT16": 60}, "float_layers": []}
