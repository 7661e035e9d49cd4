"""LiteRT without TensorFlow: what is missing, keys, calibration, and how a failed child is told."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sdvbench.errors import BuildError
from sdvbench.models.file_network import file_network
from sdvbench.models.given_files import given_file
from sdvbench.store import Store
from sdvbench.tensors import TensorSpec
from sdvbench.workflows import WORKFLOWS, litert
from sdvbench.workflows.base import BuildRequest, Calibration, EngineSpec, Source
from sdvbench.workflows.build import artifact_recipe
from sdvbench.workflows.tflite import conversion
from sdvbench.workflows.tflite.layers import Layer
from tests.workflows.tflite.networks import Driver, FloatEnd, drawn

PRECISIONS = ("fp32", "fp16", "dyn8", "int8", "int8f")
IMAGE = TensorSpec("image", (1, 3, 31, 40))


@pytest.fixture
def all_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every package seems to be installed."""
    monkeypatch.setattr(litert, "find_spec", lambda _: object())
    monkeypatch.setattr(litert, "version", lambda name: f"{name} 1")


def test_it_is_built_only_where_it_is_named_and_knows_five_precisions() -> None:
    assert not WORKFLOWS["LiteRT"].by_default
    assert WORKFLOWS["LiteRT"].precisions == PRECISIONS


@pytest.mark.parametrize(
    "package",
    ["ai_edge_litert", "tensorflow", "tf_keras"],
)
def test_an_absent_package_is_told(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litert, "find_spec", lambda n: None if n == package else object())
    name = package.replace("ai_edge_litert", "ai-edge-litert")
    told = f"{name} is not installed; to enable: pip install 'sdvbench[tensorflow]'"
    assert str(litert.LiteRT().gap(EngineSpec("fp32", (IMAGE,)))) == told


@pytest.mark.usefixtures("all_here")
@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (EngineSpec("fp32", (IMAGE,)), "None"),
        (EngineSpec("fp32", (IMAGE,), device="cuda"), "LiteRT is run on CPUs only, not on cuda; "),
        (EngineSpec("fp32", (IMAGE, IMAGE)), "LiteRT takes networks of one float32 input, not"),
        (
            EngineSpec("fp32", (TensorSpec("words", (1, 6), "int64"),)),
            "one float32 input, not of w",
        ),
    ],
)
def test_what_it_cannot_is_told_before_anything_is_built(spec: EngineSpec, told: str) -> None:
    assert told in str(litert.LiteRT().gap(spec))


def request(precision: str, calibration: str = "images", model: Any = None) -> BuildRequest:
    source = Source("digest", lambda: model)
    spec, given = EngineSpec(precision, (IMAGE,)), Calibration(calibration, lambda: [])
    return BuildRequest(source, spec, given, Store())


@pytest.mark.usefixtures("all_here")
def test_keys_depend_on_calibration_where_ranges_come_from_it() -> None:
    def key(precision: str, calibration: str) -> Any:
        asked = request(precision, calibration)
        return artifact_recipe("LiteRT", litert.LiteRT(), asked)

    for precision in PRECISIONS:
        same = key(precision, "images") == key(precision, "others")
        assert same == (precision in ("fp32", "fp16", "dyn8"))
        assert key(precision, "images") == key(precision, "images")
    wanted = {name: f"{name} 1" for name in ("torch", "tensorflow", "tf_keras")}
    assert key("fp32", "images")["built with"] == wanted


@pytest.mark.parametrize("precision", PRECISIONS)
def test_layers_that_are_to_stay_float_are_refused_in_lower_precisions(precision: str) -> None:
    asked = request(precision, model=drawn(FloatEnd()))
    if precision == "fp32":
        assert len(litert._layers(asked)) == 13
        return
    told = "model driver: is to keep command in float32, and LiteRT lowers all layers or none"
    with pytest.raises(BuildError, match=told):
        litert._layers(asked)


def test_what_cannot_be_exported_is_told() -> None:
    model = drawn(Driver())
    model.forward = lambda image: image if float(image.sum()) else -image  # type: ignore[method-assign]
    with pytest.raises(BuildError, match=r"model driver: cannot be exported \(Could not guard"):
        litert._layers(request("fp32", model=model))


def test_a_plain_sequence_is_refused_before_tensorflow_starts(
    monkeypatch: pytest.MonkeyPatch, nano: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("TensorFlow was started"))
    spec = EngineSpec.for_images("fp32", 64)
    asked = BuildRequest(Source("digest", lambda: nano), spec, None, Store())
    with pytest.raises(BuildError, match="yolov5n: is no plain sequence of layers, which LiteRT"):
        litert.LiteRT().build(asked, tmp_path)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (
            "import sys; sys.exit('one\\n\\ntwo\\nthree\\nValueError: four')",
            r"failed with status 1 \(two \| three \| ValueError: four\)",
        ),
        ("import os; os.kill(os.getpid(), 9)", r"was ended by signal 9\. Check with `python"),
    ],
)
def test_a_conversion_that_fails_is_told_with_its_last_lines(
    program: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(program)
    monkeypatch.setattr(conversion.converter, "__file__", str(tmp_path / "program.py"))
    with pytest.raises(BuildError, match=f"TensorFlow's conversion: {told}"):
        conversion.convert([Layer("Flatten")], (1, 2), "fp32", (), tmp_path / "model.tflite")


def test_the_converter_is_given_what_it_needs_in_files_and_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(
        "import json, os, sys; from pathlib import Path; import numpy as np\n"
        "folder = Path(sys.argv[1]); plan = json.loads((folder / 'plan.json').read_text())\n"
        "weights, calls = np.load(folder / 'weights.npz'), np.load(folder / 'calibration.npy')\n"
        "told = [plan['shape'], plan['layers'][0]['weights'], weights['0.1'].tolist()]\n"
        "told += [calls.shape, calls[1].ravel().tolist(), os.environ['TF_USE_LEGACY_KERAS']]\n"
        "(folder / 'model.tflite').write_text(f'{told}')"
    )
    monkeypatch.setattr(conversion.converter, "__file__", str(tmp_path / "program.py"))
    layer = Layer("Affine", {}, (np.ones(3), np.arange(3.0)))
    calls = [(np.zeros((1, 3, 1, 2)),), (np.arange(6.0).reshape(1, 3, 1, 2),)]
    file = tmp_path / "made"
    conversion.convert([layer], (1, 3, 1, 2), "int8", calls, file)
    turned = [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]
    wanted = [[1, 1, 2, 3], 2, [0.0, 1.0, 2.0], (2, 1, 1, 2, 3), turned, "1"]
    assert file.read_text() == str(wanted)


def test_a_pt2_file_is_planned_as_its_module_is(tmp_path: Path) -> None:
    model = drawn(Driver())
    with torch.no_grad():
        program = torch.export.export(model, model.example(model.bound_inputs()))
    torch.export.save(program, tmp_path / "net.pt2")
    network = file_network(given_file("mine", "net.pt2", tmp_path))
    ours, theirs = (litert._layers(request("int8", model=one)) for one in (model, network))
    assert [(one.kind, one.settings) for one in ours] == [(o.kind, o.settings) for o in theirs]
    for one, other in zip(ours, theirs, strict=True):
        for mine, its in zip(one.weights, other.weights, strict=True):
            np.testing.assert_array_equal(mine, its)
