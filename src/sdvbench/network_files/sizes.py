"""Names for the sizes that a network leaves open."""

import re
from dataclasses import dataclass

from sdvbench.tensors import BATCH, HEIGHT, WIDTH, TensorSpec

WORD = re.compile(r"[^\W\d]\w*")
FLOATS = ("float16", "float32", "float64")


@dataclass(frozen=True)
class Found:
    """An input or output as a file states it. sizes: None for one that is open and has no name."""

    name: str
    sizes: tuple[int | str | None, ...]
    dtype: str

    @property
    def named(self) -> list[int | str]:
        """With a name for every open size, such as "audio_1" of the second axis of "audio"."""
        return [
            f"{self.name}_{axis}" if size is None else size for axis, size in enumerate(self.sizes)
        ]


def specifications(
    inputs: list[Found], outputs: list[Found]
) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    """The open first size of an input is called "batch", wherever its name occurs, and the open
    sizes of images (batch, 3, height, width) are called "height" and "width". Others keep theirs.
    """
    names = _names(inputs, outputs)
    return tuple(_spec(found, names) for found in inputs), tuple(
        _spec(found, names) for found in outputs
    )


def _names(inputs: list[Found], outputs: list[Found]) -> dict[str, str]:
    """Names in the file, each with what it is called."""
    names: dict[str, str] = {}
    for found in inputs:
        if found.sizes and isinstance(size := found.named[0], str):
            names[size] = BATCH
    for found in inputs:
        if len(found.sizes) == 4 and found.sizes[1] == 3 and found.dtype in FLOATS:
            for size, called in zip(found.named[2:], (HEIGHT, WIDTH), strict=True):
                if isinstance(size, str):
                    names.setdefault(size, called)
    given = set(names.values())
    for found in (*inputs, *outputs):
        for axis, size in enumerate(found.named):
            if isinstance(size, str) and size in given:  # the file's name for something else
                names.setdefault(size, f"{found.name}_{axis}")
    return names


def _spec(found: Found, names: dict[str, str]) -> TensorSpec:
    shape = tuple(
        size if isinstance(size, int) else names.get(size) or _in_words(size, names)
        for size in found.named
    )
    return TensorSpec(found.name, shape, found.dtype)


def _in_words(size: str, names: dict[str, str]) -> str:
    """``size`` may be an expression, such as "2*s53"."""
    return WORD.sub(lambda word: names.get(word[0], word[0]), size)
