"""Claims about accuracy: what a precision loses against fp32 of the same pruned model."""

from dataclasses import dataclass

from sdvbench.cells import Gap
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Part, about, every, gone
from sdvbench.gate.limits import SIGNAL

MORE = "give a data set with more images (--sdv-data)"
SEEDED = Gap(
    "mAP needs trained weights",
    "pytest accuracy -m claim, with no model and no data named, or with --sdv-model yolov5s "
    "--sdv-weights yolov5s.pt --sdv-data coco:FOLDER",
)


@dataclass(frozen=True)
class Loss:
    """Points of a score lost, with the interval at 95 % by paired bootstrap over images.

    reference: what there was to lose. score: "map" (mAP50-95) or "map50".
    """

    points: float
    low: float
    high: float
    reference: float
    score: str = "map"

    def __str__(self) -> str:
        verb, low, high = "loses", self.low, self.high
        if self.points < 0:
            verb, low, high = "gains", -self.high, -self.low
        interval = f"95 % interval {low:.4f} to {high:.4f}"
        whole = f"{self.reference:.4f} mAP50" if self.score == "map50" else f"{self.reference:.4f}"
        return f"{verb} {abs(self.points):.4f} of {whole} ({interval})"

    def within(self, limit: float) -> bool | None:
        """Whether no more than ``limit`` is lost; None where the interval holds it."""
        if self.high <= limit:
            return True
        return False if self.low > limit else None


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """ "keeps": the interval of what is lost stays within ``points``. "drops": it is above. Each
    pair must hold.
    """
    parts = [_part(evidence, pair[0], pair[1], claim) for pair in claim.pairs]
    return about(every(parts), evidence.told(claim))


def judge_loss(claim: Claim, evidence: Evidence) -> Finding:
    """What is lost is the number, give or take ``within``: the interval lies in that band, or,
    REFUTED, beside it. Points of one model on one data set say nothing of others, so both must be
    the paper's. How much of that data set a folder holds cannot be known, so the reason says how
    many images were scored.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    parts = []
    for worse, reference in claim.pairs:
        if gap := accuracy_gap(evidence, worse, reference):
            parts.append(gone(worse, gap))
            continue
        found = loss(evidence, worse, reference, claim.score)
        if gap := no_signal(found, reference, claim.number):
            parts.append(gone(worse, gap))
            continue
        low, high = claim.limit, claim.number * (1 + claim.within)
        inside = low <= found.low and found.high <= high
        beside = found.high < low or high < found.low
        holds = True if inside else False if beside else None
        told = (
            f"{worse} {found} against {reference}, where a loss of {low:.4f} to {high:.4f} "
            "would hold"
        )
        parts.append(scored(holds, told, worse, found))
    return about(every(parts), measured(claim, evidence))


def measured(claim: Claim, evidence: Evidence) -> str:
    """What was measured; of a claim about one data set, on how many images of it."""
    settings = evidence.run.settings
    images = f", {len(evidence.run.dataset)} images of {settings.data}" if claim.data else ""
    return f"{evidence.told(claim)}{images}"


def accuracy_gap(evidence: Evidence, *builds: Build) -> Gap | None:
    """Why these cannot be scored here."""
    if evidence.run.settings.weights is None:
        return SEEDED
    return next((gap for build in builds if (gap := evidence.gap(build))), None)


def loss(evidence: Evidence, worse: Build, reference: Build, score: str = "map") -> Loss:
    """What ``worse`` loses of ``score`` against ``reference``; negative where it gains."""
    before, after = (getattr(evidence.metrics(build), score) for build in (reference, worse))
    low, high = evidence.drop_interval(worse, reference, score)
    points = before - after
    return Loss(points, min(low, points), max(high, points), before, score)


def no_signal(found: Loss, reference: Build, points: float) -> Gap | None:
    """Where ``reference`` has too little to lose for a loss of ``points`` to be seen."""
    if found.reference >= SIGNAL * points:
        return None
    missing = f"{reference} itself scores {found.reference:.4f}: no loss could be seen"
    return Gap(missing, "give trained weights and a data set with their classes")


def limit(points: float) -> str:
    return f"a loss of {points:.4f} is the limit"


def scored(holds: bool | None, told: str, worse: Build, found: Loss) -> Part:
    """What a loss says."""
    told = told if holds is not None else f"{told}: too few images to tell"
    gained = 0.0 - round(found.points, 4)  # never "-0.0000"
    return Part(holds, told, str(worse), f"{gained:+.4f}", found.points, enable=MORE)


def _part(evidence: Evidence, worse: Build, reference: Build, claim: Claim) -> Part:
    if gap := accuracy_gap(evidence, worse, reference):
        return gone(worse, gap)
    found = loss(evidence, worse, reference, claim.score)
    if gap := no_signal(found, reference, claim.points):
        return gone(worse, gap)
    told = f"{worse} {found} against {reference}, where {limit(claim.points)}"
    kept = found.within(claim.points)
    holds = kept if kept is None or claim.relation == "keeps" else not kept
    return scored(holds, told, worse, found)
