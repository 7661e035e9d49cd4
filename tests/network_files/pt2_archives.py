"""Archives of torch.export, made for the tests and changed in one place."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch.export import Dim

PROGRAM = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"
CONSTANTS = "data/constants/model_constants_config.json"


class Net(torch.nn.Module):
    """Images and, by keyword, scores; a condition on the batch; a part without gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1, stride=2)
        self.register_buffer("grid", torch.arange(4.0).expand(2, 4), persistent=False)
        self.scale = torch.tensor([1.0, 2.0])

    def forward(self, images, *, scores):
        cells = self.conv(images)
        with torch.no_grad():
            cells = cells * self.scale.sum()
        if images.shape[0] % 2 == 0:
            scores = scores + self.grid[1, 1]
        return {"cells": cells.flatten(2), "scores": scores}


def exported(path: Path) -> None:
    torch.manual_seed(0)
    arguments = (torch.zeros(2, 3, 32, 32),), {"scores": torch.zeros(2, 5)}
    side = {2: Dim("height", min=8), 3: Dim("width", min=8)}
    sizes = {"images": {0: Dim.DYNAMIC, **side}, "scores": {0: Dim.DYNAMIC}}
    program = torch.export.export(Net().eval(), *arguments, dynamic_shapes=sizes)
    torch.export.save(program, path)


def records(path: Path) -> dict[str, bytes]:
    """By their names within the archive's folder."""
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(f"net/{name}", data)
    return stream.getvalue()


def changed(path: Path, record: str, change: Callable) -> bytes:
    """The archive at ``path`` with ``change`` done to the JSON of one record."""
    content = records(path)
    value = json.loads(content[record])
    change(value)
    return packed(content | {record: json.dumps(value).encode()})
