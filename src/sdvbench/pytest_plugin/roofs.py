"""How close a cell's latency comes to what this machine could do at best."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench import progress
from sdvbench.errors import MeasurementError
from sdvbench.image_size import written

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.measurement.peak import Peak
    from sdvbench.measurement.roofline import Roof
    from sdvbench.measurement.work import Work
    from sdvbench.pytest_plugin.suite import Suite

KIND = "sdvbench.roofline"
RUN_S, QUICK_RUN_S = 0.2, 0.06  # a matrix product

log = logging.getLogger("sdvbench.roofline")


@dataclass(frozen=True, eq=False)
class Roofs:
    """The roofs of a run: peaks are measured once, and each pruned model is counted once."""

    suite: "Suite"

    @cache  # noqa: B019 - as long as the session
    def peak(self, threads: int) -> "Peak | None":
        """threads: 0 for an engine's default. None, with a warning, where it was not to be had."""
        from sdvbench.measurement.peak import measured_peak

        progress.tell("measuring the peak of this machine")
        settings = self.suite.settings
        try:
            return measured_peak(settings.device, threads, QUICK_RUN_S if settings.quick else RUN_S)
        except MeasurementError as error:
            log.warning("no roof: %s", error)
            return None

    @cache  # noqa: B019
    def work(self, cell: "Cell") -> "Work":
        """What one image asks of ``cell``'s pruned model."""
        from sdvbench.measurement.work import work

        progress.tell("counting what the model asks for")
        return work(self.suite.model(cell), self.suite.settings.imgsz)

    def over(self, cell: "Cell") -> "tuple[Roof, Peak] | None":
        """The roof of ``cell`` and the peak that it comes from; None where its precision has none,
        and the suite is told why.
        """
        from sdvbench.measurement.roofline import Roof

        peak = self.peak(self.suite.spec(cell).options.get("threads", 0))
        if peak is None:
            return None
        if reason := peak.no_roof(cell.precision):
            self.suite.no_roof[cell.precision] = reason
            return None
        work = self.work(replace(self.suite.reference_cell(cell), batch=1))  # of all its engines
        return Roof(
            macs=cell.batch * work.macs,
            bytes=work.bytes(cell.precision, cell.batch),
            gmacs_per_s=peak.gmacs_per_s[cell.precision],
            gb_per_s=peak.gb_per_s,
        ), peak


@pytest.fixture(scope="session")
def sdv_roofs(sdv_suite: "Suite") -> Roofs:
    """The roofs of the run."""
    return Roofs(sdv_suite)


@pytest.fixture
def roofline(
    cell: "Cell", sdv_roofs: Roofs, request: pytest.FixtureRequest
) -> Callable[[float], None]:
    """Tells the summary what share of its roof the cell reaches, given the median's seconds.

    The peak is measured when this is first asked for, which should be before anything is timed:
    it heats the machine.
    """
    found = sdv_roofs.over(cell)

    def tell(seconds: float) -> None:
        if found is None:
            return
        roof, peak = found
        told = {
            "cell": str(cell),
            "imgsz": written(sdv_roofs.suite.settings.imgsz),
            **roof.record(seconds),
            "threads": peak.threads,
            "disturbed": peak.disturbed,
        }
        request.node.user_properties.append((KIND, told))

    return tell


def legend(records: Sequence[Mapping[str, Any]], no_roof: Mapping[str, str]) -> list[str]:
    """What "of roof" means, and the peaks that it rests on; empty where nothing has a roof.

    no_roof: reasons, by precision.
    """
    from sdvbench.cells import Cell

    peaks: dict[tuple[int, float], dict[str, float]] = {}
    for record in records:
        measured = peaks.setdefault((record["threads"], record["peak_gb_per_s"]), {})
        measured[Cell.parse(record["cell"]).precision] = record["peak_gmacs_per_s"]
    lines = [
        "of roof: the least time over the median, the least being MACs or estimated bytes (each "
        "layer's once), whichever takes longer at this machine's measured peaks"
    ] * bool(peaks)
    for (threads, gb_per_s), products in peaks.items():
        told = ", ".join(f"{name} {rate:.0f}" for name, rate in products.items())
        of = f" of {threads} thread{'s' * (threads > 1)}" if threads else ""
        lines.append(f"peaks{of}: {told} GMAC/s; memory {gb_per_s:.1f} GB/s")
    for disturbed in {record["disturbed"] for record in records if record["disturbed"]}:
        lines.append(f"peaks may be too low: {disturbed}")
    return lines + [f"no roof for {name}: {reason}" for name, reason in no_roof.items()]
