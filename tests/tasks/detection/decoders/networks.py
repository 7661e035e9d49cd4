"""Small seeded networks, of a few layers, whose outputs lie as YOLOv8's and RT-DETR's do."""

import numpy as np
import torch
from torch import Tensor, nn


def _body(channels: int, stride: int) -> nn.Module:
    """RGB -> ``channels`` of features, one for each ``stride`` pixels."""
    return nn.Sequential(
        nn.Conv2d(3, channels, stride, stride), nn.SiLU(), nn.Conv2d(channels, channels, 3, 1, 1)
    )


class Yolov8Like(nn.Module):
    """Each place of two grids tells distances to four edges, and class scores."""

    def __init__(self, classes: int, strides: tuple[int, ...] = (8, 16)) -> None:
        super().__init__()
        self.strides = strides
        self.bodies = nn.ModuleList(_body(8, stride) for stride in strides)
        self.heads = nn.ModuleList(nn.Conv2d(8, 4 + classes, 1) for _ in strides)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 4+C, N)."""
        parts = []
        for stride, body, head in zip(self.strides, self.bodies, self.heads, strict=True):
            raw = head(body(images))
            rows, columns = (torch.arange(side) + 0.5 for side in raw.shape[2:])
            places = torch.stack(torch.meshgrid(columns, rows, indexing="xy"))
            near, far = (nn.functional.softplus(raw[:, part]) for part in (slice(2), slice(2, 4)))
            boxes = torch.cat((places + (far - near) / 2, near + far), 1) * stride
            parts.append(torch.cat((boxes, raw[:, 4:].sigmoid()), 1).flatten(2))
        return torch.cat(parts, 2)


class DetrLike(nn.Module):
    """The places of best score become queries, of which each tells its logits and one box."""

    def __init__(self, classes: int, queries: int = 24, stride: int = 8) -> None:
        super().__init__()
        self.queries = queries
        self.body, self.attention = (
            _body(16, stride),
            nn.MultiheadAttention(16, 2, batch_first=True),
        )
        self.classes, self.boxes = nn.Linear(16, classes), nn.Linear(16, 4)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> logits (B, Q, C), boxes (B, Q, 4) in 0..1."""
        features = self.body(images).flatten(2).transpose(1, 2)
        best = self.classes(features).amax(2).topk(self.queries).indices[..., None]
        queries = features.gather(1, best.expand(-1, -1, features.shape[2]))
        seen, _ = self.attention(queries, features, features)
        return 3 * self.classes(queries + seen), self.boxes(queries + seen).sigmoid()


class TorchEngine:
    """Runs ``network`` as a workflow's engine would: an array, or a tuple of several."""

    def __init__(self, network: nn.Module, spec: object) -> None:
        self.network, self.spec = network.eval(), spec

    @torch.no_grad()
    def __call__(self, images: np.ndarray, /) -> np.ndarray | tuple[np.ndarray, ...]:
        outputs = self.network(torch.from_numpy(np.ascontiguousarray(images)))
        if isinstance(outputs, Tensor):
            return outputs.numpy()
        return tuple(output.numpy() for output in outputs)


def seeded(network: type[nn.Module], classes: int, spec: object) -> TorchEngine:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TorchEngine(network(classes), spec)
