"""What networks take and give: tensors by name, shape and type, and the arrays of a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import OptionError

Array = NDArray[Any]
Images = NDArray[np.float32]  # (N, 3, height, width), RGB 0..1
Inputs = tuple[Array, ...]  # of one call, in the order of the network's specification
# Of several calls: images (N, 3, height, width) that are cut into batches, or the inputs of each.
Calls = Array | Sequence[Inputs]

BATCH, HEIGHT, WIDTH = "batch", "height", "width"  # sizes that a run binds by its own options


@dataclass(frozen=True)
class TensorSpec:
    """One input or output of a network.

    shape: of a whole call, the batch included. A name in place of a number is a size that is not
        fixed by the network; it is bound before an engine is built.
    dtype: NumPy's name, for example "int64".
    """

    name: str
    shape: tuple[int | str, ...]
    dtype: str = "float32"

    @property
    def free(self) -> tuple[str, ...]:
        """The sizes that are not bound yet, each once."""
        return tuple(dict.fromkeys(size for size in self.shape if isinstance(size, str)))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of a bound specification."""
        return tuple(int(size) for size in self.shape)

    def bound(self, sizes: Mapping[str, int]) -> "TensorSpec":
        """With numbers in place of names. Raises OptionError for a name that ``sizes`` lacks."""
        for name in self.free:
            if name not in sizes:
                problem = f"leaves the size {name!r} open"
                raise OptionError(f"tensor {self}", problem, "Bind it to a number")
        shape = tuple(sizes[size] if isinstance(size, str) else size for size in self.shape)
        return replace(self, shape=shape)

    def fits(self, array: Array) -> bool:
        """Whether ``array`` has the type and, where it is bound, the shape."""
        same = len(self.shape) == array.ndim and all(
            isinstance(size, str) or size == length
            for size, length in zip(self.shape, array.shape, strict=True)
        )
        return same and array.dtype == np.dtype(self.dtype)

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} {shape_text(self.shape)}"


def shape_text(shape: tuple[int | str, ...]) -> str:
    """For messages: "1x3x640x640"; "scalar" where there is no axis."""
    return "x".join(map(str, shape)) or "scalar"


def images_spec(
    batch: int | str = BATCH, height: int | str = HEIGHT, width: int | str = WIDTH
) -> TensorSpec:
    """Of the one input of a network of images: float32 (batch, 3, height, width), RGB 0..1."""
    return TensorSpec("images", (batch, 3, height, width))


def is_image(spec: TensorSpec) -> bool:
    """Whether an input can be an image: float32 (batch, 3, height, width)."""
    return spec.dtype == "float32" and len(spec.shape) == 4 and spec.shape[1] == 3


def save_calls(file: Path, calls: Calls) -> None:
    """Write them as .npz, for another process."""
    if isinstance(calls, np.ndarray):
        np.savez(file, images=calls)
        return
    arrays = {
        f"{call}.{place}": a for call, inputs in enumerate(calls) for place, a in enumerate(inputs)
    }
    np.savez(file, **arrays)  # type: ignore[arg-type]


def load_calls(file: Path) -> Calls:
    """What ``save_calls`` wrote."""
    with np.load(file) as stored:
        if "images" in stored:
            images: Array = stored["images"]
            return images
        calls: dict[str, list[Array]] = {}
        for name in stored:  # in the order in which they were written
            calls.setdefault(name.partition(".")[0], []).append(stored[name])
    return [tuple(inputs) for inputs in calls.values()]
