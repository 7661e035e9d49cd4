"""Plain sequences of layers, small enough to be converted in no time, with weights of some size."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.tensors import TensorSpec


class Driver(Network):
    """As a driving network: scaling, BatchNorm, TensorFlow's `same`, two dense layers."""

    inputs = (TensorSpec("image", ("batch", 3, 31, 40)),)

    def __init__(self, activation: Callable[[], nn.Module] = nn.ReLU) -> None:
        super().__init__("driver")
        self.register_buffer("means", torch.tensor((0.4, 0.5, 0.3)).view(3, 1, 1))
        self.colours = nn.BatchNorm2d(3)
        self.seen = nn.Sequential(
            nn.ZeroPad2d((1, 2, 2, 2)),  # `same` of 5 x 5 with stride 2
            nn.Conv2d(3, 12, 5, 2, bias=False),
            nn.BatchNorm2d(12),
            activation(),
            nn.Conv2d(12, 20, 3, padding=1),
            activation(),
            nn.Conv2d(20, 10, 3, 2, padding=(0, 1)),  # no `same`
            nn.BatchNorm2d(10, affine=False),
            nn.LeakyReLU(0.1),
        )
        self.known = nn.Sequential(nn.BatchNorm1d(700), nn.Dropout(), nn.Linear(700, 16), nn.ReLU())
        self.command = nn.Linear(16, 2)

    def forward(self, image: Tensor) -> Tensor:
        seen = self.seen(self.colours((image - self.means) / 0.25))
        command: Tensor = self.command(self.known(seen.flatten(1)))
        return command

    def unprunable(self) -> list[nn.Module]:
        return [self.command]


class EluDriver(Driver):
    """TensorFlow Lite has no integer form of ELU."""

    def __init__(self) -> None:
        super().__init__(nn.ELU)


class FloatEnd(Driver):
    """Its last layer stays float32 by its own word."""

    def float_layers(self) -> list[nn.Module]:
        return [self.command]


class Features(Network):
    """No image: 64 features a sample."""

    inputs = (TensorSpec("features", ("batch", 64)),)

    def __init__(self) -> None:
        super().__init__("features")
        self.body = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 3))

    def forward(self, features: Tensor) -> Tensor:
        known: Tensor = self.body(2 * features - 1)
        return known


def drawn(model: Network, seed: int = 0) -> Network:
    """In eval mode; weights and BatchNorm's statistics such that a mistake in any of them shows."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.normal_(module.bias, generator=generator)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.uniform_(-0.5, 0.5, generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
            for values in module.parameters():
                values.data.uniform_(0.5, 1.5, generator=generator)
    return model.eval()
