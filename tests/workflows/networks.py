"""Networks that are no detectors: of one dense layer, of two inputs, of whole numbers."""

import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.models.seeded import seed_weights
from sdvbench.tensors import TensorSpec


class Dense(Network):
    """One dense layer, which ends the network."""

    inputs = (TensorSpec("features", ("batch", 16)),)

    def __init__(self) -> None:
        super().__init__("dense")
        self.layer = nn.Linear(16, 4)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features)


class TwoInputs(Network):
    """An image and a speed into two outputs, as a driving network has them."""

    inputs = (
        TensorSpec("image", ("batch", 3, 24, 40)),
        TensorSpec("speed", ("batch", 1)),
    )
    outputs = ("steering", "features")

    def __init__(self) -> None:
        super().__init__("two_inputs")
        self.body = nn.Sequential(nn.Conv2d(3, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 8, 3, 2))
        self.fuse = nn.Linear(8 + 1, 8)
        self.steering = nn.Linear(8, 2)

    def forward(self, image: Tensor, speed: Tensor) -> tuple[Tensor, Tensor]:
        seen = torch.relu(self.body(image)).mean((2, 3))
        features = torch.relu(self.fuse(torch.cat((seen, speed), 1)))
        return self.steering(features), features


class Words(Network):
    """An int64 input that is looked up before a dense layer."""

    inputs = (TensorSpec("words", ("batch", 6), "int64"),)

    def __init__(self) -> None:
        super().__init__("words")
        self.table = nn.Embedding(10, 8)
        self.layer = nn.Linear(8, 3)

    def forward(self, words: Tensor) -> Tensor:
        return torch.tanh(self.layer(self.table(words).mean(1)))

    def example(self, inputs: tuple[TensorSpec, ...], seed: int = 0) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(seed)
        return (torch.randint(0, 10, inputs[0].sizes, generator=generator),)


class FloatEnd(TwoInputs):
    """``TwoInputs``, whose last layer stays float32 by its own word."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "float_end"

    def float_layers(self) -> list[nn.Module]:
        return [self.steering]


NETWORKS = {"dense": Dense, "two_inputs": TwoInputs, "words": Words, "float_end": FloatEnd}


def network(name: str) -> Network:
    """Seeded, in eval mode."""
    model: Network = NETWORKS[name]()
    seed_weights(model, seed=0)
    return model.eval()
