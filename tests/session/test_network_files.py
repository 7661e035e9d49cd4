"""Networks that a user brings as files: what a run makes of them, without pytest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from sdvbench.cells import Cell
from sdvbench.errors import BuildError, MeasurementError, NetworkFileError, OptionError
from sdvbench.models.base import Network
from sdvbench.models.digest import model_digest
from sdvbench.models.given_files import given_file
from sdvbench.pytest_plugin.summary import _anchors
from sdvbench.session.scoring import Scores
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec, Source
from sdvbench.workflows.onnx_export import FILE
from tests.workflows.networks import network

MakeSuite = Callable[..., Suite]


@pytest.fixture(scope="session")
def files(session_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the networks of the tests, as .onnx and, one of them, as .pt2."""
    from sdvbench.workflows.build import build_artifact

    folder = tmp_path_factory.mktemp("files")
    for name in ("two_inputs", "words"):
        model = network(name)
        spec = EngineSpec("fp32", model.bound_inputs(batch=2), batch=2)
        source = Source(model_digest(model), lambda model=model: model)  # type: ignore[misc]
        artifact = build_artifact("W1", source, spec, None, Store(session_store))
        (folder / f"{name}.onnx").write_bytes((artifact.folder / FILE).read_bytes())
    model = network("two_inputs")
    program = torch.export.export(model, model.example(model.bound_inputs(batch=2)))
    torch.export.save(program, folder / "two_inputs.pt2")
    return folder


@pytest.fixture
def suite(files: Path, session_store: Path) -> MakeSuite:
    def make(text: str) -> Suite:
        models = {"mine": given_file("mine", text, files)}
        given = Settings(("mine",), batch=(2,), store=session_store, quick=True, models=models)
        return Suite(given)

    return make


def cell(workflow: str, precision: str, pruning: str = "orig", batch: int = 2) -> Cell:
    return Cell("mine", pruning, workflow, precision, batch)


def exact(name: str, seed: int) -> tuple[Network, tuple[torch.Tensor, ...]]:
    model = network(name)
    return model, model.example(model.bound_inputs(batch=2), seed)


@pytest.mark.parametrize(
    ("text", "workflow"),
    [("two_inputs.onnx", "W1"), ("two_inputs.pt2", "W1"), ("two_inputs.pt2", "Wd")],
)
def test_a_file_computes_what_its_network_does(suite: MakeSuite, text: str, workflow: str) -> None:
    run = suite(text)
    model, inputs = exact("two_inputs", 3)
    with torch.inference_mode():
        wanted = model(*inputs)
    with run.engine(cell(workflow, "fp32")) as engine:
        found = engine(*(value.numpy() for value in inputs))
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8", "int16"])
def test_every_precision_is_held_to_the_file_itself(suite: MakeSuite, precision: str) -> None:
    run = suite("two_inputs.onnx")
    assert str(run.reference_cell(cell("W1", precision))) == "mine-orig-W1-fp32-b2"
    with run.engine(cell("W1", precision)) as engine:
        figure = Scores(run, cell("W1", precision), engine).agreement()
    limit = run.thresholds.limits("output_error", precision, ["output_error"])["output_error"]
    assert figure.limited["output_error"] <= limit
    assert (figure.limited["output_error"] > 1e-5) == (precision != "fp32")


def test_inputs_that_never_change_are_no_measure(suite: MakeSuite) -> None:
    run = suite("words.onnx?value.words=3")
    with run.engine(cell("W1", "fp32")) as engine:
        scores = Scores(run, cell("W1", "fp32"), engine)
        with pytest.raises(MeasurementError, match=r"mine: .* same outputs .* value\.INPUT=0"):
            scores.agreement()


def test_the_reference_is_run_as_it_is_written(suite: MakeSuite) -> None:
    run = suite("two_inputs.onnx")
    with run.reference_engine(cell("W1", "fp32")) as reference:
        assert reference.spec.options == {"graph_optimization": "disable"}
    with run.engine(cell("W1", "fp32")) as engine:
        assert engine.spec.options == {}


