"""Evidence that was made up, and claims about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sdvbench.cells import Gap
from sdvbench.claims.claim import Build, Claim
from sdvbench.closed_loop.record import Drives
from sdvbench.gate.stats import Estimate
from sdvbench.measurement.memory import FreshRun

GAP = Gap("there is no such machine", "buy one")
UNTRAINED = Gap("MSE needs trained weights", "train it")


def build(text: str) -> Build:
    return Build(*text.split("-"))


def claim(kind: str, *pairs: str, **keys: Any) -> Claim:
    """pairs: as in paper.toml, each with its prunings."""
    both = [text.split(" over ") for text in pairs]
    made = tuple((build(better), build(worse)) for better, worse in both)
    return Claim("one", kind, "it is so", "Table I", pairs=made, **keys)


class FakeDataset:
    classes = ("car",)

    def __len__(self) -> int:
        return 128


@dataclass
class FakeEvidence:
    """speed_ups: by "FAST over SLOW"; None where it was disturbed. peaks: MiB by build. maps: by
    build. missing: builds that cannot be had. asked: pairs that were timed, in order. settled:
    whether what was timed is enough. interval: of a loss, by the loss. sizes: bytes by build.
    growths: of an error, by "BUILD over REFERENCE", with the interval. trips: by build.
    """

    speed_ups: Mapping[str, Estimate | None] = field(default_factory=dict)
    peaks: Mapping[str, list[float]] = field(default_factory=dict)
    maps: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    device: str = "cpu"
    data: str = "scenes"
    model: str = "yolov5s"
    weights: Path | None = Path("/")
    asked: list[str] = field(default_factory=list)
    settled: bool = True
    interval: Callable[[float], tuple[float, float]] = lambda drop: (drop, drop)
    sizes: Mapping[str, int] = field(default_factory=dict)
    growths: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    trips: Mapping[str, Drives] = field(default_factory=dict)

    @property
    def run(self) -> Any:
        settings = SimpleNamespace(
            model=(self.model,), device=self.device, data=self.data, weights=self.weights
        )
        return SimpleNamespace(settings=settings, dataset=FakeDataset(), data=self.data)

    def told(self, claim: Claim) -> str:
        return "a fake"

    def gap(self, build: Build, timed: bool = False) -> Gap | None:
        return GAP if str(build) in self.missing else None

    def timed(self, fast: Build, slow: Build, metric: str, limit: float) -> Any:
        self.asked.append(f"{fast} over {slow}")
        found = self.speed_ups[f"{fast} over {slow}"]
        return SimpleNamespace(
            speed_up=found,
            disturbed=["somebody was there"],
            loadings=4,
            settles=lambda limit: self.settled,
        )

    def file_bytes(self, build: Build) -> int:
        return self.sizes[str(build)]

    def score_gap(self, metric: str) -> Gap | None:
        return None if self.weights else UNTRAINED

    def growth(self, build: Build, reference: Build, metric: str) -> tuple[float, float, float]:
        return self.growths[f"{build} over {reference}"]

    def drive_gap(self, build: Build) -> Gap | None:
        return self.gap(build) if self.weights else UNTRAINED

    def drives(self, build: Build) -> Drives:
        return self.trips[str(build)]

    def fresh(self, build: Build) -> list[FreshRun]:
        on_gpu = self.device != "cpu"
        return [FreshRun(mb, mb, 1.0, mb if on_gpu else None) for mb in self.peaks[str(build)]]

    def metrics(self, build: Build) -> Any:
        return SimpleNamespace(map=self.maps[str(build)], map50=self.maps[str(build)])

    def drop_interval(self, worse: Build, reference: Build, score: str) -> tuple[float, float]:
        return self.interval(self.maps[str(reference)] - self.maps[str(worse)])
