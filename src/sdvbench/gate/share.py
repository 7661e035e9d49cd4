"""An engine's time as a share of the anchor's, the same machine's measure of speed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sdvbench.gate.arms import Arm, arms_and_images, ask_fresh_process
from sdvbench.gate.stats import Estimate, median_ratio
from sdvbench.measurement.interleaved import Interleaved
from sdvbench.measurement.latency import calls
from sdvbench.tensors import Calls

MIN_ROUNDS, MAX_ROUNDS = 10, 300


def rounds_in(budget_s: float, round_s: float) -> int:
    """How many rounds of ``round_s`` to time in about ``budget_s``."""
    return min(max(int(budget_s / round_s), MIN_ROUNDS), MAX_ROUNDS)


def share(seconds: ArrayLike, images: Sequence[int]) -> Estimate:
    """The time of an image over the anchor's.

    seconds: (2, rounds) of the engine and of the anchor. images: that each passes in a round.
    """
    engine_s, anchor_s = np.asarray(seconds, np.float64)
    return median_ratio(np.log(engine_s / anchor_s * images[1] / images[0]))


def share_afresh(
    arms: Sequence[Arm], images: Sequence[Calls], counts: Sequence[int], budget_s: float
) -> tuple[Estimate, str]:
    """The share that a fresh process measures, and why it cannot be trusted, where it cannot.

    arms, images, counts: of the engine and of the anchor; counts are calls a round.
    """
    found = ask_fresh_process(
        "sdvbench.gate.share:answer",
        arms,
        images,
        f"{arms[0].workflow}-{arms[0].spec.precision} against the anchor",
        counts=list(counts),
        budget_s=budget_s,
    )
    return Estimate(*found["share"]), found["disturbed"]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The share in this process, which should be fresh. request: as ``share_afresh`` makes it."""
    arms, images = arms_and_images(request)
    counts = request["counts"]
    with arms[0].load() as engine, arms[1].load() as anchor:
        both = zip((engine, anchor), images, counts, strict=True)
        device = engine.spec.device
        pair = Interleaved([calls(*one) for one in both], seed=1, device=device)
        pair.run(rounds_in(request["budget_s"], pair.warm_up()))
    passed = [arm.spec.batch * count for arm, count in zip(arms, counts, strict=True)]
    found = share(pair.seconds, passed)
    return {
        "share": [found.value, found.low, found.high],
        "disturbed": pair.disturbance_of_unlike,
    }
