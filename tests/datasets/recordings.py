"""Recordings of drives, made up."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

HEADER = "image_name,v,w"
ROWS = ("0.png,13,0.5", "1.png,12.5,-1", "2.png,7,3")


def recording(
    folder: Path,
    rows: Sequence[str] = ROWS,
    *,
    header: str = HEADER,
    images: Sequence[str] = ("Images/0.png", "Images/1.png", "Images/2.png"),
    size: tuple[int, int] = (20, 10),
    files: Mapping[str, str] | None = None,
) -> Path:
    """``folder`` with data.csv, or ``files`` in its place, and images of (width, height) whose grey
    is ten times their place among ``images``.
    """
    for place, name in enumerate(images):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.full((size[1], size[0], 3), 10 * place, np.uint8)
        pixels[:, : size[0] // 2] += 100  # the left half is lighter
        Image.fromarray(pixels).save(path)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"data.csv": "\n".join([header, *rows]) + "\n"} if files is None else files
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder
