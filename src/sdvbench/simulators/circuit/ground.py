"""The ground: how far it is from the centre line, its colours across the lane, and its grain."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sdvbench.simulators.circuit.lane import Lane
from sdvbench.simulators.circuit.layout import HALF_WIDTH_M

CELL_M = 0.5  # between the known distances; in between they are interpolated, right to 3 mm
MARGIN_M = 10.0

_ZERO = np.float32(0)

BIN_M = 0.025
REACH_M = 20.0  # to either side of the centre line; beyond all is grass
BINS = round(2 * REACH_M / BIN_M)
LEVELS = 20  # of blur, two an octave, the first of a bin

GRAIN_PX = 1024  # side of the tile
GRAIN_M = 0.05  # of ground for each of its pixels
GRAIN_LEVELS = 9

# From the centre line outwards: up to which distance, red, green, blue, and grain.
STRIPES: Sequence[tuple[float, tuple[int, int, int, int]]] = (
    (0.12, (178, 38, 32, 14)),
    (0.55, (99, 99, 103, 26)),
    (1.15, (90, 90, 94, 26)),  # where wheels run
    (HALF_WIDTH_M - 0.20, (99, 99, 103, 26)),
    (HALF_WIDTH_M - 0.04, (222, 222, 214, 14)),
    (HALF_WIDTH_M + 0.35, (96, 95, 97, 30)),
    (HALF_WIDTH_M + 1.10, (128, 116, 92, 60)),
    (2 * REACH_M, (84, 112, 56, 95)),
)


class DistanceMap:
    """Signed distances to the centre line on a grid of CELL_M, for bilinear interpolation.

    The lane is closed and does not cross itself, so that its left is either all within or all
    without, and the signed distance is continuous everywhere.
    """

    def __init__(self, lane: Lane) -> None:
        pose = lane.pose(np.arange(0, lane.length_m, 0.5))
        self.left_m = float(pose.x_m.min()) - MARGIN_M
        self.low_m = float(pose.y_m.min()) - MARGIN_M
        self._columns = int((pose.x_m.max() + MARGIN_M - self.left_m) / CELL_M) + 1
        self._rows = int((pose.y_m.max() + MARGIN_M - self.low_m) / CELL_M) + 1
        x = self.left_m + CELL_M * np.arange(self._columns + 1)
        y = self.low_m + CELL_M * np.arange(self._rows + 1)
        rows = [lane.locate(x, np.full_like(x, at)).deviation_m for at in y]
        distance = np.stack(rows).astype(np.float32)
        right, above = np.diff(distance, axis=1), np.diff(distance, axis=0)
        twist = np.diff(right, axis=0)
        of_cells = (distance[:-1, :-1], right[:-1], above[:, :-1], twist)
        # The four numbers of a cell lie together as one of 16 bytes, so that one look-up gets them.
        self._cells = np.ascontiguousarray(np.stack(of_cells, axis=-1)).view(np.complex128).ravel()

    def at(self, column: NDArray[np.float32], row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Metres, positive to the left, at places in cells; beyond the map those of its border."""
        column = np.clip(column, _ZERO, np.float32(self._columns - 0.001))
        row = np.clip(row, _ZERO, np.float32(self._rows - 0.001))
        first, second = np.floor(column), np.floor(row)
        column -= first
        row -= second
        second *= np.float32(self._columns)  # a map has less than 2 ** 24 cells: exact
        second += first
        found = self._cells.take(second.astype(np.intp))
        cells = found.view(np.float32).reshape(*found.shape, 4)
        nearby: NDArray[np.float32] = cells[..., 3] * column
        nearby += cells[..., 2]
        nearby *= row
        nearby += cells[..., 0]
        column *= cells[..., 1]
        nearby += column
        return nearby


def colours(gain: Sequence[float]) -> NDArray[np.float32]:
    """(4, LEVELS * BINS) float32: red, green and blue up to 255, and grain up to 1, of a distance.

    A level holds the mean over a window of BIN_M * 2 ** (level / 2), so that a pixel gets the mean
    of what it covers and thin lines do not flicker. gain: of red, green and blue.
    """
    middles = np.abs((np.arange(-BINS, 2 * BINS) + 0.5) * BIN_M - REACH_M)
    stripe = np.searchsorted([edge for edge, _ in STRIPES[:-1]], middles, side="right")
    sharp = np.array([colour for _, colour in STRIPES], np.float64)[stripe] * (*gain, 1 / 255)
    sharp[:, :3] = np.minimum(sharp[:, :3], 255 / (1 + sharp[:, 3:]))  # nothing passes white
    sums = np.concatenate((np.zeros((1, 4)), np.cumsum(sharp, axis=0)))
    places = np.arange(BINS, 2 * BINS, dtype=np.float64) + 0.5
    levels = []
    for level in range(LEVELS):
        half = 2.0 ** (level / 2) / 2
        levels.append((_at(sums, places + half) - _at(sums, places - half)) / (2 * half))
    return np.ascontiguousarray(np.concatenate(levels).T).astype(np.float32)


def _at(sums: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = places.astype(np.int64)
    share = (places - whole)[:, None]
    between: NDArray[np.float64] = sums[whole] * (1 - share) + sums[whole + 1] * share
    return between


@cache
def grain() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """A tile of noise between -1 and 1, halved in size again and again, and where each size starts.

    Returns float32 of all sizes one after the other, and (GRAIN_LEVELS,) int32. Patches of all
    sizes are equally strong, so that grass has structure near and far.
    """
    rng = np.random.default_rng(0x6A55)
    waves = np.fft.rfft2(rng.standard_normal((GRAIN_PX, GRAIN_PX)))
    frequency = np.hypot(np.fft.fftfreq(GRAIN_PX)[:, None], np.fft.rfftfreq(GRAIN_PX))
    frequency[0, 0] = np.inf  # no mean
    tile = np.fft.irfft2(waves / frequency**0.9)
    tile = np.clip(tile / (2.5 * tile.std()), -1, 1)
    sizes = [tile]
    for _ in range(GRAIN_LEVELS - 1):
        last = sizes[-1]
        sizes.append((last[::2, ::2] + last[1::2, ::2] + last[::2, 1::2] + last[1::2, 1::2]) / 4)
    starts = np.cumsum([0] + [one.size for one in sizes[:-1]])
    flat = np.concatenate([one.ravel() for one in sizes])
    return flat.astype(np.float32), starts.astype(np.int32)
