"""What networks that drive have in common, and the layers of PilotNet."""

from collections.abc import Mapping

from torch import Tensor, nn

from sdvbench.models.base import Trainable
from sdvbench.tensors import BATCH, TensorSpec
from sdvbench.vehicle_command import CommandRange

HEIGHT_PX, WIDTH_PX = 66, 200  # of the images that NVIDIA's PilotNet takes
RANGE = "command_range"  # a key of the metadata
CONVOLUTIONS = (
    (24, 5, 2),
    (36, 5, 2),
    (48, 5, 2),
    (64, 3, 1),
    (64, 3, 1),
)  # channels, side, stride
DENSE = (1164, 100, 50, 10)


class Driver(Trainable):
    """(B, 3, 66, 200) RGB 0..1 -> (B, 2) float32: speed v and yaw rate or steering w.

    command_range: what v and w are at outputs of 0 and of 1, as it was trained; None where its
        weights do not say: then it is that of the data or simulator.
    """

    task = "driving"
    inputs = (TensorSpec("image", (BATCH, 3, HEIGHT_PX, WIDTH_PX)),)
    outputs = ("command",)
    command_range: CommandRange | None = None

    def metadata(self) -> dict[str, str]:
        return {RANGE: self.command_range.written} if self.command_range else {}

    def read_metadata(self, metadata: Mapping[str, str]) -> None:
        if RANGE in metadata:
            self.command_range = CommandRange.read(metadata[RANGE])


class PilotNet(Driver):
    """Five convolutions and five dense layers with ReLU between them. ``normalize``, with a
    BatchNorm of the three colours, stands before them.

    The dense layers take (channel, row, column) in this order. Keras has (row, column, channel), so
    that the rows of its first dense kernel stand in another order.
    Source: Bojarski et al., "End to end learning for self-driving cars", 2016; JdeRobot's
    DeepLearningStudio has the two versions that ``pilotnet`` and ``pilotnet_tf`` are.
    """

    def __init__(self, name: str, normalize: nn.Module, *, same: bool) -> None:
        """same: pad the convolutions' inputs as TensorFlow's "same" does; else not at all."""
        super().__init__(name)
        layers: list[nn.Module] = []
        channels, height, width = 3, HEIGHT_PX, WIDTH_PX
        for filters, kernel, stride in CONVOLUTIONS:
            if same:
                sides = (
                    *same_padding(width, kernel, stride),
                    *same_padding(height, kernel, stride),
                )
                layers.append(nn.ZeroPad2d(sides))
                height, width = height + sum(sides[2:]), width + sum(sides[:2])
            layers += [nn.Conv2d(channels, filters, kernel, stride), nn.ReLU()]
            height, width = ((side - kernel) // stride + 1 for side in (height, width))
            channels = filters
        self.normalize = normalize
        self.seen = nn.Sequential(*layers)
        numbers = (channels * height * width, *DENSE)
        dense: list[nn.Module] = []
        for taken, given in zip(numbers, DENSE, strict=False):
            dense += [nn.Linear(taken, given), nn.ReLU()]
        self.known = nn.Sequential(*dense)
        self.command = nn.Linear(DENSE[-1], 2)

    def forward(self, image: Tensor) -> Tensor:
        command: Tensor = self.command(self.known(self.seen(self.normalize(image)).flatten(1)))
        return command

    def unprunable(self) -> list[nn.Module]:
        return [self.command]

    def layers(self) -> list[nn.Module]:
        return [self.normalize, *self.seen, *self.known, self.command]

    def decoded_layers(self) -> list[nn.Module]:
        """Of what the last layer puts out, 8 bits would be the command's; and Inductor computes a
        layer of 10 inputs in float whatever its settings say.
        """
        return [self.command]


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after ``size`` pixels in TensorFlow's padding "same": as few as make the
    output ceil(size / stride) long, the odd one after.

    >>> same_padding(66, 5, 2)
    (1, 2)
    """
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
