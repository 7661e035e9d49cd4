"""What the keys of artifacts depend on: all code that decides what they hold, and no more."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import sdvbench
from sdvbench import code_digest as digests
from sdvbench.code_digest import code_digest
from sdvbench.models import MODELS, Detector
from sdvbench.models.digest import _code
from sdvbench.pruning import PRUNINGS
from sdvbench.registry import Registry
from sdvbench.workflows import WORKFLOWS

ROOMS = ("sdvbench.workflows.", "sdvbench.quantization.", "sdvbench.models.fusion")
OWN = ("Wd", "W0", "W1", "W2", "OpenVINO", "Inductor", "LiteRT", "TorchScript")
PACKAGE = Path(sdvbench.__file__).parent
MODULES = {  # without the packages themselves
    ".".join(("sdvbench", *file.relative_to(PACKAGE).with_suffix("").parts))
    for file in PACKAGE.rglob("*.py")
}
# They say what an engine is asked to be or cannot be, or run it; none of them writes into an
# artifact.
NOT_BUILDING = {
    f"sdvbench.workflows.{name}"
    for name in (
        *("base", "dense", "options", "out_of_memory", "nvidia", "recurrent"),
        *("tensorrt.running", "tflite.running", "wd_engine"),
    )
}


def imported(module: str) -> Iterator[str]:
    """The modules of the building rooms that ``module`` imports, anywhere in its code."""
    found = find_spec(module)
    assert found is not None
    assert found.origin is not None
    for node in ast.walk(ast.parse(Path(found.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in (node.module, *below):
                if name.startswith(ROOMS) and name in MODULES:
                    yield name


def depended_on(module: str, seen: set[str]) -> set[str]:
    for name in set(imported(module)) - seen - NOT_BUILDING:
        seen.add(name)
        depended_on(name, seen)
    return seen


def own(workflow: str) -> str:
    return WORKFLOWS[workflow].__module__


@pytest.mark.parametrize("workflow", OWN)
def test_a_workflow_declares_all_code_that_builds_for_it(workflow: str) -> None:
    needed = depended_on(own(workflow), set())
    assert needed <= {*WORKFLOWS[workflow].code}


@pytest.mark.parametrize("workflow", OWN)
def test_no_workflow_depends_on_another_one_s_code(workflow: str) -> None:
    others = {own(name) for name in OWN} - {own(workflow)}
    assert not others & {*WORKFLOWS[workflow].code}
    assert all(find_spec(name) for name in WORKFLOWS[workflow].code)


def test_onnx_runtime_s_keys_do_not_depend_on_tensorrt() -> None:
    assert not [name for name in WORKFLOWS["W1"].code if "tensorrt" in name]
    assert not [name for name in WORKFLOWS["Wd"].code if "onnx" in name or "tensorrt" in name]


def test_the_code_of_layers_is_part_of_a_model_s_digest(
    nano: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr("sdvbench.models.digest.code_of", lambda c: seen.append(c.__module__) or "")
    _code(nano)
    assert sorted(seen) == ["sdvbench.models.blocks", "sdvbench.models.yolov5"]


@pytest.mark.parametrize(
    ("package", "registry"), [("sdvbench.models", MODELS), ("sdvbench.pruning", PRUNINGS)]
)
def test_a_new_model_or_pruning_leaves_the_keys_of_the_others(
    package: str, registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = code_digest(package, without=registry.modules)
    real, added = digests._sources, tmp_path / "new.py"
    added.write_text("NEW = 1\n")

    def sources(name: str) -> list[Path]:
        return [added] if name == "new.module" else [*real(name), *[added] * (name == package)]

    monkeypatch.setattr(digests, "_sources", sources)
    code_digest.cache_clear()
    assert code_digest(package, without=(*registry.modules, "new.module")) == before
    assert code_digest(package, without=registry.modules) != before
    code_digest.cache_clear()


def test_code_that_is_not_there_has_no_digest() -> None:
    """A package that has moved would drop out of all keys without a word."""
    with pytest.raises(ModuleNotFoundError, match=r"no source of sdvbench\.detection"):
        code_digest("sdvbench.models", "sdvbench.detection")
