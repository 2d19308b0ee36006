"""The language of `=EXPR` values: integers, comparisons and a few functions, parsed by hand.

Never `eval`, no powers, no attributes; length, nesting and magnitude are capped.
"""

from convcalc.network.expressions.errors import ExpressionError
from convcalc.network.expressions.parser import RESERVED, Expression, parse_expression

__all__ = ["RESERVED", "Expression", "ExpressionError", "parse_expression"]
