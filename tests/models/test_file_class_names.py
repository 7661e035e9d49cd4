"""The class names of a network in a file: those given, or those in its metadata."""

from pathlib import Path
from warnings import catch_warnings

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from sdvbench.errors import NetworkFileError
from sdvbench.models.file_class_names import LONGEST, class_names_of
from sdvbench.models.given_files import given_file
from sdvbench.network_files import NetworkFile, read_network_file
from tests.network_files.onnx_models import linear

PATH = Path("net.onnx")
DETECTOR = given_file("mine", "net.onnx?task=detection&layout=yolov8", Path())


def told(text: str) -> NetworkFile:
    return NetworkFile(PATH, "onnx", "", (), (), text)


@any_of(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_what_python_prints_is_read(names: list[str]) -> None:
    for form in (names, dict(enumerate(names))):
        assert class_names_of(DETECTOR, told(repr(form))) == tuple(names)


def test_the_file_s_metadata_hold_them(tmp_path: Path) -> None:
    model = linear()
    for key, text in (("stride", "32"), ("names", "{1: 'bicycle', 0: 'person'}")):
        model.metadata_props.add(key=key, value=text)
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    found = read_network_file(tmp_path / "net.onnx")
    assert class_names_of(DETECTOR, found) == ("person", "bicycle")


def test_names_that_are_given_come_first(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("car\n\nvan\n")
    given = given_file("mine", "net.onnx?task=detection&names=names.txt", tmp_path)
    assert class_names_of(given, told("neither read ( nor refused")) == ("car", "van")


def test_without_names_there_are_none() -> None:
    assert class_names_of(DETECTOR, told("")) is None
    assert class_names_of(DETECTOR, told("{}")) is None
    assert class_names_of(given_file("mine", "net.onnx", Path()), told("nonsense (")) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{0: 'person', 1:", "are no list or dictionary of names as Python prints it"),
        ("__import__('os').abort()", "are no list or dictionary"),
        ("{0: 'person', 2: 'car'}", "do not count from 0 or from 1 without a gap"),
        ("80", "it holds a value of type int"),
        ("0x0if 1else 1 (", "are no list or dictionary"),
        ("[" * 1000, "are no list or dictionary"),
        ("-" * LONGEST, "are no list or dictionary"),
        (f"[{'9' * 10_000}]", "are no list or dictionary"),
        (f"['{'x' * LONGEST}']", "have 200,004 characters, more than 200,000"),
        (r"['\x1b[31m']", "hold one that cannot be printed"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, problem: str) -> None:
    with catch_warnings(action="error"), pytest.raises(NetworkFileError) as error:
        class_names_of(DETECTOR, told(text))
    assert error.value.thing == "net.onnx: the class names in its metadata"
    assert problem in error.value.problem
    assert "names=FILE" in error.value.remedy
