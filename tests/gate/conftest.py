"""A real engine, small."""

import pytest

import sdvbench
from sdvbench.gate.arms import Arm
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec

SPEC = EngineSpec("fp32", imgsz=64, options={"threads": 1})


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store"))
    sdvbench.build(sdvbench.load_model("yolov5n"), "W1", imgsz=64, store=store, threads=1).close()
    (folder,) = (
        store.root / entry.key[:2] / entry.key
        for entry in store.entries()
        if entry.recipe["kind"] == "engine"
    )
    return Arm("W1", folder, SPEC)
