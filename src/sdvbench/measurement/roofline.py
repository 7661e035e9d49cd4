"""The roofline: the least time that a call could take on this machine, and how close it came.

Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009.
"""

from dataclasses import dataclass

from msgspec import Struct

from sdvbench.typed_json import AtLeastOne, ImageSize, NotNegative, Positive

NOTE = (
    "bytes are an estimate: each layer with weights reads its input and weights and writes its "
    "output once"
)


class Roofline(Struct, frozen=True, kw_only=True):
    """What a cell reaches under its roof, as JSON holds it.

    macs, bytes, seconds: of a call, the last of the median one. roof_seconds, share, bound,
    bandwidth_share: as in ``Roof``. threads, disturbed: as in ``Peak``.
    """

    cell: str
    imgsz: ImageSize
    macs: AtLeastOne
    bytes: AtLeastOne
    seconds: Positive
    peak_gmacs_per_s: Positive
    peak_gb_per_s: Positive
    roof_seconds: Positive
    share: Positive
    bound: str
    bandwidth_share: NotNegative
    note: str = NOTE
    threads: int
    disturbed: str


@dataclass(frozen=True)
class Roof:
    """macs, bytes: of a call. gmacs_per_s, gb_per_s: the machine's measured peaks, in 1e9."""

    macs: int
    bytes: int
    gmacs_per_s: float
    gb_per_s: float

    @property
    def seconds(self) -> float:
        """The least that a call can take: arithmetic and memory each at their peak, at once."""
        return max(self.macs / self.gmacs_per_s, self.bytes / self.gb_per_s) / 1e9

    @property
    def bound(self) -> str:
        """What takes longer: "compute" or "memory"."""
        at_compute_s, at_memory_s = self.macs / self.gmacs_per_s, self.bytes / self.gb_per_s
        return "compute" if at_compute_s >= at_memory_s else "memory"

    def share(self, seconds: float) -> float:
        """Of the roof that a call of ``seconds`` reaches; never clipped. More than 1 says that the
        peak was measured too low, that an algorithm does with fewer multiplications (Winograd), or
        that caches save bytes.
        """
        return self.seconds / seconds

    def bandwidth_share(self, seconds: float) -> float:
        """Of the memory's peak that a call of ``seconds`` uses, an estimate as its bytes are."""
        return self.bytes / 1e9 / seconds / self.gb_per_s

    def reached(
        self, cell: str, imgsz: int | str, seconds: float, threads: int, disturbed: str
    ) -> Roofline:
        """The record of a call of ``cell`` that takes ``seconds``, the median."""
        return Roofline(
            cell=cell,
            imgsz=imgsz,
            macs=self.macs,
            bytes=self.bytes,
            seconds=seconds,
            peak_gmacs_per_s=self.gmacs_per_s,
            peak_gb_per_s=self.gb_per_s,
            roof_seconds=self.seconds,
            share=self.share(seconds),
            bound=self.bound,
            bandwidth_share=self.bandwidth_share(seconds),
            threads=threads,
            disturbed=disturbed,
        )
