"""int8 for Torch-TensorRT: a PyTorch module with fake quantizers, by nvidia-modelopt."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.quiet import quiet
from sdvbench.tensors import Inputs

# How ranges of inputs are taken from what images cause, and what nvidia-modelopt is asked with: the
# largest magnitude; what keeps most of the distribution's information; all but the rarest.
METHODS: dict[str, dict[str, Any]] = {
    "minmax": {},
    "entropy": {"method": "entropy", "stride": 16},  # every so many of 2048 bins is tried
    "percentile": {"method": "percentile", "percentile": 99.99},
}


def quantized(model: Network, calls: Iterable[Inputs], method: str = "minmax") -> nn.Module:
    """The fused ``model``, changed in place: its layers see int8 inputs and weights.

    Ranges of inputs come from ``calls``, the inputs of one call each, by ``method``, one of
    METHODS; weights have one a channel. The model's ``float_layers`` and ``decoded_layers`` stay
    float, as in TensorRT's ONNX recipe. To be exported it must be on a GPU: of tensors on a CPU,
    nvidia-modelopt traces the arithmetic that its operator stands for.
    """
    device = next(model.parameters()).device
    batches = [
        tuple(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in inputs)
        for inputs in calls
    ]
    return with_quantizers(model, batches, method)


def with_quantizers(
    model: Network, batches: Sequence[tuple[Tensor, ...]], method: str
) -> nn.Module:
    """``model``, changed in place: fake quantizers before its layers, their ranges taken from what
    ``batches``, inputs on the model's device, cause by ``method``.
    """
    import modelopt.torch.quantization as mtq

    def calibrate(module: nn.Module) -> None:
        with torch.no_grad():  # ranges made in inference mode could not be trained with
            for batch in batches:
                module(*batch)

    names = tuple(f"{name}." for name in model.kept_names(decoded=True))
    with quiet():  # it prints how many quantizers it has put in
        changed: nn.Module = mtq.quantize(model, mtq.INT8_DEFAULT_CFG, calibrate)
    mtq.disable_quantizer(changed, lambda name: name.startswith(names))
    if method != "minmax":
        narrow_ranges(changed, batches, method)
    return changed


@torch.no_grad()
def narrow_ranges(model: nn.Module, batches: Sequence[tuple[Tensor, ...]], method: str) -> None:
    """Measure the ranges of inputs again, from histograms of what the float model computes.

    method: "entropy" or "percentile".
    """
    parts: list[Any] = [part for name, part in model.named_modules() if name.endswith("_quantizer")]
    enabled = [part for part in parts if part.is_enabled]
    inputs = [part for part in enabled if part.axis is None]  # weights have one a channel
    for part in enabled:
        part.disable_quant()
    for part in inputs:
        part.set_from_attribute_config({"calibrator": "histogram"})
        part.enable_calib()
    for batch in batches:
        model(*batch)
    for part in inputs:
        part.load_calib_amax(**METHODS[method])
        part.disable_calib()
    for part in enabled:
        part.enable_quant()


@contextmanager
def exportable() -> Iterator[None]:
    """The block in which quantizers are traced as operators that Torch-TensorRT converts.

    Converting computes some of them, to fold constants, and drops the result. nvidia-modelopt would
    compile CUDA sources for that, with a compiler that a machine may lack; here it is arithmetic.
    """
    from modelopt.torch.quantization import tensor_quant
    from modelopt.torch.quantization.utils import export_torch_mode

    compiled = tensor_quant.fake_quant_impl
    tensor_quant.fake_quant_impl = _fake_quantized
    try:
        with export_torch_mode():
            yield
    finally:
        tensor_quant.fake_quant_impl = compiled


def _fake_quantized(
    inputs: Tensor, amax: Tensor, num_bits: int, unsigned: bool, narrow_range: bool
) -> Tensor:
    """``inputs`` as they come back from integers of ``num_bits``, symmetric around 0.

    amax: the largest magnitudes. The names are those that nvidia-modelopt passes.
    """
    bound = 2 ** (num_bits - 1) - 1
    scale = bound / amax.clamp(min=bound * torch.finfo(torch.float32).tiny)  # finite for zeros
    back: Tensor = (inputs * scale).round().clamp(-bound, bound) / scale
    return back
