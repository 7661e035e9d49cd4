"""Networks in ONNX files: what they take and give, and which files are refused."""

import hashlib
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.onnx_file import load_onnx, read_onnx
from sdvbench.tensors import TensorSpec
from tests.network_files.onnx_models import OPSETS, linear, value


def test_inputs_and_outputs_are_those_of_the_graph(written) -> None:
    path = written(linear())
    found = read_onnx(path)
    assert found.inputs == (TensorSpec("x", ("batch", 4)),)
    assert found.outputs == (TensorSpec("y", ("batch", 2)),)
    assert (found.path, found.format) == (path, "onnx")
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_torch_exports_is_read(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.Flatten(2)).eval()
    sizes = torch.export.Dim.DYNAMIC
    program = torch.onnx.export(
        model,
        (torch.zeros(2, 3, 16, 24),),
        input_names=["images"],
        output_names=["cells"],
        dynamic_shapes=({0: sizes, 2: sizes, 3: sizes},),
        dynamo=True,
        verbose=False,
    )
    program.save(tmp_path / "net.onnx")
    found = read_onnx(tmp_path / "net.onnx")
    assert found.inputs == (TensorSpec("images", ("batch", 3, "height", "width")),)
    assert found.outputs == (TensorSpec("cells", ("batch", 4, "height*width")),)


def test_weights_that_are_listed_as_inputs_are_none(written) -> None:
    listed = [value("x", ["N", 4]), value("w", [4, 2])]
    assert len(read_onnx(written(linear(inputs=listed))).inputs) == 1


def test_contrib_operators_and_functions_of_standard_ones_are_fine(written) -> None:
    function = helper.make_function(
        "mine", "Twice", ["a"], ["b"], [_node("Add", "aa", "b")], OPSETS
    )
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["p"]),
        helper.make_node("Twice", ["p"], ["q"], domain="mine"),
        helper.make_node("Gelu", ["q"], ["y"], domain="com.microsoft"),
    ]
    domains = [*OPSETS, helper.make_opsetid("mine", 1), helper.make_opsetid("com.microsoft", 1)]
    model = linear(nodes, functions=[function], opset_imports=domains)
    assert len(read_onnx(written(model)).outputs) == 1


def _node(kind, inputs, output, **attributes):
    return helper.make_node(kind, list(inputs), [output], **attributes)


def _custom_in_a_branch() -> onnx.ModelProto:
    inner = helper.make_node("Evil", [], ["z"], "deep", domain="evil.ops")
    branch = helper.make_graph([inner], "branch", [], [value("z", [2])])
    condition = numpy_helper.from_array(np.array(True), "c")
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    domains = [*OPSETS, helper.make_opsetid("evil.ops", 1)]
    return linear([node], weights=[condition], opset_imports=domains)


def _custom_in_a_function() -> onnx.ModelProto:
    inner = helper.make_node("Evil", ["a"], ["b"], "deep", domain="evil.ops")
    domains = [*OPSETS, helper.make_opsetid("evil.ops", 1), helper.make_opsetid("mine", 1)]
    function = helper.make_function("mine", "F", ["a"], ["b"], [inner], domains)
    node = helper.make_node("F", ["x"], ["y"], domain="mine")
    return linear([node], functions=[function], opset_imports=domains)


@pytest.mark.parametrize("model", [_custom_in_a_branch(), _custom_in_a_function()])
def test_a_custom_operator_is_named(written, model) -> None:
    told = "node 'deep': needs the operator 'Evil' of the domain 'evil.ops'"
    with pytest.raises(NetworkFileError, match=told):
        read_onnx(written(model))


def test_compiled_code_in_a_contrib_operator_is_refused(written) -> None:
    node = helper.make_node("EPContext", ["x"], ["y"], domain="com.microsoft")
    domains = [*OPSETS, helper.make_opsetid("com.microsoft", 1)]
    with pytest.raises(NetworkFileError, match=r"EPContext.*code"):
        read_onnx(written(linear([node], opset_imports=domains)))


