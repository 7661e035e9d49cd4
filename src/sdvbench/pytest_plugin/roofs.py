"""How close a cell's latency comes to what this machine could do at best."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from sdvbench import image_size
from sdvbench.session.roofs import Roofs

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.measurement.roofline import Roofline
    from sdvbench.session.suite import Suite

KIND = "sdvbench.roofline"


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
        from sdvbench.typed_json import written

        if found is None:
            return
        roof, peak = found
        imgsz = image_size.written(sdv_roofs.suite.settings.imgsz)
        told = roof.reached(str(cell), imgsz, seconds, peak.threads, peak.disturbed)
        request.node.user_properties.append((KIND, written(told)))

    return tell


def legend(records: Sequence["Roofline"], no_roof: Mapping[str, str]) -> list[str]:
    """What "of roof" means, and the peaks that it rests on; empty where nothing has a roof.

    no_roof: reasons, by precision or by model.
    """
    from sdvbench.cells import Cell

    peaks: dict[tuple[int, float], dict[str, float]] = {}
    for record in records:
        measured = peaks.setdefault((record.threads, record.peak_gb_per_s), {})
        measured[Cell.parse(record.cell).precision] = record.peak_gmacs_per_s
    lines = [
        "of roof: the least time over the median, the least being MACs or estimated bytes (each "
        "layer's once), whichever takes longer at this machine's measured peaks"
    ] * bool(peaks)
    for (threads, gb_per_s), products in peaks.items():
        told = ", ".join(f"{name} {rate:.0f}" for name, rate in products.items())
        of = f" of {threads} thread{'s' * (threads > 1)}" if threads else ""
        lines.append(f"peaks{of}: {told} GMAC/s; memory {gb_per_s:.1f} GB/s")
    for disturbed in {record.disturbed for record in records if record.disturbed}:
        lines.append(f"peaks may be too low: {disturbed}")
    return lines + [f"no roof for {name}: {reason}" for name, reason in no_roof.items()]
