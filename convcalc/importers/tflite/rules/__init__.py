"""What each operator of TFLite is in ONNX's words: one file for each family of them."""

from convcalc.importers.tflite.lowering import FUNCTIONS, RULES
from convcalc.importers.tflite.rules import (
    axes,
    figures,
    functions,
    joins,
    products,
    sequences,
    windows,
)

__all__ = [
    "FUNCTIONS",
    "RULES",
    "axes",
    "figures",
    "functions",
    "joins",
    "products",
    "sequences",
    "windows",
]
