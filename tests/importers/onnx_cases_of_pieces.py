"""What exporters write in several operations, and is one layer here, or is not."""

from __future__ import annotations

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import W, net

PIECES = {
    "a sigmoid as a gate": net(
        [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])], {"x": (1, 2, 3)}
    ),
    "a sigmoid as a gate in front": net(
        [node("Sigmoid", ["x"], ["s"]), node("Mul", ["s", "x"], ["y"])], {"x": (1, 2, 3)}
    ),
    "a half as the other's gate": net(
        [
            node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2),
            node("Sigmoid", ["b"], ["s"]),
            node("Mul", ["a", "s"], ["y"]),
        ],
        {"x": (1, 4, 3)},
    ),
    "a half of a given size as a gate": net(
        [
            node("Split", ["x", "n"], ["a", "b"], axis=1),
            node("Sigmoid", ["b"], ["s"]),
            node("Mul", ["a", "s"], ["y"]),
        ],
        {"x": (1, 4, 3), "n": [2, 2]},
    ),
    "a gelu by its error function": net(
        [
            node("Div", ["x", "r"], ["a"]),
            node("Erf", ["a"], ["e"]),
            node("Add", ["e", "o"], ["p"]),
            node("Mul", ["x", "p"], ["m"]),
            node("Mul", ["m", "h"], ["y"]),
        ],
        {"x": (1, 2, 3), "r": 2.0**0.5, "o": 1.0, "h": 0.5},
    ),
    "a logarithm of exponentials": net(
        [node("Exp", ["x"], ["e"]), node("Add", ["e", "o"], ["p"]), node("Log", ["p"], ["y"])],
        {"x": (1, 2, 3), "o": 1.0},
    ),
    "a norm over columns": net(
        [
            node("ReduceMean", ["x", "ax"], ["m"]),
            node("Sub", ["x", "m"], ["d"]),
            node("Mul", ["d", "d"], ["s"]),
            node("ReduceMean", ["s", "ax"], ["v"]),
            node("Add", ["v", "e"], ["ve"]),
            node("Sqrt", ["ve"], ["r"]),
            node("Div", ["d", "r"], ["n"]),
            node("Mul", ["n", "g"], ["ng"]),
            node("Add", ["ng", "b"], ["y"]),
        ],
        {"x": (1, 2, 6), "ax": [-1], "e": 0.5, "g": W((6,)), "b": W((6,))},
    ),
    "a norm over channels": net(
        [
            node("ReduceMean", ["x", "ax"], ["m"]),
            node("Sub", ["x", "m"], ["d"]),
            node("Mul", ["d", "d"], ["s"]),
            node("ReduceMean", ["s", "ax"], ["v"]),
            node("Add", ["v", "e"], ["ve"]),
            node("Sqrt", ["ve"], ["r"]),
            node("Div", ["d", "r"], ["n"]),
            node("Mul", ["n", "g"], ["ng"]),
            node("Add", ["b", "ng"], ["y"]),
        ],
        {"x": (1, 4, 6), "ax": [1], "e": 0.5, "g": W((4, 1)), "b": W((4, 1))},
    ),
    "a norm over two axes": net(
        [
            node("ReduceMean", ["x", "ax"], ["m"]),
            node("Sub", ["x", "m"], ["d"]),
            node("Mul", ["d", "d"], ["s"]),
            node("ReduceMean", ["s", "ax"], ["v"]),
            node("Add", ["v", "e"], ["ve"]),
            node("Sqrt", ["ve"], ["r"]),
            node("Div", ["d", "r"], ["y"]),
        ],
        {"x": (1, 4, 6), "ax": [1, 2], "e": 0.5},
    ),
    "a norm by squares": net(
        [
            node("Pow", ["x", "two"], ["s"]),
            node("ReduceMean", ["s", "ax"], ["v"]),
            node("Add", ["v", "e"], ["ve"]),
            node("Sqrt", ["ve"], ["r"]),
            node("Div", ["x", "r"], ["n"]),
            node("Mul", ["n", "g"], ["y"]),
        ],
        {"x": (1, 2, 6), "ax": [-1], "e": 0.5, "two": 2.0, "g": W((6,))},
    ),
    "a norm by the inverse of a root": net(
        [
            node("Pow", ["x", "two"], ["s"]),
            node("ReduceMean", ["s", "ax"], ["v"]),
            node("Add", ["v", "e"], ["ve"]),
            node("Sqrt", ["ve"], ["r"]),
            node("Reciprocal", ["r"], ["q"]),
            node("Mul", ["x", "q"], ["n"]),
            node("Mul", ["g", "n"], ["y"]),
        ],
        {"x": (1, 2, 6), "ax": [-1], "e": 0.5, "two": 2.0, "g": W((6,))},
    ),
    "columns rolled": net(
        [
            node("Slice", ["x", "a", "b", "c"], ["p"]),
            node("Slice", ["x", "b", "z", "c"], ["q"]),
            node("Concat", ["q", "p"], ["y"], axis=2),
        ],
        {"x": (1, 2, 5), "a": [0], "b": [2], "z": [1 << 40], "c": [2]},
    ),
    "channels rolled": net(
        [
            node("Slice", ["x", "a", "b", "c"], ["p"]),
            node("Slice", ["x", "b", "z", "c"], ["q"]),
            node("Concat", ["q", "p"], ["y"], axis=1),
        ],
        {"x": (1, 6, 5), "a": [0], "b": [-2], "z": [6], "c": [1]},
    ),
    "columns joined that leave one out": net(
        [
            node("Slice", ["x", "a", "b", "c"], ["p"]),
            node("Slice", ["x", "d", "z", "c"], ["q"]),
            node("Concat", ["q", "p"], ["y"], axis=2),
        ],
        {"x": (1, 2, 5), "a": [0], "b": [2], "d": [3], "z": [5], "c": [2]},
    ),
}
