"""Torch-TensorRT's conversion on a machine without CUDA, in a process of its own.

``python -m tests.workflows.tensorrt.without_cuda MODEL-PRUNING-PRECISION ...`` converts each with
seeded weights, detectors at 64 x 64, and prints what NVIDIA's builder was given and how large its
plan is.

What Torch-TensorRT asks of CUDA while it converts is played: the properties of a GPU. Its C++
runtime, which would need CUDA's libraries, is hidden. TensorRT for RTX stands in for TensorRT; it
lacks one call, which is made of another here, and its plan is handed on unread, as no GPU is there.
"""

import json
import os
import sys
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

SIDE_PX = 64
RUNTIMES = ("libtorchtrt.so", "libtorchtrt_runtime.so")


class Unread:
    """A plan in the place of the engine that it would be."""

    def __init__(self, plan: bytes) -> None:
        self.plan = plan

    def serialize(self) -> bytes:
        return self.plan

    def serialize_with_config(self, config: Any) -> bytes:
        return self.plan

    def create_serialization_config(self) -> Any:
        return SimpleNamespace(set_flag=lambda flag: None, clear_flag=lambda flag: None)


def play_cuda() -> list[dict[str, Any]]:
    """Make torch_tensorrt importable; returns the list of what is built from now on."""
    gpu = SimpleNamespace(name="none", major=9, minor=0, total_memory=1 << 36)
    played: dict[str, Any] = {
        "get_device_properties": lambda device=None: gpu,
        "get_device_capability": lambda device=None: (9, 0),
        "get_device_name": lambda device=None: "none",
        "current_device": lambda: 0,
        "mem_get_info": lambda device=None: (1 << 36, 1 << 36),
    }
    for name, answer in played.items():
        setattr(torch.cuda, name, answer)
    torch._C._CudaDeviceProperties = SimpleNamespace  # named in annotations

    import tensorrt_rtx

    sys.modules["tensorrt"] = tensorrt_rtx
    # On tensors of the CPU it traces arithmetic in place of the operator that is converted.
    from modelopt.torch.quantization import tensor_quant
    from modelopt.torch.quantization.utils import is_torch_export_mode

    from sdvbench.workflows.tensorrt.building import layers

    arithmetic = tensor_quant._tensor_quant

    def quantize(inputs: Any, amax: Any, bits: int, unsigned: bool, narrow: bool) -> Any:
        if is_torch_export_mode():
            return torch.ops.tensorrt.quantize_op(inputs, amax, bits, 0, unsigned, narrow)
        return arithmetic(inputs, amax, bits, unsigned, narrow)

    tensor_quant._tensor_quant = quantize
    built: list[dict[str, Any]] = []

    def build(self: Any, network: Any, config: Any) -> Unread:
        ends = [
            *(network.get_input(i) for i in range(network.num_inputs)),
            *(network.get_output(i) for i in range(network.num_outputs)),
        ]
        shapes = [[end.dtype.name, *end.shape] for end in ends]
        built.append({"layers": layers(network), "inputs and outputs": shapes})
        return Unread(bytes(self.build_serialized_network(network, config)))

    tensorrt_rtx.Builder.build_engine_with_config = build
    real = os.path.isfile
    os.path.isfile = lambda path: not str(path).endswith(RUNTIMES) and real(path)
    try:
        import torch_tensorrt  # noqa: F401
    finally:
        os.path.isfile = real
    return built


def main(names: list[str]) -> None:
    built = play_cuda()

    from pathlib import Path

    from sdvbench.models import load_model
    from sdvbench.pruning import prune
    from sdvbench.store import Store
    from sdvbench.workflows.base import BuildRequest, Calibration, EngineSpec, Source
    from sdvbench.workflows.tensorrt.converting import convert

    for name in names:
        model_name, pruning, precision = name.split("-")
        model = prune(load_model(model_name), pruning, imgsz=SIDE_PX)
        spec = EngineSpec(precision, model.bound_inputs(SIDE_PX))
        images = np.random.default_rng(5).random((4, *spec.shape), np.float32)
        request = BuildRequest(
            Source("any", lambda model=model: model),  # type: ignore[misc]
            spec,
            Calibration("random", lambda images=images: [(one,) for one in images]),  # type: ignore[misc]
            Store(Path("unused")),
        )
        with TemporaryDirectory() as scratch:
            plan, facts = convert(request, Path(scratch) / "timings.bin")
        told = {"name": name, "bytes": len(plan), "networks": built, "facts": facts}
        print(json.dumps(told), flush=True)
        built.clear()


if __name__ == "__main__":
    main(sys.argv[1:])
