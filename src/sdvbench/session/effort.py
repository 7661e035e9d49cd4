"""How much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """budget_s: seconds a paired measurement. The others: so many images of the data set."""

    budget_s: float
    calibration_images: int
    agreement_images: int

    def calibration_count(self, batch: int) -> int:
        """Calibration images in whole batches."""
        return -(-self.calibration_images // batch) * batch


FULL = Effort(budget_s=2.5, calibration_images=32, agreement_images=4)
QUICK = Effort(budget_s=1.0, calibration_images=8, agreement_images=2)
