"""What each operation of ONNX becomes: one file for each family of them.

A rule names the class of a kind and gives its fields from the operation's attributes. It raises
NoRuleError for what the kind cannot say.
"""

from convcalc.importers.onnx.rules import (
    attending,
    axes,
    einsums,
    joins,
    norms,
    pointwise,
    products,
    quantised,
    recurrent,
    reductions,
    resizing,
    windows,
)
from convcalc.importers.onnx.use import RULES

__all__ = [
    "RULES",
    "attending",
    "axes",
    "einsums",
    "joins",
    "norms",
    "pointwise",
    "products",
    "quantised",
    "recurrent",
    "reductions",
    "resizing",
    "windows",
]
