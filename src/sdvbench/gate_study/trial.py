"""One trial: two engines of known ratio, judged by sdvbench's gate and by pytest-benchmark's."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from msgspec import Struct
from pytest_benchmark import stats, utils

from sdvbench.code_digest import code_digest
from sdvbench.gate import pairing
from sdvbench.gate.arms import Arm
from sdvbench.gate.confirmation import confirmed, in_fresh_process
from sdvbench.gate.verdict import Status
from sdvbench.gate_study.antagonists import beside
from sdvbench.measurement.latency import calls
from sdvbench.tensors import Calls
from sdvbench.typed_json import NotNegative, Positive, written

TOLERANCE = 0.05
CONTROLS = ("mean:5%", "min:5%")
PYTEST_BENCHMARK: Any = stats  # untyped
PYTEST_BENCHMARK_CHECKS: Any = utils
# All that a trial's truth and its verdict come from.
JUDGING = (
    *("sdvbench.gate_study.antagonists", "sdvbench.gate_study.trial"),
    *(f"sdvbench.gate.{name}" for name in ("arms", "confirmation", "pairing", "stats", "verdict")),
    *(
        f"sdvbench.measurement.{name}"
        for name in ("contention", "fresh_process", "interleaved", "latency")
    ),
)
CONTROL_S = 1.0  # pytest-benchmark's own default for how long a benchmark runs


class Trial(Struct, frozen=True, forbid_unknown_fields=True):
    """engine: its name in the plan. slow_down: the truth, 0.05 is 5 %.
    status, ratio: the gate's. unconfirmed: it said FAIL first, and a fresh process did not.
    pair_s: seconds until the first verdict, with loading. controls: which of pytest-benchmark's
    checks said that the candidate is slower. code: digest of the code that judged. reason: the
    gate's, from which to learn why a trial was not clear.
    """

    engine: str
    antagonist: str
    slow_down: NotNegative
    status: Status
    ratio: Positive | None
    unconfirmed: bool
    pair_s: NotNegative
    controls: Mapping[str, bool]
    code: str
    reason: str = ""

    def as_json(self) -> str:
        return json.dumps(written(self))


def run_trial(
    engine: str,
    baseline: Arm,
    antagonist: str,
    slow_down: float,
    budget_s: float,
    images: Calls,
) -> Trial:
    """Judge a pair beside ``antagonist``: ``baseline``, and the same slowed by ``slow_down``."""
    candidate = replace(baseline, slow_down=slow_down)
    with beside(antagonist):
        before = _alone(baseline, images)
        start = perf_counter()
        load = pairing.loader(candidate, baseline, images)
        first = pairing.settled(load, TOLERANCE, budget_s)
        pair_s = perf_counter() - start
        again = partial(in_fresh_process, candidate, baseline, images, TOLERANCE, budget_s)
        verdict = confirmed(first, again)
        after = _alone(candidate, images)
    return Trial(
        engine,
        antagonist,
        slow_down,
        verdict.status,
        first.ratio,
        first.status is Status.FAIL and verdict.status is not Status.FAIL,
        pair_s,
        {name: _says_slower(name, after, before) for name in CONTROLS},
        judging_code(),
        first.reason if verdict is first else f"{first.reason}; then {verdict.reason}",
    )


def judging_code() -> str:
    """What trials must share to be counted together."""
    return code_digest(*JUDGING)[:16]


def _alone(arm: Arm, images: Calls) -> dict[str, Any]:
    """pytest-benchmark's statistics of a run of an engine alone."""
    found = PYTEST_BENCHMARK.Stats()
    with arm.load() as engine:
        call = calls(engine, images)
        call(0)
        begin = perf_counter()
        while perf_counter() - begin < CONTROL_S or len(found.data) < 5:
            start = perf_counter()
            call(len(found.data))
            found.update(perf_counter() - start)
    return {"mean": found.mean, "min": found.min}


def _says_slower(check: str, after: Mapping[str, float], before: Mapping[str, float]) -> bool:
    """What ``--benchmark-compare-fail=CHECK`` would say."""
    return bool(PYTEST_BENCHMARK_CHECKS.parse_compare_fail(check).fails(after, before))
