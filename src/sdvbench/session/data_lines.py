"""What the readers of a run's data did, and where calibration images came from: for people."""

from collections.abc import Iterable, Mapping, Sequence

from sdvbench.cells import Cell
from sdvbench.session.suite import Suite
from sdvbench.workflows import WORKFLOWS


def data_lines(suites: Iterable[Suite], cells: Iterable[Cell]) -> dict[str, list[str]]:
    """By the data set as it was named, once for each.

    cells: of which the run has figures; what they did not need is not reported.
    """
    found: dict[str, list[str]] = {}
    used = list(cells)
    for suite in suites:
        own = [
            cell
            for cell in used
            if cell.model in suite.settings.model and suite.calls(cell.model).takes_images
        ]
        if own:
            found |= _read(suite, own, quantized=any(map(_quantized, own)))
    return found


def _read(suite: Suite, cells: Sequence[Cell], quantized: bool) -> Mapping[str, list[str]]:
    summary = suite.dataset.summary
    lines = summary.lines if summary else []
    if summary and len(suite.dataset) != summary.images:
        lines.append(f"{len(suite.dataset)} of these images are used")
    lines += dict.fromkeys(line for cell in cells for line in _changes(suite, cell))
    if quantized:
        lines.append(suite.calibration.line)
    found = {f"--sdv-data {suite.data}": lines} if lines else {}
    other = suite.calibration.dataset.summary
    if quantized and suite.settings.calibration and other:
        found[f"--sdv-calibration {suite.settings.calibration}"] = other.lines
    return found


def _changes(suite: Suite, cell: Cell) -> list[str]:
    """What the cell's task makes of the images of the run's data set."""

    def sizes() -> Mapping[tuple[int, int], int]:
        if data.summary:
            return data.summary.sizes() if data.summary.sizes else {}
        height, width = data[0].image.shape[:2]  # images without files are made alike
        return {(width, height): len(data)}

    data = suite.dataset
    return suite.task(cell.model).changes(suite.spec(cell).inputs, sizes)


def _quantized(cell: Cell) -> bool:
    calibrated: bool = WORKFLOWS[cell.workflow]().needs_calibration(cell.precision)
    return calibrated
