"""Training with int8's rounding in the loop, by nvidia-modelopt's fake quantizers.

Inputs of convolutions, dense layers and pooling, and weights, are rounded as TensorRT's recipe
rounds them: symmetric, a scale a channel for weights, the convolutions whose outputs are decoded in
float. Gradients pass as if nothing were rounded, but for what is beyond an input's range. BatchNorm
stays: it is folded in later, and a scale a channel is the same grid before and after. What comes
out is plain weights, and a note that they are such; an engine's build measures the ranges of
activations anew, by the method of training in TensorRT's recipe and by the runtime's own in
TorchScript, Inductor and LiteRT. So they are measured anew in training, too: with those of a
network that was only just pruned, it would learn to rely on their clipping, which nothing that is
built from its weights has.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, cast

import torch
from torch import Tensor, nn

from sdvbench.errors import OptionError
from sdvbench.models.base import Trainable
from sdvbench.quantization.post_training import narrow_ranges, with_quantizers
from sdvbench.quantization.ranges import AWARE

MEASURED = 10  # times in a training, since it takes longer than a step


def quantization_aware(model: Trainable, images: Sequence[Tensor]) -> Trainable:
    """A copy of ``model`` with fake quantizers, to be trained; see ``follow_weights``.

    images: float32 (B, 3, H, W), RGB 0..1, on the model's device; what they cause is within the
    ranges of inputs, but for one value in ten thousand.
    Raises OptionError where nvidia-modelopt is not installed.
    """
    if find_spec("modelopt") is None:
        remedy = "pip install 'sdvbench[quantization]'"
        raise OptionError("quantization-aware training", "needs nvidia-modelopt", remedy)
    return cast(
        Trainable,
        with_quantizers(copy.deepcopy(model).eval(), [(batch,) for batch in images], AWARE),
    )


@dataclass(frozen=True, eq=False)
class Following:
    """Called after each step: scales of weights follow the weights, and ``MEASURED`` times in a
    training the ranges of inputs follow what ``images`` cause.
    """

    images: Sequence[Tensor]

    def __call__(self, trained: nn.Module, step: int, steps: int) -> None:
        follow_weights(trained)
        if step % max(steps // MEASURED, 1) == 0:  # by its number, so that a resumed run does too
            modes = [(module, module.training) for module in trained.modules()]
            trained.eval()  # BatchNorm's statistics are those of training
            narrow_ranges(trained, [(batch,) for batch in self.images], AWARE)
            for module, training in modes:  # frozen layers stay in eval mode
                module.training = training


@torch.no_grad()
def follow_weights(trained: nn.Module) -> None:
    """Weights' scales are those of the weights as they are now, as a build will have them."""
    for module in trained.modules():
        quantizer: Any = getattr(module, "weight_quantizer", None)
        if quantizer is None or not quantizer.is_enabled:
            continue
        if isinstance(module, nn.Conv2d | nn.Linear):
            channels = module.weight.flatten(1).abs().amax(1)
            quantizer.amax = channels.view_as(quantizer.amax)


def plain(trained: Trainable, like: Trainable) -> Trainable:
    """The weights of ``trained`` without quantizers: a copy of ``like``, which it was made of."""
    result = copy.deepcopy(like)
    wanted = result.state_dict().keys()
    result.load_state_dict({n: t for n, t in trained.state_dict().items() if n in wanted})
    return result.eval()
