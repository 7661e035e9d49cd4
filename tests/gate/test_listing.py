"""Accepted figures on the command line: list, show, drop."""

import pytest

from sdvbench.cli import main
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.stats import Estimate

CELLS = ("yolov5s-PL-W1-int8-b1", "yolov5s-orig-Wd-fp32-b1")


@pytest.fixture
def folder(tmp_path):
    for hardware in ("one-cpu", "two-cpu"):
        baselines = Baselines(tmp_path, hardware)
        for cell in CELLS:
            for metric in ("latency", "memory"):
                entry = Accepted(
                    cost=Estimate(0.5, 0.49, 0.51),
                    imgsz=640,
                    anchor="A",
                    weights="seeded",
                    artifact="0a" * 32,
                    date="2026-01-02",
                    commit="abc",
                    libraries={"torch": "2"},
                    shown={"median_ms": 50.0},
                )
                baselines.accept(cell, metric, entry)
        baselines.write()
    return tmp_path


def run(folder, capsys, *arguments):
    code = main(["baseline", *arguments, f"--baselines={folder}"])
    told = capsys.readouterr()
    return code, told.out.splitlines(), told.err


def test_list_has_a_line_a_cell(folder, capsys):
    code, lines, _ = run(folder, capsys, "list", "*-W1-*", "--hardware=one-cpu")
    assert code == 0
    assert lines[0] == "one-cpu"
    assert lines[1].split() == (
        f"{CELLS[0]} latency 0.5 of the anchor, memory 0.5 MiB (2026-01-02)".split()
    )
    assert len(run(folder, capsys, "list")[1]) == 6


def test_show_tells_all_of_one_cell(folder, capsys):
    code, lines, _ = run(folder, capsys, "show", CELLS[0], "--hardware=two-cpu")
    assert code == 0
    text = "\n".join(lines)
    for part in ("two-cpu", "0.5 (0.49 to 0.51) of the time of A", "median_ms 50", "0a" * 32):
        assert part in text
    code, _, error = run(folder, capsys, "show", "yolov5x-orig-W1-fp32-b1")
    assert code == 2
    assert "holds no figures of yolov5x-orig-W1-fp32-b1" in error


def test_drop_forgets_and_says_what(folder, capsys):
    code, lines, _ = run(folder, capsys, "drop", "*-Wd-*", "--hardware=one-cpu")
    assert (code, len(lines)) == (0, 2)
    assert lines[0] == f"dropped {CELLS[1]} latency of one-cpu"
    assert {cell for cell, _ in Baselines(folder, "one-cpu").accepted} == {CELLS[0]}
    assert {cell for cell, _ in Baselines(folder, "two-cpu").accepted} == set(CELLS)
    code, _, error = run(folder, capsys, "drop", "nothing")
    assert code == 2
    assert "holds no figures of 'nothing'" in error


def test_an_empty_folder_says_how_to_fill_it(tmp_path, capsys):
    code, _, error = run(tmp_path, capsys, "list")
    assert code == 2
    assert "sdvbench baseline accept" in error


def test_an_unknown_hardware_class_is_told(folder, capsys):
    code, _, error = run(folder, capsys, "list", "--hardware=three-cpu")
    assert code == 2
    assert "Choose from one-cpu, two-cpu" in error
