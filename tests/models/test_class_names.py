"""Class names are read in every form in which a file may have them, or the entry is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sdvbench.errors import CheckpointError
from sdvbench.models import MODELS, load_model
from sdvbench.models.checkpoint import read_checkpoint

WEIGHT = torch.ones(2, 2)
OURS = ("car", "bus")


def saved(path: Path, **entries: Any) -> Path:
    torch.save({"model": {"weight": WEIGHT}, **entries}, path)
    return path


@pytest.mark.parametrize("key", ["names", "class_names", "classes", "class_to_idx"])
@pytest.mark.parametrize(
    "names",
    [
        {"bus": 1, "car": 0},
        {"bus": np.int64(1), "car": np.int64(0)},
        {"bus": 2, "car": 1},
        {"bus": "1", "car": "0"},
        {2: "bus", 1: "car"},
        {"2": "bus", "1": "car"},
        {b"bus": 1, b"car": 0},
        {1: b"bus", 0: b"car"},
        [b"car", b"bus"],
        np.array([b"car", b"bus"]),
    ],
    ids=str,
)
def test_names_and_numbers_in_either_order(tmp_path: Path, key: str, names: Any) -> None:
    assert read_checkpoint(saved(tmp_path / "a.pt", **{key: names})).class_names == OURS


def test_names_of_digits_are_no_numbers(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt", class_to_idx={"1": 0, "0": 1})
    assert read_checkpoint(path).class_names == ("1", "0")


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ({0: "car", 2: "bus"}, r"dictionary whose numbers \(0, 2\) do not count from 0 or from 1"),
        ({2: "car", 3: "bus"}, r"numbers \(2, 3\) do not count"),
        ({"car": 0, "bus": 2}, r"numbers \(0, 2\) do not count"),
        ({"car": 0, "bus": 0}, r"numbers \(0, 0\) do not count"),
        ({"car": 0.5, "bus": 1.5}, "do not count"),
        ({1: "b", "x": "a"}, r"numbers \(1, x\) do not count"),
        ({0: {"name": "car"}}, "a dictionary where a name should be"),
        (["car", None], "a value of type NoneType where a name should be"),
        ([b"\xff"], "bytes that are no text"),
        (np.array(["car", None], dtype=object), "an array of objects"),
        ([10**5000], "a value of type int where"),
        ({"car": 10**5000}, "do not count"),
        ("coco.names", "text"),
        (80, "a value of type int"),
    ],
    ids=lambda value: str(type(value)),
)
def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path, names: Any, problem: str) -> None:
    path = saved(tmp_path / "a.pt", names=names)
    with pytest.raises(CheckpointError, match=f"entry 'names' cannot be read .* {problem}") as e:
        read_checkpoint(path)
    assert "a list of names in the order of the outputs" in e.value.remedy


def test_the_place_of_the_entry_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt", meta={"CLASSES": {0: "car", 2: "bus"}})
    with pytest.raises(CheckpointError, match=r"entry 'meta\.CLASSES' cannot be read"):
        read_checkpoint(path)


@pytest.mark.parametrize("nothing", [None, [], {}, "", WEIGHT])
def test_an_empty_entry_is_none(tmp_path: Path, nothing: Any) -> None:
    path = saved(tmp_path / "a.pt", names=nothing, classes=80, class_names=OURS)
    assert read_checkpoint(path).class_names == OURS


@pytest.mark.parametrize("first", [0, 1])
def test_numbers_that_leave_an_output_out_are_refused(tmp_path: Path, first: int) -> None:
    """A model of COCO's 91 numbers, or with one for the background, has an output more."""
    state = MODELS["yolov5n"](3).state_dict()
    names = {first + number: name for number, name in enumerate(OURS)}
    torch.save({"model": state, "names": names}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="names 2 classes, but its detection layer has 3"):
        load_model("yolov5n", tmp_path / "a.pt")


@pytest.mark.parametrize("key", ["names", "class_names", "classes"])
@pytest.mark.parametrize(
    "text",
    [
        "car\nbus",
        json.dumps(OURS),
        json.dumps({0: "car", 1: "bus"}, indent=1),
        json.dumps({"bus": 1, "car": 0}),
        str(list(OURS)),
        str({0: "car", 1: "bus"}),
    ],
)
def test_metadata_is_text(tmp_path: Path, key: str, text: str) -> None:
    save_file({"weight": WEIGHT}, tmp_path / "a.safetensors", {key: text})
    assert read_checkpoint(tmp_path / "a.safetensors").class_names == OURS


@pytest.mark.parametrize("text", ["80", "[x]", "[" * 9999, "-" * 9999])
def test_metadata_of_one_name_is_that_name(tmp_path: Path, text: str) -> None:
    save_file({"weight": WEIGHT}, tmp_path / "a.safetensors", {"names": text, "classes": "1"})
    assert read_checkpoint(tmp_path / "a.safetensors").class_names == (text,)


def test_metadata_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    save_file({"weight": WEIGHT}, tmp_path / "a.safetensors", {"names": '{"car": 0, "bus": 2}'})
    with pytest.raises(CheckpointError, match=r"entry 'names' cannot be read .*\(0, 2\)"):
        read_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize("text", ["{[1]: 2}", "{{}}", "[1, ", "(" * 300])
def test_metadata_that_is_no_literal(tmp_path: Path, text: str) -> None:
    save_file({"weight": WEIGHT}, tmp_path / "a.safetensors", metadata={"class_names": text})
    assert read_checkpoint(tmp_path / "a.safetensors").class_names == (text,)


def test_names_come_back_as_they_were_saved(tmp_path: Path) -> None:
    text = " car\nbus \n"
    save_file({"weight": WEIGHT}, tmp_path / "a.safetensors", metadata={"class_names": text})
    assert read_checkpoint(tmp_path / "a.safetensors").class_names == (" car", "bus ", "")
