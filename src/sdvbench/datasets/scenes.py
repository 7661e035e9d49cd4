"""Rendered road scenes: the data set that is always there."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.rendering.painter import CLASSES, Rendering, render
from sdvbench.datasets.rendering.traffic import sample_world
from sdvbench.datasets.rendering.world import World
from sdvbench.errors import OptionError

# Goes up with any change that changes a byte of an image: identities are keys of stored engines.
VERSION = 1
SIDE_PX = (64, 4096)
ALIASES = MappingProxyType({"person": "pedestrian"})


class Scenes(Dataset):
    """Independent street scenes: cars, trucks, pedestrians, cyclists and traffic lights.

    size: number of images. seed: another seed is another data set. start: the number of the first
    scene, so that Scenes(64) and Scenes(64, start=64) have none in common. height, width: of the
    images, in pixels.

    A scene depends on seed, its number and the image size alone: the same bytes in any order of
    access, with one OpenCV build. Light (day, overcast, dusk, night) and weather (clear, rain, fog)
    vary. A box is the exact extent of what was drawn of an object within the image, parts that
    others hide included. Objects of which others hide more than four fifths, and those smaller than
    36 square pixels or 3 pixels a side, have no box. Nothing is crowd or ignored.
    Raises OptionError on arguments out of range.
    """

    classes = CLASSES
    aliases: Mapping[str, str] = ALIASES

    def __init__(
        self, size: int = 64, seed: int = 0, start: int = 0, height: int = 384, width: int = 640
    ) -> None:
        _within("size", size, 1, 10**9)
        _within("seed", seed, 0, 2**63)
        _within("start", start, 0, 10**9)
        _within("height", height, *SIDE_PX)
        _within("width", width, *SIDE_PX)
        self._size, self._seed, self._start = size, seed, start
        self._height_px, self._width_px = height, width
        self._origin = f"scenes-v{VERSION}-seed{seed}-{height}x{width}"
        part = f"seed{seed}-start{start}-size{size}-{height}x{width}"
        self.identity = f"scenes-v{VERSION}-{part}"

    @property
    def drawn_from(self) -> tuple[str, Sequence[int]]:
        return self._origin, range(self._start, self._start + self._size)

    def others(self, count: int) -> "Scenes":
        """The scenes that follow these."""
        start = self._start + self._size
        return Scenes(count, self._seed, start, self._height_px, self._width_px)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> DetectionSample:
        number = self._start + _checked(index, self._size)
        world = sample_world(np.random.default_rng((self._seed, number)))
        rendering = render(world, 0.0, self._height_px, self._width_px)
        return _sample(f"scene {number}", rendering)


class SceneSequence(Dataset):
    """Consecutive frames of one scene: everybody moves at real speeds, the camera car drives.

    frames: how many. rate_hz: frames a second. seed: another seed is another drive. height, width:
    of the images, in pixels.

    Frames are labelled as in Scenes; ``tracks`` tells which box is which object in all frames.
    Raises OptionError on arguments out of range.
    """

    classes = CLASSES
    aliases: Mapping[str, str] = ALIASES
    rate_hz: float

    def __init__(
        self,
        frames: int = 30,
        rate_hz: float = 10.0,
        seed: int = 0,
        height: int = 384,
        width: int = 640,
    ) -> None:
        _within("frames", frames, 1, 10**4)
        _within("rate_hz", rate_hz, 0.1, 1000)
        _within("seed", seed, 0, 2**63)
        _within("height", height, *SIDE_PX)
        _within("width", width, *SIDE_PX)
        self._frames, self.rate_hz, self._seed = frames, rate_hz, seed
        self._height_px, self._width_px = height, width
        part = f"seed{seed}-frames{frames}-{rate_hz:g}Hz-{height}x{width}"
        self.identity = f"scene-sequence-v{VERSION}-{part}"
        duration_s = (frames - 1) / rate_hz
        # The word keeps the drives apart from Scenes of the same seed.
        rng = np.random.default_rng((seed, 0, 0x5E9))
        self._world: World = sample_world(rng, duration_s)
        self._recent = lru_cache(maxsize=2)(self._render)

    def __len__(self) -> int:
        return self._frames

    def __getitem__(self, index: int) -> DetectionSample:
        return _sample(f"frame {index}", self._recent(_checked(index, self._frames)))

    def tracks(self, index: int) -> NDArray[np.int64]:
        """(n,) int64 parallel to the boxes of frame ``index``: one number for each object."""
        return self._recent(_checked(index, self._frames)).movers.copy()

    def _render(self, index: int) -> Rendering:
        return render(self._world, index / self.rate_hz, self._height_px, self._width_px)


def _sample(name: str, rendering: Rendering) -> DetectionSample:
    none = np.zeros(len(rendering.boxes), np.bool_)
    return DetectionSample(
        name=name,
        image=rendering.image.copy(),
        boxes=rendering.boxes.copy(),
        classes=rendering.classes.copy(),
        crowd=none,
        ignore=none.copy(),
    )


def _checked(index: int, size: int) -> int:
    if not 0 <= index < size:
        raise IndexError(f"index {index} of a data set with {size} samples")
    return index


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OptionError(f"{name}={value}", "is out of range", f"Choose {low} to {high}")
