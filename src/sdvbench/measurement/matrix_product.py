"""Matrix products as the libraries under the engines compute them, to find the peak by."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from sdvbench.measurement.hardware import available_cores

# Those that fit a core's caches, and those that are large enough for many cores. A call should
# not take longer than about 10 ms, so that some fall between what neighbours do.
CPU_SIZES = (384, 512, 1024, 2048, 4096)
CPU_MACS = 2**29  # a thread, at the most
CUDA_SIZES = (2048, 4096, 8192)

CPU_PRECISIONS = ("fp32", "int8")
CUDA_PRECISIONS = ("fp32", "fp16", "int8")


@dataclass(frozen=True)
class MatrixProduct:
    """macs: multiply-accumulates of a call. run: one call, which has ended when it returns."""

    macs: int
    run: Callable[[], object]


def on_cpu(precision: str, threads: int) -> Iterator[MatrixProduct]:
    """Square products of ``precision``, by each library that is here; one at a time, since threads
    of the last may still be awake.

    threads: 0 for as many as the libraries take by themselves.
    """
    most = CPU_MACS * (threads or available_cores())
    sizes = [size for size in CPU_SIZES if size**3 <= most]
    if find_spec("onnxruntime"):
        for size in sizes:
            yield MatrixProduct(size**3, _by_onnx_runtime(precision, size, threads))
    import torch

    if threads:
        torch.set_num_threads(threads)
    for size in sizes:
        yield MatrixProduct(size**3, _by_torch(precision, size, "cpu"))


def on_cuda(precision: str, device: str) -> Iterator[MatrixProduct]:
    """Square products of ``precision`` by cuBLAS; fp32 is IEEE's, not TF32."""
    import torch

    from sdvbench.workflows.nvidia import no_tf32

    no_tf32()
    for size in CUDA_SIZES:
        run = _by_torch(precision, size, device)

        def call(run: Callable[[], object] = run) -> None:
            run()
            torch.cuda.synchronize(device)

        yield MatrixProduct(size**3, call)


def _by_onnx_runtime(precision: str, size: int, threads: int) -> Callable[[], object]:
    """fp32 and, of unsigned by signed bytes as x86's VNNI takes them, int8."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    operator, left, right, left_type, product_type = {
        "fp32": ("MatMul", np.float32, np.float32, TensorProto.FLOAT, TensorProto.FLOAT),
        "int8": ("MatMulInteger", np.uint8, np.int8, TensorProto.UINT8, TensorProto.INT32),
    }[precision]
    shape = [size, size]
    graph = helper.make_graph(
        [helper.make_node(operator, ["left", "right"], ["product"])],
        "matrix product",
        [helper.make_tensor_value_info("left", left_type, shape)],
        [helper.make_tensor_value_info("product", product_type, shape)],
        [numpy_helper.from_array(np.ones(shape, right), "right")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    factor = {"left": np.ones(shape, left)}
    return lambda: session.run(None, factor)


def _by_torch(precision: str, size: int, device: str) -> Callable[[], object]:
    import torch

    types = {"fp32": torch.float32, "fp16": torch.float16, "int8": torch.int8}
    left = torch.ones(size, size, dtype=types[precision], device=device)
    right = torch.ones(size, size, dtype=types[precision], device=device).t()  # as int8 wants it
    multiply: Any = torch._int_mm if precision == "int8" else torch.mm
    product = multiply(left, right)
    return lambda: multiply(left, right, out=product)
