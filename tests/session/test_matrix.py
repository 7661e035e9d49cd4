"""Which cells a run has."""

import re
from pathlib import Path

import onnx
import pytest

from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.models.given_files import given_file
from sdvbench.pruning import TREATMENTS
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


def prunings(*named: str) -> list[str]:
    cells = Suite(Settings(workflow=("Wd",), pruning=named or None)).cells()
    return list(dict.fromkeys(cell.pruning for cell in cells))


def test_treatments_of_weights_are_asked_for_by_name() -> None:
    assert prunings()[:4] == ["orig", "PL", "PS", "PG"]
    assert not set(prunings()) & set(TREATMENTS)
    assert prunings("MP50CL.QAT", "orig", "PL.QAT") == ["MP50CL.QAT", "orig", "PL.QAT"]
    for cell in Suite(Settings(pruning=("MP.QAT",))).cells():
        assert Cell.parse(str(cell)) == cell


@pytest.mark.parametrize("name", ["ML.qat", "M", ".QAT", "ML.QAT.QAT", "QAT", ""])
def test_a_name_of_no_pruning_is_told_with_those_there_are(name: str) -> None:
    told = rf"pruning '{re.escape(name)}': is not known\. Choose from orig, PL, .*MP50CL.*; each "
    with pytest.raises(OptionError, match=told):
        prunings(name)


def test_what_is_trained_is_skipped_without_its_file(tmp_path: Path) -> None:
    cell = Cell("pilotnet", "ML.QAT", "Wd", "fp32")
    command = "sdvbench recover pilotnet ML.QAT --weights FILE --data DATA"
    (tmp_path / "one.safetensors").touch()
    for weights in (None, tmp_path / "one.safetensors"):
        run = Suite(Settings(model=("pilotnet",), weights=weights))
        gap = str(run.gap(cell))
        assert gap.startswith("ML.QAT is trained, and no folder of trained weights is given; to ")
        assert command in gap
    run = Suite(Settings(model=("pilotnet",), weights=tmp_path))
    file = tmp_path / "pilotnet-ML.QAT.safetensors"
    assert str(run.gap(cell)) == f"there is no {file}; to enable: {command} --out {file}"
    file.touch()
    assert run.gap(cell) is None


def test_a_file_says_itself_what_sizes_it_takes(tmp_path: Path) -> None:
    models = {"mine": given_file("mine", "net.onnx", tmp_path)}
    run = Suite(Settings(model=("mine", "yolov5n"), imgsz=(66, 200), models=models))
    with pytest.raises(OptionError, match="image size 66x200"):
        run.spec(Cell("yolov5n", "orig", "W1", "fp32"))
    onnx.save(linear(), tmp_path / "net.onnx")
    assert run.spec(Cell("mine", "orig", "W1", "fp32")).shape == (1, 4)
