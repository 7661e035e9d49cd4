"""Claims about memory: how much less one engine needs than another."""

from sdvbench.cells import Gap
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import AGAIN, Finding, Part, about, best, every, gone, reaches

FIELDS = {"host": "private_memory_mb", "device": "gpu_memory_mb"}
CPU = Gap(
    "the claim is about a GPU's memory, and this run is on a CPU",
    "pytest perf -m claim --sdv-device cuda, on a machine with an NVIDIA GPU",
)
UNTOLD = Gap("NVML does not tell what the process holds of the GPU", "sdvbench doctor says why")


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """A pair holds where even the largest peak of the one is that much below the smallest of the
    other, over a few fresh processes each, and fails where no two of them are so far apart.
    "host": the process's private memory; "device": what NVML says that it holds of its GPU. What a
    pair must save is the claim's number, or, of kind "saved", what the paper's table says of it.
    """
    parts = []
    for (less, more), limit in zip(claim.pairs, claim.limits, strict=True):
        parts.append(_part(evidence, less, more, claim.memory, limit))
        if claim.up_to and parts[-1].holds:
            break
    return about((best if claim.up_to else every)(parts), evidence.told(claim))


def _part(evidence: Evidence, less: Build, more: Build, memory: str, limit: float) -> Part:
    on_gpu = evidence.run.settings.device.startswith("cuda")
    if memory == "device" and not on_gpu:
        return gone(less, CPU)
    for build in (less, more):
        if gap := evidence.gap(build):
            return gone(build, gap)
    field = FIELDS[memory]
    ours, theirs = (
        [getattr(run, field) for run in evidence.fresh(build)] for build in (less, more)
    )
    if None in (*ours, *theirs):
        return gone(less, UNTOLD)
    low, high = 1 - max(ours) / min(theirs), 1 - min(ours) / max(theirs)
    value = 1 - sorted(ours)[len(ours) // 2] / sorted(theirs)[len(theirs) // 2]
    holds = reaches(low, high, limit)
    told = (
        f"{less} needs {_less(value)} {memory} memory than {more} "
        f"({min(ours):.0f} to {max(ours):.0f} MiB against {min(theirs):.0f} to "
        f"{max(theirs):.0f}, in {len(ours)} fresh processes each), where "
        f"{100 * limit:.1f} % less would hold"
    )
    if holds is None:
        told += ": too near to tell"
    return Part(holds, told, str(less), _less(value), value, enable=AGAIN)


def _less(share: float) -> str:
    return f"{100 * abs(share):.0f} % {'more' if share < 0 else 'less'}"
