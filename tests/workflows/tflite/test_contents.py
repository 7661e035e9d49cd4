"""The check of what a file holds, on graphs that are written down here."""

from pathlib import Path
from typing import Any

import pytest

from sdvbench.errors import BuildError
from sdvbench.workflows.tflite import contents
from sdvbench.workflows.tflite.contents import RULE, _Graph, _Operator, checked

LAYERS = [("seen.0", 1024), ("seen.2", 1023), ("command", 2000)]
SHAPES = [(16, 4, 4, 4), (11, 31, 1, 3), (2, 1000)]


class Written(_Graph):
    """Three layers, each with an activation behind it.

    taken, stored: types of the layers' inputs and of their weights, one each.
    """

    def __init__(
        self,
        taken: tuple[str, ...],
        stored: tuple[str, ...],
        ends: tuple[str, str] = ("FLOAT32", "FLOAT32"),
        activation: str = "RELU",
    ) -> None:
        self._ends, self._tensors, self._written = ends, [], []
        for kind, weights, shape in zip(taken, stored, SHAPES, strict=True):
            place, packed, unpacked, given = (
                self._tensor(*one) for one in ((kind,), (weights, shape), ("FLOAT32",), (kind,))
            )
            if weights == "FLOAT16":
                self._written.append(_Operator("DEQUANTIZE", (packed,), (unpacked,)))
                packed = unpacked
            layer = "CONV_2D" if len(shape) == 4 else "FULLY_CONNECTED"
            self._written.append(_Operator(layer, (place, packed, -1), (given,)))
            self._written.append(_Operator(activation, (given,), (self._tensor(kind),)))

    def _tensor(self, kind: str, shape: tuple[int, ...] = ()) -> int:
        self._tensors.append((kind, shape))
        return len(self._tensors) - 1

    @property
    def operators(self) -> list[_Operator]:  # type: ignore[override]
        return self._written

    def type(self, place: int) -> str:
        return self._tensors[place][0]

    def shape(self, place: int) -> tuple[int, ...]:
        return self._tensors[place][1]

    def ends(self) -> list[str]:
        return [*self._ends]

    def with_elu(self) -> "Written":
        """And an ELU in float32, between changes of types."""
        whole, given, made = (self._tensor(kind) for kind in ("INT8", "FLOAT32", "FLOAT32"))
        self._written += [
            _Operator("DEQUANTIZE", (whole,), (given,)),
            _Operator("ELU", (given,), (made,)),
            _Operator("QUANTIZE", (made,), (whole,)),
        ]
        return self


FLOATS, INTS = ("FLOAT32",) * 3, ("INT8",) * 3
BYTES = ("UINT8", "UINT8")


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def facts(precision: str, graph: Written) -> dict[str, Any]:
        monkeypatch.setattr(contents, "_Graph", lambda _: graph)
        return checked(file, precision, LAYERS)

    file = tmp_path / "model.tflite"
    file.write_bytes(b"")
    return facts


def test_files_in_their_precision_pass(facts: Any) -> None:
    none: dict[str, Any] = {"float_layers": []}
    assert facts("fp32", Written(FLOATS, FLOATS)) == {"layers": {"FLOAT": 3}, **none}
    halves = facts("fp16", Written(FLOATS, ("FLOAT16",) * 3))
    assert halves == {"layers": {"FLOAT16 weights": 3}, **none}
    assert facts("int8", Written(INTS, INTS, BYTES)) == {"layers": {"INT8": 3}, **none}
    fallback = facts("int8f", Written(INTS, INTS))
    assert fallback == {"layers": {"INT8": 3}, **none, "float_operators": {}}


def test_the_dynamic_range_leaves_small_layers_float_by_a_rule_that_is_told(facts: Any) -> None:
    assert facts("dyn8", Written(FLOATS, ("INT8", "FLOAT32", "INT8"))) == {
        "layers": {"INT8 weights": 2, "FLOAT": 1},
        "float_layers": ["seen.2"],
        "float_because": RULE,
    }


def test_what_else_stays_float_is_counted_in_int8f_and_refused_in_int8(facts: Any) -> None:
    assert facts("int8f", Written(INTS, INTS).with_elu())["float_operators"] == {"ELU": 1}
    with pytest.raises(BuildError, match=r"no int8 by its content: ELU \(FLOAT\)\. Use int8f"):
        facts("int8", Written(INTS, INTS, BYTES).with_elu())


@pytest.mark.parametrize(
    ("precision", "graph", "told"),
    [
        ("fp32", (FLOATS, ("FLOAT32", "FLOAT16", "FLOAT32")), r"seen\.2 \(FLOAT16 weights\)\."),
        ("fp16", (FLOATS, ("FLOAT16", "FLOAT32", "FLOAT16")), r"seen\.2 \(FLOAT\)\."),
        ("dyn8", (FLOATS, ("FLOAT32", "FLOAT32", "INT8")), r"seen\.0 \(FLOAT\)\."),
        ("dyn8", (FLOATS, INTS), r"seen\.2 \(INT8 weights\)\."),
        ("int8", (FLOATS, INTS, BYTES), r"seen\.0 \(INT8 weights\), .*, RELU \(FLOAT\)\."),
        ("int8", (INTS, INTS), r"an input or output in FLOAT32, an"),
        ("int8f", (INTS, ("INT8", "INT4", "INT8")), r"seen\.2 \(INT4 weights\)\."),
    ],
)
def test_others_are_refused(facts: Any, precision: str, graph: Any, told: str) -> None:
    with pytest.raises(BuildError, match=f"is no {precision} by its content: {told}"):
        facts(precision, Written(*graph))


def test_a_network_too_small_for_the_dynamic_range_is_refused(
    facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "SMALLEST", 4000)
    with pytest.raises(BuildError, match=r"leaves layers of fewer than .* in float32"):
        facts("dyn8", Written(FLOATS, FLOATS))


def test_a_file_of_other_layers_is_refused(facts: Any) -> None:
    graph = Written(FLOATS, FLOATS)
    del graph._written[0]
    with pytest.raises(BuildError, match="holds other layers with weights than the network's 3"):
        facts("fp32", graph)
