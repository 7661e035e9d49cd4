"""As many class names as a detector's outputs have classes, before anything is built."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from sdvbench.errors import OptionError
from sdvbench.models.given_files import given_file
from sdvbench.session.models import FileModel
from tests.network_files.onnx_models import linear, value

NAMES = ("car", "van", "tram")


def detector(*shape: int | str) -> onnx.ModelProto:
    """An image into one output, which may say other sizes than it would have."""
    shape_of = numpy_helper.from_array(np.ones((1, 1, 1), np.float32), "w")
    nodes = [
        helper.make_node("ReduceMean", ["pixels"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "w"], ["y"]),
    ]
    pixels = value("pixels", [1, 3, 64, 64])
    model = linear(nodes, [value("y", shape)], [shape_of], [pixels])
    model.metadata_props.add(key="names", value=repr(dict(enumerate(NAMES))))
    return model


def opened(tmp_path: Path, model: onnx.ModelProto, said: str) -> tuple[str, ...] | None:
    onnx.save(model, tmp_path / "net.onnx")
    given = given_file("mine", f"net.onnx?task=detection&{said}", tmp_path)
    return FileModel(given).declared.class_names


@pytest.mark.parametrize(
    ("said", "shape"),
    [
        ("layout=yolov5", (1, 40, 5 + 3)),
        ("layout=yolov8", (1, 4 + 3, 40)),
        ("layout=yolov8", (1, "classes", 40)),
        ("layout=nms", (1, 40, 6)),
    ],
)
def test_names_that_fit(tmp_path: Path, said: str, shape: tuple[int | str, ...]) -> None:
    assert opened(tmp_path, detector(*shape), said) == NAMES


@pytest.mark.parametrize(
    ("said", "shape", "count"),
    [("layout=yolov5", (1, 7, 40), 35), ("layout=yolov8", (1, 8, 40), 4)],
)
def test_names_that_do_not_fit(
    tmp_path: Path, said: str, shape: tuple[int, ...], count: int
) -> None:
    with pytest.raises(OptionError) as error:
        opened(tmp_path, detector(*shape), said)
    sizes = "x".join(map(str, shape))
    assert str(error.value) == (
        f"model mine: has 3 class names (car, van, tram), and by its layout, {said[7:]}, outputs "
        f"y float32 {sizes} are of {count} classes. Give the names of all classes with names=FILE, "
        "or another layout."
    )


def test_names_that_are_given_are_counted_too(tmp_path: Path) -> None:
    (tmp_path / "four.txt").write_text("a\nb\nc\nd\n")
    said = "layout=yolov8&names=four.txt"
    assert opened(tmp_path, detector(1, 8, 40), said) == ("a", "b", "c", "d")
    with pytest.raises(OptionError, match=r"has 4 class names \(a, b, c, \.\.\.\), .* 3 classes"):
        opened(tmp_path, detector(1, 7, 40), said)
