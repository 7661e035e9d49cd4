"""The peak of this machine; how high it is depends on the machine and its neighbours."""

import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from sdvbench.errors import MeasurementError
from sdvbench.measurement import matrix_product, peak
from sdvbench.measurement.matrix_product import MatrixProduct
from sdvbench.measurement.peak import Peak, answer, measured_peak, shortest

REQUEST = {"device": "cpu", "threads": 1, "run_s": 0.001}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak, "COPY_BYTES", 2**16)
    monkeypatch.setattr(matrix_product, "CPU_SIZES", (32, 64))


def test_a_fresh_process_tells_a_peak_for_each_precision_with_a_matrix_product() -> None:
    found = measured_peak("cpu", threads=1, run_s=0.001)
    assert set(found.gmacs_per_s) == {"fp32", "int8"}
    assert all(rate > 0 for rate in (*found.gmacs_per_s.values(), found.gb_per_s))
    assert (found.device, found.threads, found.missing) == ("cpu", 1, {})
    assert not found.no_roof("fp32")
    assert found.no_roof("fp16") == (
        "no peak is measured, since most engines compute it on cpu as fp32 with casts"
    )


def test_of_two_passes_the_better_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = [
        Peak("cpu", 1, {"fp32": 90.0}, {"int8": "no memory"}, 20.0, "others were busy"),
        Peak("cpu", 1, {"fp32": 80.0, "int8": 300.0}, {}, 25.0),
    ]
    monkeypatch.setattr(peak, "_pass", lambda **request: passes.pop(0))
    found = Peak(**answer(REQUEST))
    assert found == Peak("cpu", 1, {"fp32": 90.0, "int8": 300.0}, {}, 25.0)


def test_a_process_that_fails_is_an_error_with_its_last_line() -> None:
    with pytest.raises(MeasurementError, match="fresh process for the peak of cuda:99: failed"):
        measured_peak("cuda:99", run_s=0.0)


@pytest.mark.parametrize("precision", matrix_product.CPU_PRECISIONS)
def test_both_libraries_compute_what_is_counted(precision: str, small: None) -> None:
    """Of ones, so that every number of the product is the length of a row."""
    products = list(matrix_product.on_cpu(precision, 1))
    assert [product.macs for product in products] == [32**3, 64**3] * 2
    for product, size in zip(products, [32, 64] * 2, strict=True):
        result: Any = product.run()
        numbers = np.asarray(result[0] if isinstance(result, list) else result)
        assert numbers.shape == (size, size)
        assert (numbers == size).all()


@pytest.mark.parametrize("precision", matrix_product.CUDA_PRECISIONS)
def test_a_gpu_s_calls_end_with_the_gpu(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA is played by the CPU."""
    waited: list[str] = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    monkeypatch.setattr(matrix_product, "CUDA_SIZES", (32, 64))
    products = list(matrix_product.on_cuda(precision, "cpu"))
    assert [product.macs for product in products] == [32**3, 64**3]
    for product in products:
        product.run()
    assert waited == ["cpu", "cpu"]


def test_others_disturb_it_and_the_better_of_two_counts(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: Iterator[float] = iter([5.0, 50.0, 7.0, 40.0])
    monkeypatch.setattr(peak, "_fastest", lambda *_: (next(rates), ""))
    monkeypatch.setattr(peak, "disturbance", lambda cores: "others worked")
    found = Peak(**answer(REQUEST))
    assert found.disturbed == "others worked"
    assert found.gmacs_per_s == {"fp32": 7.0, "int8": 50.0}


def test_nobody_disturbs_it_and_once_is_enough(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: Iterator[float] = iter([5.0, 50.0])
    monkeypatch.setattr(peak, "_fastest", lambda *_: (next(rates), ""))
    monkeypatch.setattr(peak, "disturbance", lambda cores: "")
    told = answer(REQUEST)
    assert told["disturbed"] == ""
    assert Peak(**json.loads(json.dumps(told))) == Peak(**told)


def test_what_does_not_fit_leaves_what_came_before(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hungry(precision: str, threads: int) -> Iterator[MatrixProduct]:
        if precision == "fp32":
            yield MatrixProduct(10**6, lambda: time.sleep(1e-3))
        raise MemoryError("32 GiB asked for")

    monkeypatch.setattr(matrix_product, "on_cpu", hungry)
    found = Peak(**answer(REQUEST))
    assert 0 < found.gmacs_per_s["fp32"] <= 1  # 1e6 in a millisecond or more
    assert found.no_roof("int8").endswith("failed on cpu: 32 GiB asked for")


def test_the_shortest_call_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    took = iter([9.0, 5.0, 3.0, 2.0, 4.0, 1.0])  # the first is a warm-up, the last is too late

    def call() -> None:
        nonlocal now
        now += next(took)

    monkeypatch.setattr(peak, "perf_counter", lambda: now)
    assert shortest(call, run_s=14.0) == 2.0
    assert list(took) == [1.0]
