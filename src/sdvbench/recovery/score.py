"""A model in training, scored as an engine is."""

import numpy as np
import torch

from sdvbench.datasets.base import Dataset
from sdvbench.models.base import Trainable
from sdvbench.tasks.detection.evaluate import evaluate
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tensors import Array
from sdvbench.workflows.base import Engine, EngineSpec, Outputs


class Unfused(Engine):
    """The module as it is, BatchNorm, fake quantizers and all."""

    def __init__(self, model: Trainable, spec: EngineSpec) -> None:
        super().__init__(spec)
        self._model = model.eval()

    @torch.no_grad()
    def run(self, *inputs: Array) -> Outputs:
        batch = torch.from_numpy(np.ascontiguousarray(inputs[0])).to(self.spec.device)
        outputs: Outputs = self._model(batch).cpu().numpy()
        return outputs


def score(model: Trainable, data: Dataset, imgsz: int, device: str, batch: int = 8) -> Metrics:
    """``model``, on ``device`` and put into eval mode, on ``data``; see ``evaluate``."""
    spec = EngineSpec.for_images("fp32", imgsz, min(batch, len(data)), device)
    with Unfused(model, spec) as engine:
        return evaluate(engine, data, model.class_names)
