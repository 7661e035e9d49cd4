"""Networks that a user names by their file: ``mine=net.onnx?task=detection&layout=yolov8``."""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from sdvbench.cells import NAME
from sdvbench.errors import OptionError
from sdvbench.models import MODELS

EXAMPLE = "mine=net.onnx?task=detection&layout=yolov8&names=names.txt"
LAYOUT = "yolov5"  # of detectors, where none is given
NUMBER = re.compile(r"[1-9][0-9]{0,8}")
SIZES = ("batch", "height", "width")  # as sdvbench.tensors has them, which loads NumPy


@dataclass(frozen=True)
class GivenFile:
    """name: of the model, first part of its cell ids. named: where it comes from and as the user
    wrote it, for messages.

    task: what its outputs mean; layout: of a detector's outputs, a decoder's name.
    names: a text file with the name of a class a line, in the order of the outputs.
    keep: names of modules or nodes that stay float32.
    shapes: of inputs by name, with "batch", "height" and "width" in place of numbers that a run
        binds. values: of inputs by name, the least and the largest number that they may hold.
    """

    name: str
    named: str
    path: Path
    task: str = "tensors"
    layout: str = LAYOUT
    names: Path | None = None
    keep: tuple[str, ...] = ()
    shapes: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def given_file(name: str, text: str, root: Path, named: str = "") -> GivenFile:
    """The network that ``text`` (PATH?key=value&key=value) names; its file is not opened.

    root: where relative paths start. named: where it comes from, for errors; default the option.
    Raises OptionError.
    """
    named = named or f"--sdv-model {name}={text}"
    if not NAME.fullmatch(name):
        remedy = "Use letters, digits, '_' and '.' only"
        raise OptionError(named, f"{name!r} cannot be part of a cell id", remedy)
    if name in MODELS:
        problem = f"{name} is the name of a model that sdvbench knows"
        raise OptionError(named, problem, "Choose another name")
    place, _, query = text.partition("?")
    if not place:
        raise OptionError(named, "names no file", f"Write it like {EXAMPLE}")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise OptionError(named, str(error), f"Write it like {EXAMPLE}") from error
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise OptionError(named, f"gives {key!r} twice", "Give it once")
    plain: dict[str, str] = {}
    shapes: dict[str, tuple[int | str, ...]] = {}
    values: dict[str, tuple[float, float]] = {}
    for key, value in pairs:
        kind, dot, tensor = key.partition(".")
        if kind == "shape" and dot:
            shapes[tensor] = _shape(named, key, value)
        elif kind == "value" and dot:
            values[tensor] = _range(named, key, value)
        elif key in ("task", "layout", "names", "float"):
            plain[key] = value
        else:
            known = "task, layout, names, float, shape.INPUT and value.INPUT"
            raise OptionError(named, f"option {key!r} is not known", f"Choose from {known}")
    _check_choices(named, plain)
    return GivenFile(
        name,
        named,
        _path(named, root, place),
        plain.get("task", "tensors"),
        plain.get("layout", LAYOUT),
        _path(named, root, plain["names"]) if "names" in plain else None,
        tuple(part for part in plain.get("float", "").split("|") if part),
        shapes,
        values,
    )


def _path(named: str, root: Path, text: str) -> Path:
    try:
        return root / Path(text).expanduser()
    except RuntimeError as error:  # ~ of no known user
        raise OptionError(named, str(error), "Write the whole path") from error


def _check_choices(named: str, plain: Mapping[str, str]) -> None:
    from sdvbench.tasks import TASKS
    from sdvbench.tasks.detection.decoders import DECODERS

    for key, known in (("task", TASKS), ("layout", DECODERS)):
        if plain.get(key, next(iter(known))) not in known:
            problem = f"{key}={plain[key]} is not known"
            raise OptionError(named, problem, f"Choose from {', '.join(known)}")
    for key in ("layout", "names"):
        if key in plain and plain.get("task") != "detection":
            raise OptionError(named, f"{key} is of task=detection only", "Add task=detection")


def _shape(named: str, key: str, value: str) -> tuple[int | str, ...]:
    """ "batchx3x64x64" with the words for what a run binds; empty is a scalar."""
    sizes: list[int | str] = []
    text = value
    while text:
        word = next((size for size in SIZES if text.startswith(size)), "")
        part = word or text.partition("x")[0]
        if not word and not NUMBER.fullmatch(part):
            remedy = "Write numbers, batch, height or width, with x between: batchx3x64x64"
            raise OptionError(named, f"{key}={value} is no shape", remedy)
        sizes.append(word or int(part))
        rest = text[len(part) :]
        if rest and not (rest.startswith("x") and len(rest) > 1):
            raise OptionError(named, f"{key}={value} is no shape", "Write it like batchx3x64x64")
        text = rest[1:]
    return tuple(sizes)


def _range(named: str, key: str, value: str) -> tuple[float, float]:
    """ "0..999", or one number, which is the least and the largest."""
    least, _, largest = value.partition("..")
    with suppress(ValueError):
        found = float(least), float(largest or least)
        if all(map(math.isfinite, found)) and found[0] <= found[1]:
            return found
    remedy = "Write it like 16000, or 0..999"
    raise OptionError(named, f"{key}={value} is no number, nor a range of numbers", remedy)
