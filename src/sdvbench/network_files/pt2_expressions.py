"""Expressions in a program of torch.export: sizes, and conditions on the sizes of inputs.

torch evaluates both as Python code. So they are parsed here, and what is no arithmetic on sizes is
refused.
"""

import ast
import re
from collections.abc import Collection
from functools import lru_cache

LONGEST = 20_000  # characters; a stride deep inside a network has 2,000
LARGEST_POWER = 8
MOST_DIGITS = 19
SYMBOL = re.compile(r"[a-z]{1,4}\d{1,4}|true|false")
NUMBER = re.compile(r"[-+.\de]{1,40}")
OPERATORS = {
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*"},
    **{ast.FloorDiv: "//", ast.Mod: "%", ast.Div: "/"},
}
JOINED = {"Add": " + ", "Mul": "*", "FloorDiv": "//"}
FUNCTIONS = {
    *("CleanDiv", "CeilDiv", "IntTrueDiv", "FloatTrueDiv", "Mod", "PythonMod"),
    *("ModularIndexing", "Max", "Min", "Where", "Identity", "Rational", "ToFloat"),
    *("CeilToInt", "FloorToInt", "RoundToInt", "TruncToInt", "TruncToFloat", "And", "Or", "Not"),
    *("Equality", "Unequality", "LessThan", "StrictLessThan", "GreaterThan", "StrictGreaterThan"),
}
CALLED = ("max", "min", "int", "float", "round", "math.floor", "math.ceil", "math.trunc")
CONDITIONS = (
    *(ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.cmpop, ast.boolop, ast.unaryop),
    *tuple(OPERATORS),
)


class ExpressionError(Exception):
    """Text that is no arithmetic on sizes."""


@lru_cache(maxsize=10_000)
def size_text(expression: str) -> str:
    """``expression`` as people write it, such as "2*s53". Raises ExpressionError."""
    try:
        return _text(_parsed(expression))
    except RecursionError:
        raise ExpressionError(expression) from None


def _parsed(text: str) -> ast.expr:
    try:
        if len(text) > LONGEST:
            raise ValueError
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(text) from None


def _text(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            return _call(name, args, keywords)
        case ast.Name(id=name) if SYMBOL.fullmatch(name):
            return name
        case ast.Constant(value=int() | float() as number) if len(repr(number)) <= MOST_DIGITS:
            return repr(number)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"-{_text(inner)}"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(left, right)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            return f"({_text(left)} {OPERATORS[type(operator)]} {_text(right)})"
    raise ExpressionError(ast.unparse(node))


def _call(name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> str:
    match name, args:
        case "Symbol", [ast.Constant(value=str() as symbol)] if SYMBOL.fullmatch(symbol):
            if all(isinstance(given.value, ast.Constant) for given in keywords):
                return symbol
        case "Float", [ast.Constant(value=str() as number)] if NUMBER.fullmatch(number):
            match keywords:
                case [ast.keyword(arg="precision", value=ast.Constant(value=53))] | []:
                    return number
        case ("Integer", [number]) if not keywords:
            return _text(number)
        case ("Pow" | "PowByNatural", [base, exponent]) if not keywords:
            return _power(base, exponent)
        case ("Add" | "Mul" | "FloorDiv", [_, _, *_]) if not keywords:
            texts = [_text(arg) for arg in args]
            inner = [text if name == "Add" or text.isalnum() else f"({text})" for text in texts]
            return JOINED[name].join(inner)
        case _ if name in FUNCTIONS and not keywords:
            return f"{name}({', '.join(map(_text, args))})"
    raise ExpressionError(name)


def _power(base: ast.expr, exponent: ast.expr) -> str:
    """Small ones only, and none of powers: 9**9**9 would take all memory there is."""
    told, power = _text(base), _text(exponent).strip("()")
    if "**" in told or not re.fullmatch(r"-?\d", power) or abs(int(power)) > LARGEST_POWER:
        raise ExpressionError(f"{told}**{power}")
    return f"({told})**{power}"


def condition(text: str, inputs: Collection[str]) -> str:
    """A condition such as "L['x'].size()[0] % 2 == 0", where what lay inside a dictionary or list
    has the name of an input: "L['x'][0]" becomes "L['x_0']". Raises ExpressionError.
    """
    try:
        return ast.unparse(_Condition(inputs).visit(_parsed(text)))
    except RecursionError:
        raise ExpressionError(text) from None


class _Condition(ast.NodeTransformer):
    def __init__(self, inputs: Collection[str]) -> None:
        self._inputs = list(inputs)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, CONDITIONS):
            raise ExpressionError(ast.unparse(node))
        return super().generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, int | float):
            raise ExpressionError(ast.unparse(node))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Of a call, such as ``size()``, or of what is an input altogether."""
        if not isinstance(node.value, ast.Call):
            return self._source(node)
        if not (isinstance(node.slice, ast.Constant) and type(node.slice.value) is int):
            raise ExpressionError(ast.unparse(node))
        return ast.Subscript(self.visit_Call(node.value), node.slice, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=name), args=[], keywords=[]):
                if name in ("size", "stride", "storage_offset"):
                    called = ast.Attribute(self._source(inner), name, ast.Load())
                    return ast.Call(called, [], [])
            case ast.Call(func=function, args=args, keywords=[]):
                if ast.unparse(function) in CALLED:
                    return ast.Call(function, [self.visit(arg) for arg in args], [])
        raise ExpressionError(ast.unparse(node))

    def _source(self, node: ast.AST) -> ast.expr:
        keys: list[str | int] = []
        while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            keys.insert(0, node.slice.value)  # type: ignore[arg-type]
            node = node.value
        match keys:
            case ["flat_args", int() as index] if 0 <= index < len(self._inputs):
                name = self._inputs[index]
            case _:
                name = "_".join(map(str, keys))
        if not (isinstance(node, ast.Name) and node.id == "L" and name in self._inputs):
            raise ExpressionError(ast.unparse(node))
        return ast.Subscript(ast.Name("L", ast.Load()), ast.Constant(name), ast.Load())
