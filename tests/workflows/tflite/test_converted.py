"""Files that TensorFlow has made: right outputs, in the precision that they are named after."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import sdvbench
from sdvbench.errors import BuildError
from sdvbench.models.base import Network
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune
from sdvbench.store import Artifact, Store
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Calibration, EngineSpec, Source
from sdvbench.workflows.build import build_artifact
from sdvbench.workflows.litert import FILE
from sdvbench.workflows.tflite.contents import RULE, _Graph
from tests.workflows.tflite.networks import Driver, EluDriver, Features, drawn

Values = NDArray[np.float32]


@pytest.fixture(autouse=True)
def tensorflow() -> None:
    gap = WORKFLOWS["LiteRT"]().gap(EngineSpec.for_images("fp32"))
    if gap:
        pytest.skip(str(gap))


@pytest.fixture(scope="module")
def images() -> Values:
    """(24, 3, 31, 40): blocks of colour."""
    coarse = torch.rand(24, 3, 5, 7, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.interpolate(coarse, (31, 40), mode="nearest").numpy()


@pytest.fixture
def artifact(store: Store, images: Values) -> Any:
    def build(precision: str, model: Network | None = None) -> Artifact:
        model = model or drawn(Driver())
        spec = EngineSpec(precision, model.bound_inputs())
        calibration = Calibration("blocks", lambda: [(one[None],) for one in images])
        source = Source(model_digest(model), lambda: model)
        return build_artifact("LiteRT", source, spec, calibration, store)

    return build


@pytest.fixture
def error(images: Values) -> Any:
    """The largest difference from PyTorch, as a share of how much its outputs vary."""

    def error(built: Artifact, precision: str, model: Network) -> float:
        spec = EngineSpec(precision, model.bound_inputs(), options={"threads": 1})
        with WORKFLOWS["LiteRT"]().load(built.folder, spec) as engine:
            found = np.concatenate([engine(one[None]) for one in images])
            engine.close()
        assert found.dtype == np.float32
        with torch.inference_mode():
            wanted = model(torch.from_numpy(images)).numpy()
        return float((np.abs(found - wanted).max(0) / wanted.std(0)).max())

    return error


@pytest.mark.parametrize(
    ("precision", "least", "most"),
    [
        ("fp32", 0, 1e-5),
        ("fp16", 1e-5, 0.01),
        ("dyn8", 1e-3, 0.2),
        ("int8", 1e-3, 0.3),
        ("int8f", 1e-3, 0.3),
    ],
)
def test_it_agrees_with_pytorch(
    artifact: Any, error: Any, precision: str, least: float, most: float
) -> None:
    assert least <= error(artifact(precision), precision, drawn(Driver())) < most


def test_so_does_a_pruned_network(artifact: Any, error: Any) -> None:
    model = prune(drawn(Driver()), "PG", ratio=0.3)
    assert error(artifact("fp32", model), "fp32", model) < 1e-5


def test_the_manifest_says_what_the_file_holds(artifact: Any) -> None:
    facts = {precision: artifact(precision).manifest["facts"] for precision in ("fp32", "fp16")}
    assert facts["fp32"] == {"layers": {"FLOAT": 5}, "float_layers": []}
    assert facts["fp16"] == {"layers": {"FLOAT16 weights": 5}, "float_layers": []}
    assert artifact("dyn8").manifest["facts"] == {
        "layers": {"FLOAT": 2, "INT8 weights": 3},
        "float_layers": ["seen.1", "command"],
        "float_because": RULE,
    }
    integers = {"layers": {"INT8": 5}, "float_layers": []}
    assert artifact("int8").manifest["facts"] == integers
    assert artifact("int8f").manifest["facts"] == {**integers, "float_operators": {}}


def test_tensorflow_s_same_is_no_operator_of_its_own(artifact: Any) -> None:
    graph = _Graph(artifact("fp32").path(FILE).read_bytes())
    names = [operator.name for operator in graph.operators]
    assert names.count("PAD") == 1
    assert "TRANSPOSE" not in names


def test_weights_are_stored_in_their_precision(artifact: Any) -> None:
    count = sum(one.numel() for one in drawn(Driver()).parameters() if one.dim() > 1)
    sizes = {p: artifact(p).path(FILE).stat().st_size for p in ("fp32", "fp16", "dyn8", "int8")}
    assert sizes["fp32"] > 4 * count > sizes["fp16"] > 2 * count > sizes["dyn8"] > count
    assert 2 * count > sizes["int8"] > count


def test_an_operator_without_integer_form_is_told(artifact: Any) -> None:
    with pytest.raises(
        BuildError, match=r"is no int8 by its content: ELU \(FLOAT\)\. Use int8f, which may"
    ):
        artifact("int8", drawn(EluDriver()))


def test_networks_of_features_and_batches_are_built(store: Store) -> None:
    model = drawn(Features())
    calls = [
        tuple(one.numpy() for one in model.example(model.bound_inputs(batch=3), seed))
        for seed in range(4)
    ]
    engine = sdvbench.build(
        model, "LiteRT", "int8", batch=3, calibration=calls, store=store, threads=2
    )
    with engine, torch.inference_mode():
        kept = engine(*calls[0])
        before = kept.copy()
        wanted = model(torch.from_numpy(calls[1][0])).numpy()
        np.testing.assert_allclose(engine(*calls[1]), wanted, atol=0.1 * wanted.std())
        np.testing.assert_array_equal(kept, before)  # outputs are copies
        with pytest.raises(BuildError, match=r"do not fit an engine for features float32 \(3"):
            engine(calls[0][0][:1])


def test_threads_do_not_spin(artifact: Any, images: Values) -> None:
    spec = EngineSpec("fp32", Driver().bound_inputs(), options={"threads": 2})
    with WORKFLOWS["LiteRT"]().load(artifact("fp32").folder, spec) as engine:
        engine(images[:1])
        before, begin = time.process_time(), time.perf_counter()
        time.sleep(0.2)
        spent, slept = time.process_time() - before, time.perf_counter() - begin
    assert spent < slept / 4  # a thread that spins would take all of it


def test_a_damaged_file_is_told(artifact: Any, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(artifact("fp32").path(FILE).read_bytes()[:100])
    with pytest.raises(BuildError, match=r"model\.tflite: LiteRT cannot load it \("):
        WORKFLOWS["LiteRT"]().load(tmp_path, EngineSpec("fp32", Driver().bound_inputs()))


def test_what_tensorflow_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    from sdvbench.workflows.tflite.conversion import convert
    from sdvbench.workflows.tflite.layers import Layer

    wrong = Layer("Conv2D", {"filters": 2, "kernel_size": 9})
    with pytest.raises(BuildError, match=r"failed with status 1 .*ValueError: One of"):
        convert([wrong], (1, 3, 4, 4), "fp32", (), tmp_path / FILE)


LOAD = """
import sys
from pathlib import Path
import numpy as np
from sdvbench.tensors import TensorSpec
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

spec = EngineSpec("int8", (TensorSpec("image", (1, 3, 31, 40)),))
with WORKFLOWS["LiteRT"]().load(Path(sys.argv[1]), spec) as engine:
    print(engine(np.zeros((1, 3, 31, 40), np.float32)).shape)
assert not {"torch", "tensorflow", "tf_keras"} & {*sys.modules}
"""


def test_an_engine_needs_neither_tensorflow_nor_torch(artifact: Any) -> None:
    command = [sys.executable, "-c", LOAD, str(artifact("int8").folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "(1, 2)"