def _functions(calls) -> onnx.ModelProto:
    """One function for each of ``calls``, which names those that it calls."""
    domains = [*OPSETS, helper.make_opsetid("f", 1)]
    functions = []
    for name, called in calls.items():
        nodes = [helper.make_node(to, ["a"], [f"b{i}"], domain="f") for i, to in enumerate(called)]
        nodes.append(helper.make_node("Identity", ["a"], ["b"]))
        functions.append(helper.make_function("f", name, ["a"], ["b"], nodes, domains))
    node = helper.make_node(next(iter(calls)), ["x"], ["y"], domain="f")
    return linear([node], functions=functions, opset_imports=domains)


def test_functions_that_grow_or_call_themselves_are_refused(written) -> None:
    doubling = {f"f{i}": [f"f{i + 1}"] * 2 if i < 39 else [] for i in range(40)}
    with pytest.raises(NetworkFileError, match="nodes, more than"):
        read_onnx(written(_functions(doubling)))
    with pytest.raises(NetworkFileError, match="calls itself"):
        read_onnx(written(_functions({"f": ["g"], "g": ["f", "f"]})))


def _tensor(dims, kind=TensorProto.FLOAT, raw=b"\0" * 32, **fields) -> onnx.TensorProto:
    return TensorProto(name="w", dims=dims, data_type=kind, raw_data=raw, **fields)


def _nested(depth: int) -> onnx.ModelProto:
    graph = helper.make_graph([_node("Identity", "x", "z")], "g", [], [value("z", [2])])
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["z"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([node], "g", [], [value("z", [2])])
        graph.node[0].attribute.pop()  # one branch, or it would double
    return linear(list(graph.node), weights=[])


def _of(kind) -> onnx.ValueInfoProto:
    return helper.make_value_info("y", kind)


FLOATS = helper.make_tensor_type_proto(TensorProto.FLOAT, [2])
CYCLE = [_node("Add", "xb", "a"), _node("Relu", "a", "b"), _node("Relu", "b", "y")]
REFUSED = {
    "too few values": (linear(weights=[_tensor([4, 3])]), "'w': has 32 values"),
    "too many values": (linear(weights=[_tensor([4, 1])]), "'w': has 32 values"),
    "no values": (linear(weights=[_tensor([4, 2], raw=b"")]), "'w': has 0 values"),
    "few floats": (
        linear(weights=[TensorProto(name="w", dims=[4, 2], data_type=1, float_data=[1.0])]),
        "'w': has 1 values",
    ),
    "negative": (linear(weights=[_tensor([-4, -2])]), "axis of the size -4"),
    "overflow": (linear(weights=[_tensor([2**62, 2**62, 4])]), "'w': has 32 values"),
    "unknown type": (linear(weights=[_tensor([4, 2], 99)]), "type number 99"),
    "cycle": (linear(CYCLE), "no valid ONNX model"),
    "unsorted": (linear([_node("Relu", "a", "y"), _node("Relu", "x", "a")]), "no valid ONNX model"),
    "no such operator": (linear([_node("Bogus", "x", "y")]), "no valid ONNX model"),
    "deep": (_nested(30), "nested more than"),
    "no outputs": (linear(outputs=[]), "has no output"),
    "no inputs": (linear(inputs=[]), "has no input"),
    "two inputs of one name": (
        linear(inputs=[value("x", [1, 4])] * 2),
        "input 'x': is there twice",
    ),
    "two weights of one name": (linear(weights=[_tensor([4, 2])] * 2), "two weights"),
    "huge input": (linear(inputs=[value("x", [2**40, 4])]), "fit into no memory"),
    "negative input": (linear(inputs=[value("x", [-7, 4])]), "axis of the size -7"),
    "bfloat16": (linear(inputs=[value("x", [1, 4], TensorProto.BFLOAT16)]), "bfloat16"),
    "text": (linear(outputs=[value("y", [1], TensorProto.STRING)]), "type text; .* tensors"),
    "sequence": (linear(outputs=[_of(helper.make_sequence_type_proto(FLOATS))]), "type sequence"),
    "optional": (linear(outputs=[_of(helper.make_optional_type_proto(FLOATS))]), "type optional"),
    "map": (
        linear(outputs=[_of(helper.make_map_type_proto(TensorProto.INT64, FLOATS))]),
        "type map",
    ),
    "unknown rank": (linear(outputs=[value("y", None)]), "how many axes"),
    "unprintable": (linear(inputs=[value("x\n\x1b[2J", [1, 4])]), "cannot be printed"),
}


@pytest.mark.parametrize(("model", "told"), REFUSED.values(), ids=REFUSED)
def test_what_no_runtime_could_take_is_refused(written, model, told) -> None:
    with pytest.raises(NetworkFileError, match=told) as caught:
        read_onnx(written(model))
    assert "net.onnx" in caught.value.thing


def test_a_sparse_tensor_that_would_fill_memory_is_refused(written) -> None:
    values = TensorProto(name="w", dims=[1], data_type=1, raw_data=b"\0" * 4)
    indices = TensorProto(name="i", dims=[1], data_type=7, raw_data=b"\0" * 8)
    model = linear(weights=[])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2**33]))
    with pytest.raises(NetworkFileError, match="sparse tensor 'w': is too large"):
        read_onnx(written(model))


