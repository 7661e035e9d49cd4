"""The roofs of a run: how fast this machine could run its engines at best."""

import logging
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from sdvbench import progress
from sdvbench.errors import MeasurementError

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.measurement.peak import Peak
    from sdvbench.measurement.roofline import Roof
    from sdvbench.measurement.work import Work
    from sdvbench.session.suite import Suite

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
        and ``suite.no_roof`` says why.
        """
        from sdvbench.measurement.roofline import Roof

        if self.suite.given(cell.model).kind != "module":
            reason = "it is a file, whose multiply-accumulates are not counted"
            self.suite.no_roof[cell.model] = reason
            return None
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
