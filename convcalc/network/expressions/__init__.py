"""The language of `=EXPR` values: exact numbers, comparisons and functions, a part of Python's.

`ast` knows its grammar, and nothing else of Python is let in: never `eval`, no powers, no
attributes. Length, nesting, steps and magnitude are capped.
"""

from convcalc.network.expressions.operations import FUNCTIONS as BUILTIN
from convcalc.network.expressions.operations import MAX_MAGNITUDE, Number, number, simplest
from convcalc.network.expressions.parser import Expression, Function, Functions, parse_expression
from convcalc.network.expressions.parts import ExpressionError
from convcalc.network.expressions.scope import SIZES, LayerScope
from convcalc.network.expressions.syntax import OF_LAYER, RESERVED

__all__ = [
    "BUILTIN",
    "MAX_MAGNITUDE",
    "OF_LAYER",
    "RESERVED",
    "SIZES",
    "Expression",
    "ExpressionError",
    "Function",
    "Functions",
    "LayerScope",
    "Number",
    "number",
    "parse_expression",
    "simplest",
]
