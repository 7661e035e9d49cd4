"""A model in training, scored as an engine is."""

import numpy as np
import torch

from sdvbench.datasets.base import Dataset
from sdvbench.models.base import Trainable
from sdvbench.tasks import TASKS
from sdvbench.tasks.base import Scored, Task
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


def score(model: Trainable, data: Dataset, imgsz: int, device: str, batch: int = 8) -> Scored:
    """``model``, on ``device`` and put into eval mode, on ``data``; see ``Task.score``."""
    task: Task = TASKS[model.task]()
    samples = min(batch, len(data))
    spec = EngineSpec("fp32", model.bound_inputs(imgsz, samples), samples, device)
    with Unfused(model, spec) as engine:
        return task.score(model, engine, data, model.class_names, lambda done, total: None)
