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


OLD = """
import tensorrt as trt


def old(config: trt.IBuilderConfig, builder: trt.Builder) -> None:
    config.set_flag(trt.BuilderFlag.FP16)
    builder.build_cuda_engine()
"""


# The linters check our code against torch, which takes most of mypy's time; nothing here needs it.
CONFIGURATION = """
[mypy]
strict = True
warn_unreachable = True
ignore_missing_imports = True
follow_imports = silent
disallow_subclassing_any = False
warn_return_any = False
disallow_untyped_decorators = False
[mypy-torch.*]
follow_imports = skip
"""


@pytest.fixture(scope="module")
def told(stubs: Path) -> list[str]:
    """What mypy says of our code and of OLD, in one run."""
    (stubs / "old.py").write_text(OLD)
    (stubs / "mypy.ini").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(stubs / "cache")]
    command += ["--config-file", str(stubs / "mypy.ini")]
    # The ignores are for where there are no stubs; and what the bindings leave untyped is theirs.
    command += ["--no-warn-unused-ignores", "--allow-untyped-calls", "--no-pretty"]
    environment = os.environ | {"MYPYPATH": str(stubs)}
    done = subprocess.run(
        [*command, CHECKED, str(stubs / "old.py")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"Found \d+ errors in \d+ files? \(checked \d+ source files\)", lines[-1])
    return lines


def test_our_calls_fit_the_real_bindings(told: list[str]) -> None:
    assert "in 1 file (checked" in told[-1]
    assert [line for line in told[:-1] if "old.py:" not in line] == []
    checked = int(told[-1].partition("(checked ")[2].split()[0])
    assert checked == 1 + len(list((ROOT / CHECKED).rglob("*.py")))


def test_a_call_that_does_not_exist_is_found(told: list[str]) -> None:
    found = "\n".join(told)
    assert '"type[BuilderFlag]" has no attribute "FP16"' in found
    assert '"Builder" has no attribute "build_cuda_engine"' in found
