"""Cell ids, and the order of the matrix."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.cells import Cell, Gap, matrix
from sdvbench.errors import OptionError

NAMES = st.from_regex(r"[A-Za-z0-9_.]+", fullmatch=True)


def test_an_id_reads_as_the_design_says() -> None:
    cell = Cell("yolov5s", "PG", "W2", "fp16", 1)
    assert str(cell) == "yolov5s-PG-W2-fp16-b1"
    assert Cell.parse("yolov5s-PG-W2-fp16-b1") == cell


@given(st.builds(Cell, NAMES, NAMES, NAMES, NAMES, st.integers(1, 10**6)))
def test_every_cell_comes_back_from_its_id(cell: Cell) -> None:
    assert Cell.parse(str(cell)) == cell


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yolov5s",
        "yolov5s-PG-W2-fp16",
        "yolov5s-PG-W2-fp16-1",
        "yolov5s-PG-W2-fp16-b0",
        "yolov5s-PG-W2-fp16-b01",
        "yolov5s-PG-W2-fp16-b-1",
        "yolov5s-PG-W2-fp16-b1.5",
        "yolov5s-PG-W2-fp16-b1\n",
        "yolov5s-PG-W2-fp16-b\u0661",  # a digit elsewhere
        "yolov5s--W2-fp16-b1",
        "yolov5s-PG-W2-fp16-x-b1",
        " yolov5s-PG-W2-fp16-b1",
        "yolo/v5s-PG-W2-fp16-b1",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(OptionError):
        Cell.parse(text)


@given(st.text(st.sampled_from("ab-1 \n.")) | st.text())
def test_parsing_is_the_inverse_of_printing_or_an_error(text: str) -> None:
    with suppress(OptionError):
        assert str(Cell.parse(text)) == text


@pytest.mark.parametrize(
    "make", [lambda n: Cell(n, "PL", "W1", "fp32"), lambda n: Cell("m", "PL", "W1", n)]
)
@pytest.mark.parametrize("name", ["", "a-b", "a b", "ä", "a\n", "a/b"])
def test_a_name_that_an_id_cannot_hold_is_refused(make: Callable[[str], Cell], name: str) -> None:
    with pytest.raises(OptionError, match="cannot be part of a cell id"):
        make(name)


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_is_positive(batch: int) -> None:
    with pytest.raises(OptionError, match="is not positive"):
        Cell("m", "PL", "W1", "fp32", batch)


def test_the_matrix_keeps_what_shares_a_model_together() -> None:
    cells = matrix(["n", "s"], ["orig", "PL"], {"Wd": ["fp32"], "W1": ["fp32", "int8"]}, [1, 4])
    assert [str(cell) for cell in cells] == [
        f"{model}-{pruning}-{engine}-b{batch}"
        for model in ("n", "s")
        for pruning in ("orig", "PL")
        for batch in (1, 4)
        for engine in ("Wd-fp32", "W1-fp32", "W1-int8")
    ]


def test_a_workflow_without_precisions_has_no_cells() -> None:
    assert list(matrix(["n"], ["orig"], {"Wd": [], "W1": ["fp32"]}, [1])) == [
        Cell("n", "orig", "W1", "fp32")
    ]


def test_a_gap_says_what_to_do() -> None:
    assert str(Gap("no GPU", "buy one")) == "no GPU; to enable: buy one"
