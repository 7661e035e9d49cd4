"""AOTInductor: what its packages hold, where they load, and what they are refused for."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

import sdvbench
from sdvbench.errors import BuildError
from sdvbench.store import Artifact, Store
from sdvbench.workflows import WORKFLOWS, inductor, inductor_building
from sdvbench.workflows.base import EngineSpec
from tests.workflows.networks import network

ROOT = Path(__file__).parents[2]
# In a process of its own, since libraries say some things only when they are first loaded.
BUILD = """
import sys
from sdvbench.store import Store
from sdvbench.models.digest import model_digest
from sdvbench.workflows.base import Calibration, EngineSpec, Source
from sdvbench.workflows.build import build_artifact
from tests.workflows.networks import network
model = network("float_end")
spec = EngineSpec("int8", model.bound_inputs(batch=2), 2, options={"threads": 1})
calls = [tuple(v.numpy() for v in model.example(spec.inputs, seed)) for seed in range(4)]
source, calibration = Source(model_digest(model), lambda: model), Calibration("few", lambda: calls)
build_artifact("Inductor", source, spec, calibration, Store(sys.argv[1]))
"""
SPEC = EngineSpec("int8", network("float_end").bound_inputs(batch=2), 2, options={"threads": 1})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one build has left: an artifact in "store", its temporary files, Inductor's cache."""
    pytest.importorskip("torchao")
    made = tmp_path_factory.mktemp("inductor")
    (made / "temporary").mkdir()
    places = {"TMPDIR": str(made / "temporary"), "TORCHINDUCTOR_CACHE_DIR": str(made / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(made / "store")],
        cwd=ROOT,
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return made


@pytest.fixture(scope="module")
def artifact(folder: Path) -> Artifact:
    store = Store(folder / "store")
    (entry,) = store.entries()
    found = store.find(entry.key)
    assert found is not None
    return found


def load(artifact: Artifact) -> Any:
    return WORKFLOWS["Inductor"]().load(artifact.folder, SPEC)


def test_a_build_leaves_its_package_and_nothing_else(folder: Path, artifact: Artifact) -> None:
    assert not list((folder / "temporary").iterdir())
    assert not list(folder.glob("cache/*"))
    assert sorted(p.name for p in artifact.folder.iterdir() if "manifest" not in p.name) == [
        inductor.FILE
    ]


def test_the_manifest_names_what_stays_float(artifact: Artifact) -> None:
    assert artifact.manifest["facts"] == {
        "layers": {"INT8": 3, "FLOAT": 1},
        "float_layers": ["steering"],
    }


def test_an_engine_has_the_threads_that_it_was_compiled_for(artifact: Artifact) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with load(artifact) as engine:
            engine(*(value.numpy() for value in network("float_end").example(SPEC.inputs)))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("name", "value", "differing"),
    [
        ("instructions", lambda flags: f"{flags} amx_fp8", "amx_fp8"),
        ("cpu", lambda _: "a Z80", "Z80"),
    ],
)
def test_no_package_of_another_cpu_is_loaded(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, differing: str
) -> None:
    here = inductor.cpu()
    recipe = WORKFLOWS["Inductor"]().recipe(SPEC)
    monkeypatch.setattr(inductor, "cpu", lambda: {**here, name: value(here[name])})
    with pytest.raises(BuildError, match=rf"compiled for another {name} .*{differing}.* here"):
        load(artifact)
    assert WORKFLOWS["Inductor"]().recipe(SPEC) != recipe  # so it would be built anew


def test_no_package_of_another_torch_is_loaded(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inductor, "version", lambda _: "2.99.0")
    with pytest.raises(BuildError, match=r"compiled for another torch .*2\.99\.0"):
        load(artifact)


@pytest.mark.parametrize("content", [b"no package", b""])
def test_a_damaged_package_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / inductor.FILE).write_bytes(content)
    with pytest.raises(BuildError, match=r"model\.pt2: AOTInductor cannot load it \(File is not"):
        WORKFLOWS["Inductor"]().load(tmp_path, SPEC)


