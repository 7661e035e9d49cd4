"""The program of a torch.export archive, from its JSON, with nothing left in it that could run."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import damaged
from sdvbench.network_files.pt2_archive import AGAIN
from sdvbench.network_files.pt2_expressions import ExpressionError, condition, size_text
from sdvbench.network_files.pt2_texts import checked_texts
from sdvbench.network_files.sizes import Found

SCHEMA = 8  # major version of torch's schema of programs, from torch 2.6 to 2.13 at least
MOST_HINTED = 2**20  # of one axis
SYMBOL = re.compile(r"[a-z]{1,4}\d{1,4}")  # torch counts up to the number of "u12"
# Names that a ScalarType has in NumPy; others have none there.
DTYPES = {
    **{1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32"},
    **{8: "float64", 12: "bool", 13: "bfloat16", 28: "uint16", 34: "uint32", 35: "uint64"},
}


@dataclass(frozen=True)
class Program:
    """A program as torch takes it, and its inputs and outputs.

    content: for torch.export's JSON. It takes its inputs by position and gives a tuple, whatever
        containers the exported module took and gave.
    shapes: of tensors that the inputs may be, in the order of the inputs.
    """

    content: dict[str, Any]
    inputs: list[Found]
    outputs: list[Found]
    shapes: list[tuple[int, ...]]


def checked_program(path: Path, found: Any) -> Program:
    """Raises NetworkFileError for what has to run code of its own, and for a damaged program."""
    try:
        _check_version(path, found)
        conditions = found.pop("guards_code", [])
        found["graph_module"].pop("module_call_graph", None)
        content = checked_texts(path, found, "")
        graph, signature = content["graph_module"]["graph"], content["graph_module"]["signature"]
        if not all("as_tensor" in arg for arg in graph["inputs"]):  # torch puts text into code
            raise ValueError("a part of the graph takes something that is no tensor")
        inputs = [
            _tensor(path, graph, "input", spec["user_input"]["arg"])
            if "user_input" in spec
            else _refuse_input(path, spec)
            for spec in signature["input_specs"]
            if not {"parameter", "buffer", "tensor_constant"} & spec.keys()
        ]
        outputs = [
            _tensor(path, graph, "output", spec["user_output"]["arg"])
            for spec in signature["output_specs"]
            if "user_output" in spec
        ]
        names = [tensor.name for tensor in inputs]
        content["guards_code"] = _conditions(path, conditions, names)
        shapes = [_example(graph["tensor_values"][name]["sizes"]) for name in names]
        if not all(map(SYMBOL.fullmatch, content["range_constraints"])):
            raise ValueError("a range is of something that is no size")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as problem:
        damaged(path, f"its program: {type(problem).__name__}: {problem}", AGAIN)
    return Program(content, inputs, outputs, shapes)


def _check_version(path: Path, found: dict[str, Any]) -> None:
    version = found["schema_version"]["major"]
    if version != SCHEMA:
        problem = f"has the schema version {str(version)[:20]}, where {SCHEMA} is known"
        raise NetworkFileError(path, problem, "Export it with the installed torch")


def _refuse_input(path: Path, spec: dict[str, Any]) -> Found:
    kind = next(iter(spec), "nothing")
    name = spec[kind].get("name", "") if isinstance(spec[kind], dict) else ""
    thing = f"{path}: input {name!r}"
    problem = f"is no tensor ({kind}); sdvbench passes tensors only"
    raise NetworkFileError(thing, problem, "Export a network that takes and gives tensors only")


def _tensor(path: Path, graph: dict[str, Any], side: str, arg: dict[str, Any]) -> Found:
    if "as_tensor" not in arg:
        problem = f"has an {side} that is no tensor ({', '.join(arg)})"
        raise NetworkFileError(path, problem, "Export a network that takes and gives tensors only")
    name = arg["as_tensor"]["name"]
    told = graph["tensor_values"][name]
    return Found(name, tuple(map(_size, told["sizes"])), _dtype(told["dtype"]))


def _dtype(number: Any) -> str:
    return DTYPES.get(number, f"number {number}")


def _size(size: dict[str, Any]) -> int | str:
    if "as_expr" in size:
        return size_text(size["as_expr"]["expr_str"])
    number = size["as_int"]
    if type(number) is not int:
        raise TypeError(f"{number!r} is no size")
    return number


def _example(sizes: list[dict[str, Any]]) -> tuple[int, ...]:
    """What it was exported with, as torch noted it."""
    return tuple(
        size["as_int"] if "as_int" in size else _hint(size["as_expr"].get("hint")) for size in sizes
    )


def _hint(noted: dict[str, Any] | None) -> int:
    number = (noted or {}).get("as_int")
    return number if isinstance(number, int) and 0 < number < MOST_HINTED else 2


def _conditions(path: Path, conditions: Any, inputs: list[str]) -> list[str]:
    """Under which the program is right, such as that a size is even; torch checks these."""
    understood = []
    for text in conditions:
        try:
            understood.append(condition(text, inputs))
        except ExpressionError:
            problem = f"has a condition on its inputs that is not understood ({text[:200]!r})"
            remedy = "Export it with tensors as its arguments, and with fewer sizes that may change"
            raise NetworkFileError(path, problem, remedy) from None
    return understood
