"""Our TensorRT code, type-checked against the interface that NVIDIA's bindings really have."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.workflows.tensorrt import rig

ROOT = Path(__file__).parents[3]
CHECKED = "src/sdvbench/workflows/tensorrt"


@pytest.fixture(scope="module")
def stubs(trt: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stubs of the bindings, made from the bindings, under both names that TensorRT goes by."""
    folder = tmp_path_factory.mktemp("stubs")
    command = ["--inspect-mode", "--quiet", "-m", f"{rig.BINDINGS}.tensorrt_rtx", "-o", str(folder)]
    subprocess.run(
        [sys.executable, "-c", "from mypy.stubgen import main; main()", *command],
        env=os.environ | {"PYTHONPATH": str(rig.folder())},
        check=True,
    )
    text = _parsable((folder / rig.BINDINGS / "tensorrt_rtx.pyi").read_text())
    text = re.sub(r"(: |-> )bool\b", r"\1builtins.bool", text)  # it has a bool of its own
    for name, content in (
        ("tensorrt", f"# mypy: ignore-errors\nimport builtins\n{text}\n__version__: str\n"),
        ("tensorrt_rtx", "from tensorrt import *\nfrom tensorrt import __version__\n"),
    ):
        (folder / name).mkdir()
        (folder / name / "__init__.pyi").write_text(content)
    return folder


def _parsable(text: str) -> str:
    """Without signatures that Python cannot have, such as a default before a parameter without."""
    lines = text.splitlines()
    while (number := _first_error(lines)) is not None:
        lines[number] = re.sub(r"\(.*", "(self, *given: object) -> object: ...", lines[number])
    return "\n".join(lines)


def _first_error(lines: list[str]) -> int | None:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return (error.lineno or 1) - 1
    return None


def check(stubs: Path, *places: str) -> str:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(stubs / "cache")]
    # The ignores are for where there are no stubs; and what the bindings leave untyped is theirs.
    command += ["--no-warn-unused-ignores", "--allow-untyped-calls", *places]
    environment = os.environ | {"MYPYPATH": str(stubs)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_our_calls_fit_the_real_bindings(stubs: Path) -> None:
    assert "Success: no issues found" in check(stubs, CHECKED)


def test_a_call_that_does_not_exist_is_found(stubs: Path, tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(
        "import tensorrt as trt\n\n\n"
        "def old(config: trt.IBuilderConfig, builder: trt.Builder) -> None:\n"
        "    config.set_flag(trt.BuilderFlag.FP16)\n"
        "    builder.build_cuda_engine()\n"
    )
    told = check(stubs, str(tmp_path / "old.py"))
    assert '"type[BuilderFlag]" has no attribute "FP16"' in told
    assert '"Builder" has no attribute "build_cuda_engine"' in told
