"""What the tests of the store build, and how they look at it."""

import os
from collections.abc import Callable
from pathlib import Path

from sdvbench.store import Artifact

RECIPE = {"cell": "yolov5s-PG-W2-fp16-b1", "imgsz": 640, "größe": (1, 2)}
CONTENT = {"engine.onnx": bytes(range(256)) * 20, "parts/größe.bin": b"weights"}


def build(folder: Path) -> dict[str, object]:
    (folder / "parts").mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return {"seconds": 1.5}


def content(artifact: Artifact) -> dict[str, bytes]:
    return {name: artifact.path(name).read_bytes() for name in artifact.files}


def leftovers(root: Path) -> list[Path]:
    return [path for path in root.glob("??/*") if "." in path.name]


def spawn(task: Callable[[], object]) -> int:
    """Run ``task`` in a forked process; exit status 0 if it returned, 1 if it raised."""
    pid = os.fork()
    if pid == 0:
        try:
            task()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return pid
