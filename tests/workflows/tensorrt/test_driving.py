"""W2's builds of the networks that drive: NVIDIA's parser and builder take all three precisions."""

from pathlib import Path

import numpy as np
import pytest

from sdvbench.errors import BuildError
from sdvbench.models import load_model
from sdvbench.quantization.static import TENSORRT
from sdvbench.store import Store
from sdvbench.workflows.base import BuildRequest, Calibration, EngineSpec, Source
from sdvbench.workflows.onnx_precision import write_in_precision
from tests.workflows.tensorrt.test_converting import PILOTNET, WEIGHTED

pytestmark = [
    pytest.mark.usefixtures("trt"),
    pytest.mark.filterwarnings("ignore:.*Timing cache operations:DeprecationWarning"),
]


def spec_of(precision: str) -> EngineSpec:
    return EngineSpec(precision, load_model("pilotnet").bound_inputs(), device="cuda")


@pytest.fixture(scope="module", params=["pilotnet", "pilotnet_tf"])
def files(
    request: pytest.FixtureRequest, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """ONNX files by precision, as TensorRT's recipe makes them."""
    model = load_model(request.param)
    images = np.random.default_rng(5).random((4, 1, 3, 66, 200), np.float32)
    calibration = Calibration("random", lambda: [(image,) for image in images])
    folder, made = tmp_path_factory.mktemp(request.param), {}
    for precision in PILOTNET:
        source = Source(f"seeded {request.param}", lambda: model)
        made[precision] = folder / f"{precision}.onnx"
        asked = BuildRequest(source, spec_of(precision), calibration, store)
        write_in_precision(asked, TENSORRT, made[precision])
    return made


@pytest.mark.parametrize("precision", PILOTNET)
def test_every_precision_builds_and_is_what_it_is_called(
    files: dict[str, Path], precision: str
) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    plan = build_plan(files[precision], spec_of(precision))
    assert len(plan.data) > 1_000_000
    found = {name: count for name, count in plan.layers.items() if name.startswith(WEIGHTED)}
    assert found == PILOTNET[precision]
    for other in PILOTNET.keys() - {precision}:
        if (precision, other) != ("int8", "fp32"):  # its last layer is float32
            with pytest.raises(BuildError, match=f"is no {other} network: it has"):
                build_plan(files[precision], spec_of(other))
