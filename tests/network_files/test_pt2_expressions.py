"""Arithmetic on sizes, and nothing else."""

import pytest

from sdvbench.network_files.pt2_expressions import ExpressionError, condition, size_text

S0 = "Symbol('s0', positive=True, integer=True)"


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        (S0, "s0"),
        ("s0", "s0"),
        (f"Mul(Integer(2), Add({S0}, Integer(-1)))", "2*(s0 + -1)"),
        (f"FloorDiv(Add({S0}, Integer(1)), Integer(2))", "(s0 + 1)//2"),
        (f"Max(Integer(1), Pow({S0}, Integer(2)))", "Max(1, (s0)**2)"),
        ("2*s0 + 1", "((2 * s0) + 1)"),
        (f"Mul(Float('0.5', precision=53), ToFloat({S0}))", "(0.5)*(ToFloat(s0))"),
    ],
)
def test_sizes_are_written_as_people_do(expression, told) -> None:
    assert size_text(expression) == told


CODE = (
    *(
        "",
        "s0; s1",
        "s0.real",
        "s0[0]",
        "'text'",
        "lambda: 1",
        "[s0 for s0 in s1]",
        "exit",
        "(s0,)",
    ),
    *("open('f')", "Symbol('s0, s1')", "Symbol(s0)", "Symbol('__class__')", "f'{s0}'", "(x := s0)"),
    *("Integer(9)**s0", "Pow(s0, s0)", "Pow(s0, Integer(9))", "Float('1', precision=999999999)"),
    *("LShift(Integer(1), Integer(99))", "1" * 5000, "+".join(["s0"] * 4000), "(" * 300),
)


@pytest.mark.parametrize("code", CODE, ids=range(len(CODE)))
def test_sizes_that_are_code_or_too_much_are_refused(code) -> None:
    with pytest.raises(ExpressionError):
        size_text(code)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(L['x'].size()[0] % 2) == 0", "L['x'].size()[0] % 2 == 0"),
        ("not L['d']['k'][1].size()[0] > 3", "not L['d_k_1'].size()[0] > 3"),
        ("L['flat_args'][1].stride()[2] != 1", "L['d_k_1'].stride()[2] != 1"),
        ("max(1, L['x'].size()[3] // 2) < 8", "max(1, L['x'].size()[3] // 2) < 8"),
    ],
)
def test_conditions_name_inputs_as_they_are_passed(text, told) -> None:
    assert condition(text, ["x", "d_k_1"]) == told


WRONG = (
    *("L['y'].size()[0] == 1", "L['x'].numpy()[0] == 1", "L['x'].size", "__import__('os')"),
    *("L['x'].size()[L] == 1", "L.size()", "exit()", "max.__self__", "L['x'].size(exit())[0] == 1"),
    *("9 ** 9 ** 9 == 1", "L['x'].size()[0] << 99 == 1", "'x' == 'x'", "[1] == 1"),
    *("L['flat_args'][9]", "max(exit())", "L['x'][exit()].size()[0] == 1", "-" * 9999 + "1", "\0"),
)


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_conditions_that_are_code_are_refused(text) -> None:
    with pytest.raises(ExpressionError):
        condition(text, ["x"])
