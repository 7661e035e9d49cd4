"""From the text of ``--sdv-data`` to a data set."""

import os
from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sdvbench.datasets import DATASETS
from sdvbench.datasets.base import Dataset
from sdvbench.datasets.mapped import Mapped
from sdvbench.datasets.mapping import KEY as MAP
from sdvbench.datasets.part import Part
from sdvbench.errors import DatasetError, OptionError

OPTION = "--sdv-data"
SLICE = "slice"
FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def open_dataset(spec: str, option: str = OPTION) -> Dataset:
    """The data set that ``KIND``, ``KIND:PATH`` or ``KIND:PATH?key=value&key=value`` names.

    ``scenes:32`` asks for 32 rendered scenes: what stands after the colon is the first argument of
    the kind's constructor, a path where that is called ``root``; the keys are its other arguments
    that have a number, a text or a truth value as default. Of any kind ``slice=:96`` takes the
    first 96 images, and so on (``Part``), and ``map=bus:car,truck:car`` makes its classes others
    (``Mapped``, or the reader itself where it has that key). A relative path that does not exist is
    looked for below the folder in the environment variable SDVBENCH_DATA.
    option: what gave the text, for messages.

    Raises OptionError on an unknown kind, key or value, DatasetError on what the reader finds.
    """
    named = f"{option} {spec}"
    kind, _, rest = spec.partition(":")
    place, _, query = rest.partition("?")
    if "?" in kind:
        kind, _, query = spec.partition("?")
        place = ""
    if kind not in DATASETS:
        what = f"is not a kind of data set ({', '.join(DATASETS)})"
        raise OptionError(named, what, "Write KIND or KIND:PATH")
    constructor = DATASETS[kind]
    parameters = signature(constructor).parameters
    main = next(iter(parameters.values()))
    pairs = _pairs(named, query)
    common = {name: text for name, text in pairs if name in (SLICE, MAP)}
    arguments = _options(named, pairs, parameters, main.name)
    if place:
        is_path = main.name == "root"
        arguments[main.name] = _existing(place) if is_path else _value(named, main, place)
    elif main.default is Parameter.empty:
        raise OptionError(named, "names no path", f"Write {kind}:PATH")
    dataset: Dataset = constructor(**arguments)
    if MAP in common and MAP not in parameters:
        dataset = Mapped(dataset, common[MAP])
    return Part(dataset, common[SLICE]) if SLICE in common else dataset


def _pairs(named: str, query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise OptionError(named, str(error), "Write ?key=value&key=value") from error


def _options(
    named: str, pairs: Sequence[tuple[str, str]], parameters: Mapping[str, Parameter], main: str
) -> dict[str, Any]:
    """The constructor's arguments among ``pairs``."""
    known = [
        name
        for name, parameter in parameters.items()
        if name != main and isinstance(parameter.default, bool | int | float | str)
    ]
    names = [name for name, _ in pairs]
    for name in names:
        if name not in (*known, MAP, SLICE):
            choice = f"Choose from {', '.join(dict.fromkeys((*known, MAP, SLICE)))}"
            raise OptionError(named, f"option {name!r} is not known", choice)
        if names.count(name) > 1:
            raise OptionError(named, f"gives {name!r} twice", "Give it once")
    return {name: _value(named, parameters[name], text) for name, text in pairs if name in known}


def _value(named: str, parameter: Parameter, text: str) -> bool | int | float | str:
    """The text as a value of the type of the parameter's default."""
    kind = type(parameter.default)
    try:
        value: bool | int | float | str = FLAGS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError) as error:
        what = f"{parameter.name}={text!r} is not a value of type {kind.__name__}"
        raise OptionError(named, what, f"For example {parameter.default}") from error
    return value


def _existing(place: str) -> Path:
    path = Path(place).expanduser()
    if path.exists():
        return path
    base = os.environ.get("SDVBENCH_DATA", "")
    if base and (Path(base) / path).exists():
        return Path(base) / path
    where = f"does not exist here or below SDVBENCH_DATA ({base or 'not set'})"
    raise DatasetError(path, where, "Give a path that exists, or set SDVBENCH_DATA")
