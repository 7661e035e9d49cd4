"""A FAIL is confirmed by a process of its own before it is reported."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from sdvbench.gate.arms import Arm, arms_and_images, ask_fresh_process
from sdvbench.gate.pairing import loader, settled
from sdvbench.gate.verdict import Status, Tier, Verdict
from sdvbench.tensors import Calls

ATTEMPTS = 2


def confirmed(first: Verdict, again: Callable[[], Verdict]) -> Verdict:
    """A FAIL is reported only where a fresh process, with engines of its own, says FAIL too.

    again: what a fresh process says. One that cannot tell is followed by another.
    """
    if first.status is not Status.FAIL:
        return first
    for _ in range(ATTEMPTS):
        second = again()
        if second.status is Status.FAIL:
            return replace(first, reason=f"{first.reason}; a fresh process says {second.ratio:.3f}")
        if second.status is Status.PASS:
            break
    told = f"{first.ratio:.3f} here, but in a fresh process {second.reason}"
    return replace(second, status=Status.INCONCLUSIVE, reason=told)


def in_fresh_process(
    candidate: Arm,
    baseline: Arm,
    images: Calls,
    tolerance: float,
    budget_s: float,
    count: int = 1,
) -> Verdict:
    """``settled`` between engines that a fresh process loads: a bias of this one is not in it.

    count: calls a round, as many as were measured.
    """
    found = ask_fresh_process(
        "sdvbench.gate.confirmation:answer",
        (candidate, baseline),
        (images,),
        f"{candidate.workflow}-{candidate.spec.precision} against its baseline",
        tolerance=tolerance,
        budget_s=budget_s,
        count=count,
    )
    interval = found["interval"] and tuple(found["interval"])
    tier = found["tier"] and Tier(found["tier"])
    status = Status(found["status"])
    return Verdict(**{**found, "status": status, "interval": interval, "tier": tier})


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The verdict of this process, which should be fresh. request: as ``in_fresh_process``'s."""
    (candidate, baseline), (images,) = arms_and_images(request)
    load = loader(candidate, baseline, images, seed=1, count=request["count"])
    return asdict(settled(load, request["tolerance"], request["budget_s"]))
