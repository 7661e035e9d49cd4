"""Networks in ONNX files, read without running, or loading, what they hold."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import NetworkFile, damaged, in_a_line, network_file, opened
from sdvbench.network_files.onnx_operators import check_operators
from sdvbench.network_files.onnx_tensors import check_tensors
from sdvbench.network_files.onnx_wire import WireError, check_wire
from sdvbench.network_files.sizes import Found

AGAIN = "Pass a network that was exported to ONNX, complete and unchanged"
NAMES = "names"  # of classes, in the metadata that Ultralytics's exporter writes
LARGEST = 2**31 - 1  # bytes that protobuf can parse


def read_onnx(path: str | Path) -> NetworkFile:
    """The network in the ONNX file at ``path``, with weights in it or in files beside it.

    Nothing is run, and no shapes are inferred. Raises NetworkFileError for whatever is no complete
    network of standard operators (those of ONNX and ONNX Runtime) on tensors.
    """
    path = Path(path)
    with opened(path, AGAIN) as stream:
        if path.stat().st_size > LARGEST:
            remedy = "Use a smaller network: engines are built from one file with all weights in it"
            raise NetworkFileError(path, "is larger than 2 GiB, which ONNX does not allow", remedy)
        content = stream.read(LARGEST)
    model = _parsed(path, content)
    inputs, outputs = _tensors(path, model)
    check_operators(path, model)
    files = check_tensors(path, model)
    digest = hashlib.sha256(content)
    for location, held in sorted(files.items()):
        digest.update(f"\n{location}\n{held}".encode())
    found = network_file(path, "onnx", digest.hexdigest(), inputs, outputs)
    _check_by_reference(path, content, beside=bool(files))
    names = (entry.value for entry in model.metadata_props if entry.key == NAMES)
    return replace(found, class_names=next(names, ""))


def load_onnx(file: NetworkFile) -> Any:
    """The ModelProto, with its weights, of a file that ``read_onnx`` has read. Raises
    NetworkFileError where the file has changed since.
    """
    import onnx

    try:
        return onnx.load(file.path)
    finally:  # a file that is half written may not load at all, which is then why
        if read_onnx(file.path).digest != file.digest:
            raise NetworkFileError(file.path, "has changed since it was read", "Start again")


def _parsed(path: Path, content: bytes) -> Any:
    import onnx

    try:
        check_wire(content, onnx.ModelProto.DESCRIPTOR)
        model = onnx.ModelProto.FromString(content)
    except WireError as problem:
        raise NetworkFileError(path, str(problem), AGAIN) from None
    except Exception as problem:  # protobuf's own kind, or text that is none
        damaged(path, problem, AGAIN)
    if not model.HasField("graph"):
        raise NetworkFileError(path, "is no ONNX file, or holds no network", AGAIN)
    return model


def _check_by_reference(path: Path, content: bytes, *, beside: bool) -> None:
    """ONNX's own checker: order of the nodes, attributes, versions. It does not run anything.

    beside: whether there are files of weights, which it looks for beside ``path`` only.
    """
    import onnx

    try:
        onnx.checker.check_model(str(path) if beside else content)
    except Exception as problem:  # its C++ raises whatever fits
        problem_text = f"is no valid ONNX model ({in_a_line(problem)})"
        remedy = "Export it again, or update the package onnx if the file is newer than that"
        raise NetworkFileError(path, problem_text, remedy) from problem


def _tensors(path: Path, model: Any) -> tuple[list[Found], list[Found]]:
    """Inputs and outputs; what is listed among the inputs and has a value there is a weight."""
    graph = model.graph
    names = [tensor.name for tensor in graph.initializer]
    names += [sparse.values.name for sparse in graph.sparse_initializer]
    weights = set(names)
    if len(weights) < len(names):
        raise NetworkFileError(path, "has two weights of one name", AGAIN)
    inputs = [_found(path, value) for value in graph.input if value.name not in weights]
    return inputs, [_found(path, value) for value in graph.output]


def _found(path: Path, value: Any) -> Found:
    from onnx import TensorProto, helper

    thing = f"{path}: {value.name[:100]!r}"
    kind = value.type.WhichOneof("value")
    element = value.type.tensor_type.elem_type
    if kind != "tensor_type" or element == TensorProto.STRING:
        told = "text" if kind == "tensor_type" else str(kind).removesuffix("_type")
        problem = f"has the type {told}; sdvbench passes tensors of numbers only"
        raise NetworkFileError(thing, problem, "Export the network with tensors in its place")
    if element not in TensorProto.DataType.values() or element == TensorProto.UNDEFINED:
        raise NetworkFileError(thing, f"has the unknown type number {element}", AGAIN)
    if not value.type.tensor_type.HasField("shape"):
        problem = "does not say how many axes it has"
        raise NetworkFileError(thing, problem, "Write shapes into it: onnx.shape_inference")
    sizes = tuple(_size(size) for size in value.type.tensor_type.shape.dim)
    return Found(value.name, sizes, helper.tensor_dtype_to_np_dtype(element).name)


def _size(size: Any) -> int | str | None:
    """None also for the "?" and -1 that exporters write in place of nothing."""
    if size.WhichOneof("value") == "dim_value":
        return None if size.dim_value == -1 else int(size.dim_value)
    text = str(size.dim_param)
    return text if text.isprintable() and any(map(str.isalpha, text)) else None
