"""Steps of training: everything that a later step depends on, and nothing else."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sdvbench.errors import OptionError, TrainingError
from sdvbench.models.base import Trainable
from sdvbench.pruning.kept import Kept
from sdvbench.pruning.silent import SilentChannels
from sdvbench.recovery.precision import autocast_dtype
from sdvbench.recovery.recipe import Recipe
from sdvbench.tasks.training import Lessons

LARGEST_GRADIENT = 10.0  # norm over all parameters
EMA_DECAY = 0.9999


class Training:
    """A model in training.

    model: trained in place, on ``device``; what comes out of it is ``averaged``, its weights'
        exponential moving average.
    after_step: called with the model once its weights have changed, the number of steps made, and
        that of all. kept: gives what must hold after each step, of the model as it is given.
    step: so many steps were made. labels: so many were in their batches. model_s: seconds in the
        model's own forward and backward passes, on a CPU; calls of a GPU return before it is done.
    """

    def __init__(
        self,
        model: Trainable,
        lessons: Lessons,
        recipe: Recipe,
        device: str = "cpu",
        after_step: Callable[[Trainable, int, int], None] = lambda model, step, steps: None,
        kept: Callable[[Trainable], Kept] = SilentChannels,
    ) -> None:
        self.recipe, self.lessons = recipe, lessons
        self.step, self.labels, self.model_s = 0, 0, 0.0
        self._device = torch.device(device)
        movable: Any = model  # the stubs do not know memory_format
        movable.to(self._device, memory_format=torch.channels_last)
        self._model = model.train().requires_grad_(True)
        if recipe.frozen >= len(model.layers()):
            problem = f"are all {len(model.layers())} layers of {model.name}"
            raise OptionError(f"frozen {recipe.frozen}", problem, "Leave some to be trained")
        for layer in model.layers()[: recipe.frozen]:  # their statistics stay as well
            layer.requires_grad_(False).eval()
        self._after_step = after_step
        self._keep, self._kept = kept, kept(model)
        # Both go over all tensors at once. One by one they took 12 ms of YOLOv5n's step of 310 ms
        # (16 images at 320 pixels, 2 cores), and so 6 ms.
        self._optimizer = torch.optim.AdamW(
            _groups(model, recipe), lr=recipe.learning_rate, fused=True
        )
        averaging = _averaging(recipe.ema_steps)
        self._ema = AveragedModel(model, multi_avg_fn=averaging, use_buffers=True)
        self._dtype = autocast_dtype(self._device, recipe.precision)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=self._dtype is torch.float16)

    @property
    def averaged(self) -> Trainable:
        """The model to keep, in eval mode; still changed by later steps."""
        module: Any = self._ema.module
        averaged: Trainable = module.eval()
        return averaged

    @property
    def epoch(self) -> int:
        return self.step // len(self.lessons)

    def advance(self) -> dict[str, float]:
        """One step; the terms of its loss by name.

        Raises TrainingError where the loss or its gradient is not finite; the average is as before.
        """
        batch = self.lessons.batch(self.step)
        images = batch.images.to(self._device, non_blocking=True).float() / 255
        labels = batch.labels.to(self._device)
        self.labels += len(labels)
        half = self._dtype or torch.bfloat16
        autocast = torch.autocast(self._device.type, half, self._dtype is not None)
        with autocast, self._model_time():
            outputs = self.lessons.outputs(self._model, images)
        terms = self.lessons.losses(self._model, outputs, images, labels)
        total = torch.stack(tuple(terms.values())).sum()
        if not torch.isfinite(total):
            told = ", ".join(f"{name} {float(value.detach()):.3g}" for name, value in terms.items())
            self._refuse(f"loss ({told})")
        self._descend(total)
        self.step += 1
        return {name: float(value.detach()) for name, value in terms.items()}

    def _descend(self, total: Tensor) -> None:
        factor = self.recipe.rate_at(self.step, len(self.lessons))
        for group in self._optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * factor
        with self._model_time():
            torch.autograd.backward(self._scaler.scale(total))
        self._scaler.unscale_(self._optimizer)
        parameters = [p for p in self._model.parameters() if p.grad is not None]
        norm = nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT)
        # A scaler skips such a step by itself, and lowers its scale.
        if not (self._scaler.is_enabled() or torch.isfinite(norm)):
            self._refuse("gradient")
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad()
        made, steps = self.step + 1, self.recipe.epochs * len(self.lessons)
        self._kept.after_step(self._model, made, steps)
        self._after_step(self._model, made, steps)
        self._ema.update_parameters(self._model)
        if made % len(self.lessons) == 0:  # nobody sees the average before
            self._kept.in_average(self._ema.module)

    def state(self) -> dict[str, Any]:
        """Tensors and plain values from which ``restore`` goes on to the same weights."""
        return {
            "step": self.step,
            "model": self._model.state_dict(),
            "averaged": self._ema.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.step = state["step"]
        self._model.load_state_dict(state["model"])
        self._ema.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        self._kept = self._keep(self._model)  # of these weights: it may have grown

    @contextmanager
    def _model_time(self) -> Iterator[None]:
        start = perf_counter()
        yield
        self.model_s += perf_counter() - start

    def _refuse(self, what: str) -> None:
        rate = self.recipe.learning_rate
        raise TrainingError(
            f"step {self.step % len(self.lessons) + 1} of epoch {self.epoch + 1}",
            f"has a {what} that is not finite",
            f"Remove the run's .training file and start again with a lower rate than {rate:g}",
        )


def _groups(model: Trainable, recipe: Recipe) -> list[dict[str, Any]]:
    """Weights of convolutions decay; biases and BatchNorm's scales do not."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]


def _averaging(steps: int) -> Any:
    """Early on the average follows closely: what it began with is soon forgotten."""

    def average(averaged: list[Tensor], current: list[Tensor], count: Tensor | int) -> None:
        if averaged[0].is_floating_point():
            decay = EMA_DECAY * (1 - math.exp(-float(count) / steps))
            update: Any = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
            update(averaged, current, count)
        else:  # counts of batches
            for mine, new in zip(averaged, current, strict=True):
                mine.copy_(new)

    return average