def test_layers_that_inductor_leaves_float_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torchao")
    monkeypatch.setitem(
        inductor_building.SETTINGS, "freezing", False
    )  # so that it replaces no layer
    with pytest.raises(
        BuildError, match=r"calls 0 integer kernels for 1 layers .* left these float: layer\."
    ):
        build("dense", "int8", tmp_path)


def build(name: str, precision: str, root: Path) -> None:
    model = network(name)
    calls = [tuple(value.numpy() for value in model.example(model.bound_inputs(batch=2)))]
    sdvbench.build(model, "Inductor", precision, batch=2, calibration=calls, store=Store(root))


def test_the_compiler_s_first_error_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "failing"
    said = 'echo "In file included from x:"; echo "x.cpp:1: fatal error: no such header" >&2'
    compiler.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo failing 1 && exit\n{said}\nexit 1'
    )
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    assert WORKFLOWS["Inductor"]().recipe(SPEC)["compiler"] == "failing 1"
    with pytest.raises(BuildError, match=r"compilation: failed \(x\.cpp:1: fatal error: no such"):
        build("words", "fp32", tmp_path / "store")


@pytest.mark.parametrize(
    ("spec", "environment", "told"),
    [
        ({"precision": "int8", "device": "cuda"}, {}, r"int8 is for CPUs"),
        ({"precision": "dyn8", "device": "cuda"}, {}, r"dyn8 is for CPUs"),
        ({"precision": "fp16"}, {}, r"fp16 is for GPUs; to enable: add --sdv-device cuda"),
        ({"precision": "fp32"}, {"CXX": "nowhere++"}, r"no C\+\+ compiler nowhere\+\+"),
        ({"precision": "fp32"}, {"PATH": ""}, r"no C\+\+ compiler g\+\+, .* apt-get install g\+\+"),
        ({"precision": "fp32"}, {inductor.FPMATH: "BF16"}, "BF16 makes oneDNN compute fp32 in le"),
    ],
)
def test_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch,
    spec: Mapping[str, str],
    environment: Mapping[str, str],
    told: str,
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    gap = WORKFLOWS["Inductor"]().gap(EngineSpec.for_images(**spec))
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(str(gap))


def test_int8_needs_torchao(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inductor, "find_spec", lambda _: None)
    monkeypatch.setattr(inductor, "compiler", lambda: sys.executable)
    for precision in ("dyn8", "int8"):
        gap = WORKFLOWS["Inductor"]().gap(EngineSpec.for_images(precision))
        assert "pip install 'sdvbench[inductor]'" in str(gap)
    assert WORKFLOWS["Inductor"]().gap(EngineSpec.for_images("fp32")) is None


def test_dyn8_of_a_network_without_dense_layers_is_skipped(nano: Any) -> None:
    told = str(WORKFLOWS["Inductor"]().network_gap(nano, "dyn8"))
    assert told.startswith("AOTInductor's dyn8 lowers dense layers, of which yolov5n has none")
    assert WORKFLOWS["Inductor"]().network_gap(network("dense"), "dyn8") is None


def test_settings_that_change_what_is_compiled_make_another_artifact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def recipe(**options: int) -> str:
        spec = EngineSpec("fp32", SPEC.inputs, 2, options=options)
        return json.dumps(WORKFLOWS["Inductor"]().recipe(spec), sort_keys=True)

    plain = recipe()
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "anywhere")
    assert recipe() == plain
    assert recipe(threads=3) != plain
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    assert recipe() != plain


def test_products_of_lower_precision_are_not_taken_over_from_the_process() -> None:
    mkldnn: Any = torch.backends.mkldnn
    before = mkldnn.matmul.fp32_precision
    try:
        torch.set_float32_matmul_precision("medium")
        inductor_building.exact_fp32()
        assert mkldnn.matmul.fp32_precision == mkldnn.conv.fp32_precision == "ieee"
    finally:
        torch.set_float32_matmul_precision("highest")
        mkldnn.matmul.fp32_precision = before


def test_it_is_not_in_the_matrix_unless_it_is_named() -> None:
    from sdvbench.session.settings import Settings
    from sdvbench.session.suite import Suite

    cells = list(Suite(Settings()).cells())
    assert "Wd" in {cell.workflow for cell in cells}
    assert "Inductor" not in {cell.workflow for cell in cells}
