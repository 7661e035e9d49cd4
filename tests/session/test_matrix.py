"""Which cells a run has."""

from pathlib import Path

import onnx
import pytest

from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.models.given_files import given_file
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite
from tests.network_files.onnx_models import linear


def workflows(*named: str) -> list[str]:
    cells = Suite(Settings(workflow=named or None)).cells()
    return list(dict.fromkeys(cell.workflow for cell in cells))


def test_runtimes_beside_the_paper_s_are_asked_for_by_name() -> None:
    assert workflows() == ["Wd", "W0", "W1", "W2"]
    assert workflows("OpenVINO", "W1") == ["OpenVINO", "W1"]


def test_a_name_of_no_workflow_is_told_with_those_there_are() -> None:
    with pytest.raises(OptionError, match=r"workflow 'W9': is not known\. Choose from Wd"):
        workflows("W9")


def test_a_file_says_itself_what_sizes_it_takes(tmp_path: Path) -> None:
    models = {"mine": given_file("mine", "net.onnx", tmp_path)}
    run = Suite(Settings(model=("mine", "yolov5n"), imgsz=(66, 200), models=models))
    with pytest.raises(OptionError, match="image size 66x200"):
        run.spec(Cell("yolov5n", "orig", "W1", "fp32"))
    onnx.save(linear(), tmp_path / "net.onnx")
    assert run.spec(Cell("mine", "orig", "W1", "fp32")).shape == (1, 4)