def _field(number: int, content: bytes) -> bytes:
    length = b"".join(
        bytes([len(content) >> shift & 127 | (128 if len(content) >> shift + 7 else 0)])
        for shift in range(0, max(len(content).bit_length(), 1), 7)
    )
    return bytes([number << 3 | 2]) + length + content


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\x80\x04}q\x00.", "is no ONNX file"),
        (b"<!DOCTYPE html><html></html>", "is no ONNX file"),
        (b"version https://git-lfs.github.com/spec/v1", "pointer of Git LFS"),
        (b"\x08\x09", "is no ONNX file"),
        (b"\x0b" * 99, "is no ONNX file"),
        (linear().SerializeToString().replace(b"linear", b"line\xff\xff"), "is not text"),
        (linear().SerializeToString().replace(b"\x01x", b"\x01\xff"), "is not text"),
        (linear().SerializeToString()[:-9], "was cut off"),
    ],
)
def test_files_that_are_no_onnx_are_refused(written, content, told) -> None:
    with pytest.raises(NetworkFileError, match=told):
        read_onnx(written(content))


def test_a_file_of_a_great_many_parts_is_refused(written, monkeypatch) -> None:
    monkeypatch.setattr("sdvbench.network_files.onnx_wire.MOST_PARTS", 1000)
    nodes = b"\x0a\x00" * 1001  # each of two bytes, and of 150 when it is parsed
    with pytest.raises(NetworkFileError, match="consists of more than"):
        read_onnx(written(_field(7, nodes)))


def test_numbers_that_would_grow_in_memory_are_refused(written, monkeypatch) -> None:
    monkeypatch.setattr("sdvbench.network_files.onnx_wire.MOST_PACKED_BYTES", 1000)
    weight = TensorProto(name="w", dims=[2000], data_type=7, int64_data=[0] * 2000)
    with pytest.raises(NetworkFileError, match="not stored as raw data"):
        read_onnx(written(linear(weights=[weight])))


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")  # opening it would wait for ever
    places = {
        "": "is a folder",
        "absent.onnx": "No such file",
        "a\0b": "cannot be read",
        "pipe.onnx": "ordinary",
    }
    for name, told in places.items():
        with pytest.raises(NetworkFileError, match=told):
            read_onnx(tmp_path / name)