def test_what_a_file_cannot_is_a_skip_that_says_so(suite: MakeSuite) -> None:
    run = suite("two_inputs.onnx")
    told = {
        cell(
            "W1", "fp32", "PL"
        ): "mine is a file, and a flat graph cannot be pruned or trained; to enable: ",
        cell("Wd", "fp32"): "PyTorch makes nothing of a .onnx file; to enable: ",
        cell("W1", "fp32", batch=8): "mine takes batches of 2 only; to enable: --sdv-batch 2",
    }
    for where, text in told.items():
        assert str(run.gap(where)).startswith(text)
    assert run.gap(cell("W1", "int8")) is None
    assert run.gap(cell("W1", "fp32")) is None
    half = str(suite("two_inputs.pt2").gap(cell("Wd", "fp16")))
    assert half.startswith("PyTorch makes no fp16 engine of a .pt2 file")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("two_inputs.onnx?value.pace=3", "value.pace is of no input of the file. Its inputs are"),
        ("two_inputs.onnx?shape.image=2x3x24", "shape.image is 2x3x24, and the file has image"),
        ("two_inputs.onnx?shape.speed=4x1", "Change only sizes that the file leaves open"),
    ],
)
def test_what_does_not_fit_the_file_is_told(suite: MakeSuite, text: str, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        suite(text).network("mine")


def test_names_of_files_are_no_registered_ones_and_need_no_weights(files: Path) -> None:
    models = {"mine": given_file("mine", "two_inputs.onnx", files)}
    with pytest.raises(OptionError, match="means nothing for mine, whose file holds its weights"):
        Suite(Settings(("mine",), weights=files, models=models))


def test_what_is_said_of_a_file_makes_another_artifact(suite: MakeSuite) -> None:
    plain, kept = suite("two_inputs.onnx"), suite("two_inputs.onnx?float=steering")
    assert plain.weights(cell("W1", "fp32")) != kept.weights(cell("W1", "fp32"))
    facts = kept.artifact(cell("W1", "fp16")).manifest["facts"]
    assert facts["layers"] == {"FLOAT16": 3, "FLOAT": 1}
    assert facts["float_layers"][0].startswith("steering/")


def saved(folder: Path, module: torch.nn.Module, *example: torch.Tensor) -> None:
    torch.export.save(torch.export.export(module.eval(), example), folder / "other.pt2")


def test_a_half_program_is_no_fp32(files: Path, suite: MakeSuite) -> None:
    saved(files, torch.nn.Linear(4, 2).half(), torch.rand(2, 4).half())
    with pytest.raises(BuildError, match="is no fp32: of 1 layers with weights 1 are half"):
        suite("other.pt2").artifact(cell("Wd", "fp32", batch=1))


class RateAndSignal(torch.nn.Module):
    def forward(self, rate: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        return signal * rate


def test_without_a_batch_there_is_one_sample_a_call(files: Path, suite: MakeSuite) -> None:
    saved(files, RateAndSignal(), torch.tensor(3), torch.rand(16, 4))
    run = suite("other.pt2")
    told = "mine takes batches of 1 only; to enable: --sdv-batch 1"
    assert str(run.gap(cell("Wd", "fp32", batch=16))) == told
    assert run.gap(cell("Wd", "fp32", batch=1)) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("?value.rate=1.5", "value.rate=1.5 is no int64"),
        ("?value.rate=1e30", r"value.rate=1e\+30 is no int64"),
        ("?task=detection", "a detector takes one image, and this network rate int64 scalar, sig"),
    ],
)
def test_what_no_such_network_takes_is_told(
    files: Path, suite: MakeSuite, text: str, told: str
) -> None:
    saved(files, RateAndSignal(), torch.tensor(3), torch.rand(16, 4))
    with pytest.raises(OptionError, match=told):
        suite(f"other.pt2{text}").network("mine")


