"""From an ONNX file to a TensorRT plan, in the steps that the paper names."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench.errors import BuildError
from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.tensorrt.library import MESSAGES, NAME, WORKSPACE_MB, trt


@dataclass(frozen=True)
class Plan:
    """data: the serialized engine. timings: of kernels, for later builds; empty if it keeps none.
    layers: how many of each kind compute in each type, for example {"CONVOLUTION HALF": 60}.
    """

    data: bytes
    timings: bytes
    layers: dict[str, int]


def build_plan(file: Path, spec: EngineSpec, timings: bytes = b"") -> Plan:
    """Let TensorRT parse ``file`` and build an engine for ``spec``; takes seconds to minutes.

    timings: those of an earlier build by the same TensorRT for the same GPU.
    Raises BuildError with the node and the reason where the parser or the builder refuses.
    """
    MESSAGES.forget()
    builder = trt.Builder(MESSAGES)
    network = parse(builder, file)
    check_outputs(network, file)
    found = layers(network)
    check_precision(found, spec.precision, file)
    config = configure(builder, network, spec)
    cache = timing_cache(config, timings)
    data: Any = builder.build_serialized_network(network, config)
    if data is None:
        raise BuildError(
            file,
            f"{NAME} builds no engine of it ({MESSAGES.reason})",
            "Free GPU memory, raise W2.workspace_mb, or use another precision",
        )
    kept: Any = cache.serialize() if cache else b""
    return Plan(bytes(data), bytes(kept), found)


def parse(builder: trt.Builder, file: Path) -> trt.INetworkDefinition:
    """The network in ``file``: explicit batch and strong types, which are all that TensorRT 11 has.

    Precisions are those of the file: half tensors for fp16, Q/DQ pairs for int8.
    """
    network = builder.create_network(0)
    parser = trt.OnnxParser(network, MESSAGES)
    if not parser.parse(file.read_bytes()):
        first = parser.get_error(0) if parser.num_errors else None
        told = _told(first) if first else MESSAGES.reason
        more = f"; and {parser.num_errors - 1} more" if parser.num_errors > 1 else ""
        raise BuildError(
            file,
            f"{NAME}'s parser refuses {told}{more}",
            "Change the model so that it exports without this node, or use another workflow",
        )
    return network


def check_outputs(network: trt.INetworkDefinition, file: Path) -> None:
    """Check that no output has a lower precision: engines return what the network declares."""
    found = [network.get_output(i) for i in range(network.num_outputs)]
    half = (trt.DataType.HALF, trt.DataType.BF16)
    if not found or any(output.dtype in half for output in found):
        told = ", ".join(f"{o.name} {o.dtype.name}" for o in found) or "none"
        raise BuildError(file, f"its outputs are {told}, not FLOAT", "Export it anew")


def configure(
    builder: trt.Builder, network: trt.INetworkDefinition, spec: EngineSpec
) -> trt.IBuilderConfig:
    """Workspace limit, an optimization profile of the spec's shapes, and fp32 that is fp32."""
    config = builder.create_builder_config()
    workspace_mb: int = spec.options.get("workspace_mb", WORKSPACE_MB)
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace_mb << 20)
    config.clear_flag(trt.BuilderFlag.TF32)  # its products have 10 bits of mantissa, not 23
    profile = builder.create_optimization_profile()
    for one in spec.inputs:
        shape = trt.Dims(one.sizes)
        profile.set_shape(one.name, shape, shape, shape)
    config.add_optimization_profile(profile)
    return config


def timing_cache(config: trt.IBuilderConfig, timings: bytes) -> trt.ITimingCache | None:
    """The cache in use by ``config``, begun with ``timings`` where they fit."""
    cache = config.create_timing_cache(timings) or config.create_timing_cache(b"")
    if cache:
        config.set_timing_cache(cache, ignore_mismatch=False)
    return cache


def layers(network: trt.INetworkDefinition) -> dict[str, int]:
    """As in ``Plan``: strong types make it certain before anything is built.

    A layer with weights computes in INT8 where its input and its weights come from dequantizing.
    """
    found: Counter[str] = Counter()
    dequantized = set()
    for layer in map(network.get_layer, range(network.num_layers)):
        inputs = {layer.get_input(i).name for i in range(layer.num_inputs)}
        if layer.type == trt.LayerType.DEQUANTIZE:
            dequantized.add(layer.get_output(0).name)
        integer = layer.type.name in WEIGHTED and len(inputs & dequantized) == 2
        found[f"{layer.type.name} {'INT8' if integer else layer.get_output(0).dtype.name}"] += 1
    return dict(sorted(found.items()))


def check_precision(found: dict[str, int], precision: str, file: Path) -> None:
    """Raises BuildError where no layer with weights computes in ``precision``: its figures would
    lie. ``quantization.layers`` has checked each of them, as far as ONNX tells.
    """
    counts = {name: count for name, count in found.items() if name.split()[0] in WEIGHTED}
    if not any(name.endswith(f" {TYPES[precision]}") for name in counts):
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise BuildError(file, f"is no {precision} network: it has {told or 'no such layers'}")


WEIGHTED = ("CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY")
TYPES = {"fp32": "FLOAT", "fp16": "HALF", "int8": "INT8"}
NOISE = ("Invalid Node", "[checkMacros")  # the node's name once more; CUDA, asked without a GPU


def _told(error: trt.ParserError) -> str:
    """Node and reason in one line."""
    lines = [line.strip() for line in error.desc().splitlines()]
    reason = "; ".join(line for line in lines if line and not line.startswith(NOISE))
    node = f"node {error.node_name()!r} ({error.node_operator()})" if error.node_name() else "it"
    return f"{node}: {reason or error.desc()}"
