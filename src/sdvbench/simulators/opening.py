"""From the text that names a simulator to the simulator."""

from inspect import signature
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sdvbench.errors import OptionError
from sdvbench.simulators import SIMULATORS

if TYPE_CHECKING:
    from sdvbench.simulators.base import Simulator

FLAGS = {"true": True, "false": False}


def open_simulator(text: str) -> "Simulator":
    """The simulator that ``NAME`` or ``NAME?key=value&key=value`` names, for a ``with`` block.

    The keys are arguments of its constructor, for example ``circuit?road=3``. Raises OptionError
    on an unknown name, key or value.
    """
    kind, arguments = read_simulator(text)
    return kind(**arguments)


def read_simulator(text: str) -> "tuple[type[Simulator], dict[str, Any]]":
    """What ``open_simulator`` opens, with the arguments that it is given; nothing is started.

    Raises OptionError as that does.
    """
    name, _, query = text.partition("?")
    kind: type[Simulator] = SIMULATORS[name]
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise OptionError(text, str(error), "Write NAME?key=value&key=value") from error
    parameters = signature(kind).parameters
    arguments: dict[str, Any] = {}
    for key, value in pairs:
        if key not in parameters:
            choice = f"Choose from {', '.join(parameters)}"
            raise OptionError(text, f"option {key!r} is not known", choice)
        if key in arguments:
            raise OptionError(text, f"gives {key!r} twice", "Give it once")
        arguments[key] = _value(text, key, value, parameters[key].default)
    kind.check(**arguments)
    return kind, arguments


def _value(text: str, key: str, value: str, default: object) -> object:
    """``value`` as the type of the parameter's default."""
    kind = type(default)
    try:
        return FLAGS[value.lower()] if kind is bool else kind(value)  # type: ignore[call-arg]
    except (KeyError, ValueError) as error:
        problem = f"{key}={value!r} is not a value of type {kind.__name__}"
        raise OptionError(text, problem, f"For example {key}={default}") from error
