"""The calibration images of a build, batch by batch, with the progress told."""

from collections.abc import Iterator

from sdvbench import progress
from sdvbench.errors import BuildError
from sdvbench.workflows.base import BuildRequest, Calibration, Images


def calibration_of(request: BuildRequest) -> Iterator[Images]:
    """The images that the request's precision is calibrated with. Raises BuildError for none."""
    if request.calibration is None:
        raise BuildError(
            f"precision {request.spec.precision}",
            "needs calibration images",
            "Pass calibration=images: float32 (N, 3, H, W), RGB 0..1",
        )
    return _told(request.calibration)


def _told(calibration: Calibration) -> Iterator[Images]:
    for count, batch in enumerate(calibration.images(), 1):
        progress.tell(f"calibrating, batch {count}")
        yield batch