def test_other_values_and_shapes_are_other_networks(suite: MakeSuite) -> None:
    where = cell("W1", "int8")
    found = {suite(f"words.onnx?value.words={n}").weights(where) for n in (1, 2)}
    assert len(found) == 2


def test_a_file_that_is_lowered_already_is_a_skip_that_says_so(
    files: Path, suite: MakeSuite
) -> None:
    from sdvbench.quantization.half import to_half

    onnx.save(to_half(onnx.load(files / "two_inputs.onnx")), files / "half.onnx")
    for precision in ("fp32", "fp16", "int8"):
        told = str(suite("half.onnx").gap(cell("W1", precision)))
        assert told.startswith("layers of mine are FLOAT16 in the file already; to enable: pass")


def test_a_model_without_an_anchor_leaves_the_others_theirs(files: Path) -> None:
    """Whichever comes first: its cells are skipped, and the run goes on."""
    from sdvbench.quantization.half import to_half

    onnx.save(to_half(onnx.load(files / "two_inputs.onnx")), files / "lowered.onnx")
    models = {"mine": given_file("mine", "lowered.onnx", files)}
    for names in (("mine", "yolov5n"), ("yolov5n", "mine")):
        run = Suite(Settings(names, models=models))
        assert run.anchor_gap("mine")
        assert str(run.anchor_cell) == "yolov5n-orig-W1-fp32-b1"
        assert _anchors(run) == " yolov5n-orig-W1-fp32-b1"
    with pytest.raises(OptionError, match="mine-orig-W1-fp32-b1: layers of mine are FLOAT16"):
        _ = Suite(Settings(("mine",), models=models)).anchor_cell


def test_whole_numbers_may_vary_between_bounds(suite: MakeSuite) -> None:
    run = suite("words.onnx?value.words=2..9")
    with run.engine(cell("W1", "fp32")) as engine:
        assert Scores(run, cell("W1", "fp32"), engine).agreement().limited["output_error"] < 1e-3
    words = np.concatenate([call[0] for call in run.calls("mine").timing(2)])
    assert (words.min(), words.max()) == (2, 9)


def test_variances_beyond_half_do_not_spoil_fp16(files: Path, suite: MakeSuite) -> None:
    """As text detectors have them; some runtimes fuse them with what is half."""
    stored = {
        "w": np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3, 1, 1),
        "v": np.eye(8, dtype=np.float32).reshape(8, 8, 1, 1),
        "scale": np.full(8, 1e4, np.float32),
        "zero": np.zeros(8, np.float32),
        "variance": np.full(8, 1e8, np.float32),
    }
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Conv", ["x", "w"], ["c"], name="conv"),
            onnx.helper.make_node(
                "BatchNormalization", ["c", "scale", "zero", "zero", "variance"], ["n"], name="norm"
            ),
            onnx.helper.make_node("Conv", ["n", "v"], ["y"], name="last"),
        ],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [2, 3, 32, 32])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [2, 8, 32, 32])],
        [onnx.numpy_helper.from_array(array, name) for name, array in stored.items()],
    )
    opset = [onnx.helper.make_opsetid("", 12)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.save(model, files / "norm.onnx")
    run = suite("norm.onnx")
    with run.engine(cell("W1", "fp16")) as engine:
        found = Scores(run, cell("W1", "fp16"), engine).agreement()
    assert found.limited["output_error"] < 0.01


def test_no_engine_is_made_of_a_file_that_was_replaced(files: Path, suite: MakeSuite) -> None:
    """It would be stored as that of the file before, for all later runs."""
    path, network = files / "replaced.onnx", onnx.load(files / "words.onnx")
    onnx.save(network, path)
    run = suite("replaced.onnx")
    run.network("mine")
    network.graph.initializer[0].raw_data = bytes(len(network.graph.initializer[0].raw_data))
    whole = path.read_bytes()
    onnx.save(network, path)
    with pytest.raises(NetworkFileError, match="has changed since it was read"):
        run.artifact(cell("W1", "fp32"))
    path.write_bytes(whole)
    assert run.artifact(cell("W1", "fp32")).built
