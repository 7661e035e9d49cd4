"""What a user says of a network's file, and what is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import OptionError
from sdvbench.models.given_files import given_file
from sdvbench.tensors import shape_text

SIZES = st.lists(st.one_of(st.integers(1, 999), st.sampled_from(["batch", "height", "width"])))


def test_all_that_can_be_said() -> None:
    text = (
        "nets/net.onnx?task=detection&layout=detr&names=names.txt&float=head|/model/22/Conv"
        "&shape.x=batchx3xheightxwidth&shape.rate=&value.rate=16000&value.tokens=-1..2.5"
    )
    found = given_file("mine", text, Path("/root"))
    assert found.path == Path("/root/nets/net.onnx")
    assert (found.task, found.layout) == ("detection", "detr")
    assert found.names == Path("/root/names.txt")
    assert found.keep == ("head", "/model/22/Conv")
    assert found.shapes == {"x": ("batch", 3, "height", "width"), "rate": ()}
    assert found.values == {"rate": (16000, 16000), "tokens": (-1, 2.5)}


def test_nothing_but_the_file() -> None:
    found = given_file("mine", "/abs/net.pt2", Path("/root"))
    assert found.path == Path("/abs/net.pt2")
    assert (found.task, found.layout, found.names, found.keep) == ("tensors", "yolov5", None, ())


@given(SIZES)
def test_shapes_are_read_as_they_are_written(sizes: list[int | str]) -> None:
    text = "x".join(map(str, sizes))
    found = given_file("mine", f"net.onnx?shape.x={text}", Path())
    assert found.shapes["x"] == tuple(sizes)
    assert not sizes or shape_text(found.shapes["x"]) == text


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("my-net", "net.onnx", "'my-net' cannot be part of a cell id"),
        ("yolov5n", "net.onnx", "yolov5n is the name of a model that sdvbench knows"),
        ("mine", "?task=tensors", "names no file"),
        ("mine", "net.onnx?task=driving2", "task=driving2 is not known. Choose from detection"),
        ("mine", "net.onnx?task=detection&layout=ssd", "layout=ssd is not known"),
        ("mine", "net.onnx?layout=detr", "layout is of task=detection only"),
        ("mine", "net.onnx?size=3", "option 'size' is not known. Choose from task, layout"),
        ("mine", "net.onnx?task=tensors&task=tensors", "gives 'task' twice"),
        ("mine", "net.onnx?shape.x=3x-1", "shape.x=3x-1 is no shape"),
        ("mine", "net.onnx?shape.x=3x", "shape.x=3x is no shape"),
        ("mine", "net.onnx?shape.x=batches", "shape.x=batches is no shape"),
        ("mine", "net.onnx?shape.x=0x3", "shape.x=0x3 is no shape"),
        ("mine", "net.onnx?value.x=fast", "value.x=fast is no number, nor a range"),
        ("mine", "net.onnx?task", "bad query field"),
        ("mine", "~nobody-there/net.onnx", "Could not determine home directory"),
        ("mine", "net.onnx?names=names.txt", "names is of task=detection only"),
        ("mine", "net.onnx?value.x=nan", "value.x=nan is no number"),
        ("mine", "net.onnx?value.x=3..2", "value.x=3..2 is no number, nor a range"),
    ],
)
def test_what_is_wrong_is_told_with_the_option(name: str, text: str, told: str) -> None:
    with pytest.raises(OptionError) as error:
        given_file(name, text, Path())
    assert error.value.thing == f"--sdv-model {name}={text}"
    assert told in str(error.value)


@given(st.text(alphabet="xbatchheightwidth0123456789-", max_size=12))
def test_no_text_ends_in_another_error(text: str) -> None:
    try:
        found = given_file("mine", f"net.onnx?shape.x={text}", Path())
    except OptionError:
        return
    assert shape_text(found.shapes["x"]) == (text or "scalar")
