"""Engines on a GPU: every workflow's outputs against PyTorch's on the CPU. Skipped without one."""

from typing import Any

import numpy as np
import pytest
import torch

from sdvbench.measurement.latency import measure
from sdvbench.models import Detector
from sdvbench.tensors import Images
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

# The largest error of a score against PyTorch's fp32 on the CPU.
BOUNDS = {
    ("Wd", "fp32"): 1e-4,
    ("Wd", "fp16"): 0.02,
    ("W1", "fp32"): 1e-4,
    ("W1", "fp16"): 0.02,
    ("W1", "int8"): 0.3,
    ("W0", "fp32"): 1e-4,
    ("W0", "fp16"): 0.02,
    ("W0", "int8"): 0.3,
    ("W2", "fp32"): 1e-4,
    ("W2", "fp16"): 0.02,
    ("W2", "int8"): 0.3,
}


@pytest.fixture
def on_gpu(built: Any) -> Any:
    """Builds as ``built`` does, on the GPU; skips with what is missing."""

    def build(workflow: str, precision: str, **options: Any) -> Any:
        gap = WORKFLOWS[workflow]().gap(EngineSpec.for_images(precision, 64, device="cuda"))
        if gap:
            pytest.skip(str(gap))
        return built(workflow, precision, device="cuda", **options)

    return build


@pytest.mark.parametrize(("workflow", "precision"), BOUNDS)
def test_engines_on_a_gpu_agree_with_pytorch_on_the_cpu(
    on_gpu: Any, nano: Detector, image: Images, workflow: str, precision: str
) -> None:
    with on_gpu(workflow, precision) as engine, torch.inference_mode():
        found, exact = engine(image), nano(torch.from_numpy(image)).numpy()
        again = engine(image)
    assert np.abs(found - exact)[..., 4:].max() < BOUNDS[workflow, precision]
    np.testing.assert_allclose(again, found, atol=1e-3)


@pytest.mark.parametrize("workflow", ["Wd", "W0", "W2"])
def test_the_device_s_own_time_is_part_of_a_call_s(
    on_gpu: Any, image: Images, workflow: str
) -> None:
    with on_gpu(workflow, "fp32") as engine:
        whole = measure(engine, image, rounds=20).seconds.min()
        own = min(engine.device_seconds(image) for _ in range(20))
    assert 0 < own < whole


def test_a_graph_computes_what_launches_do(on_gpu: Any, image: Images) -> None:
    with on_gpu("W2", "fp16") as plain, on_gpu("W2", "fp16", cuda_graph=True) as recorded:
        for images in (image, image / 2):
            np.testing.assert_allclose(recorded(images), plain(images), atol=1e-2)


@pytest.mark.parametrize("workflow", ["Wd", "W0", "W1", "W2"])
def test_a_closed_engine_gives_its_memory_back(on_gpu: Any, image: Images, workflow: str) -> None:
    def used() -> int:
        torch.cuda.empty_cache()
        free, total = torch.cuda.mem_get_info()
        return total - free

    after = []
    for _ in range(4):  # the first loads libraries, which stay
        with on_gpu(workflow, "fp32") as engine:
            engine(image)
        del engine
        after.append(used())
    assert after[-1] <= after[0]