def test_a_file_beyond_the_limit_of_protobuf_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "net.onnx").open("wb") as stream:
        stream.truncate(2**31)  # takes no space
    with pytest.raises(NetworkFileError, match=r"2 GiB.*smaller network"):
        read_onnx(tmp_path / "net.onnx")


def _beside(location="w.bin", **entries) -> onnx.ModelProto:
    """A model whose weight, of 32 bytes, lies in a file."""
    weight = TensorProto(name="w", dims=[4, 2], data_type=1, data_location=TensorProto.EXTERNAL)
    for key, text in {"location": location, **entries}.items():
        weight.external_data.add(key=key, value=text)
    return linear(weights=[weight])


def test_weights_in_another_file_count_in_the_digest(written, tmp_path: Path) -> None:
    path = written(_beside(offset="8", length="32"))
    digests = set()
    for byte in (b"\0", b"\1"):
        (tmp_path / "w.bin").write_bytes(byte * 40)
        digests.add(read_onnx(path).digest)
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (_beside("absent.bin"), "no file there"),
        (_beside(""), "no file there"),
        (_beside("w.bin\0"), "no file there"),
        (_beside("folder"), "no file there"),
        (_beside("circle"), "no file there"),
        (_beside("../outside.bin"), "outside"),
        (_beside("folder/../../outside.bin"), "outside"),
        (_beside("link.bin"), "outside"),
        (_beside("linked/outside.bin"), "outside"),
        (_beside("/etc/hostname"), "outside"),
        (_beside("*/_ORT_MEM_ADDR_/*", offset="4096", length="32"), "outside"),
        (_beside(offset="16"), "has 24 bytes in w.bin where its shape needs 32"),
        (_beside(offset="16", length="32"), "ends at byte 48"),
        (_beside(length="16"), "has 16 bytes"),
        (_beside(offset="99"), "ends at byte 99"),
        (_beside(offset="-8"), "no number of bytes"),
        (_beside(length="9" * 5000), "no number of bytes"),
        (_beside(length="٣"), "no number of bytes"),
    ],
)
def test_weights_elsewhere_are_refused(tmp_path: Path, model, told) -> None:
    folder = tmp_path / "net"
    (folder / "folder").mkdir(parents=True)
    (folder / "w.bin").write_bytes(bytes(40))
    (tmp_path / "outside.bin").write_bytes(bytes(32))
    (folder / "link.bin").symlink_to(tmp_path / "outside.bin")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(NetworkFileError, match=told):
        read_onnx(folder / "net.onnx")


VALID = linear().SerializeToString()
FLIPS = st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(1, 255)), max_size=3)


@given(flips=FLIPS, end=st.integers(0, len(VALID)))
@example(flips=[], end=len(VALID))
@settings(max_examples=300)
def test_damage_is_an_error_or_leaves_a_network(tmp_path_factory, flips, end) -> None:
    content = bytearray(VALID)
    for at, bits in flips:
        content[at] ^= bits
    path = tmp_path_factory.mktemp("damaged") / "net.onnx"
    path.write_bytes(content[:end])
    try:
        found = read_onnx(path)
    except NetworkFileError:
        return
    for spec in (*found.inputs, *found.outputs):
        np.dtype(spec.dtype)
        assert spec.name.isprintable()
        assert all(isinstance(size, str) or 0 <= size <= 2**31 for size in spec.shape)


def test_a_file_that_changed_after_it_was_read_is_not_loaded(written) -> None:
    path = written(linear())
    found, whole = read_onnx(path), path.read_bytes()
    assert load_onnx(found) == onnx.load(path)
    changed = onnx.load(path)
    changed.graph.initializer[0].raw_data = bytes(len(changed.graph.initializer[0].raw_data))
    for other in (changed.SerializeToString(), whole[: len(whole) // 2], b""):
        path.write_bytes(other)
        with pytest.raises(NetworkFileError, match=r"^\S+\.onnx: (has changed since|is )"):
            load_onnx(found)
