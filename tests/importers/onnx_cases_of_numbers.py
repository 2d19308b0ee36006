"""Functions, arithmetic, and what is worked out of stored numbers."""

from __future__ import annotations

from collections.abc import Mapping

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net, op

PLACE = (1, 4, 5)

FUNCTIONS = {
    **{
        word: op(word, PLACE)
        for word in (
            *("Abs", "Cos", "Exp", "HardSwish", "Mish", "Neg", "Relu", "Sigmoid", "Sin"),
            *("Softplus", "Softsign", "Tanh"),
        )
    },
    "Erf": op("Erf", PLACE, opaque=True),
    **{word: op(word, X(PLACE, is_positive=True)) for word in ("Log", "Sqrt", "Reciprocal")},
    **{
        f"{word}, as usual": op(word, PLACE)
        for word in ("LeakyRelu", "Elu", "Celu", "Selu", "Gelu", "HardSigmoid", "ThresholdedRelu")
    },
    **{
        f"{word} of 0.3": op(word, PLACE, alpha=0.3)
        for word in ("LeakyRelu", "Elu", "Celu", "ThresholdedRelu")
    },
    "Gelu by tanh": op("Gelu", PLACE, approximate="tanh"),
    "HardSigmoid of its own": op("HardSigmoid", PLACE, alpha=0.3, beta=0.25),
    "HardSigmoid of a sixth": op("HardSigmoid", PLACE, alpha=1 / 6),
    "Shrink": op("Shrink", PLACE, lambd=1.5),
    "Shrink and move": op("Shrink", PLACE, lambd=0.75, bias=0.75),
    "Clip": op("Clip", PLACE, -1.0, 1.5),
    "Clip from below": op("Clip", PLACE, -1.0),
    "Clip from above": op("Clip", PLACE, None, 1.5),
    "Clip to 6": op("Clip", PLACE, 0.0, 6.0),
    "Clip at 0": op("Clip", PLACE, 0.0),
    "Clip by attributes": op("Clip", PLACE, min=-0.5, max=2.0, opset=6),
    "Clip by an attribute": op("Clip", PLACE, max=0.25, opset=6),
    "PRelu of one slope": op("PRelu", PLACE, W((1,))),
    "PRelu of channels": op("PRelu", PLACE, W((4, 1))),
    "PRelu of many channels": op("PRelu", (1, 300, 1), W((300, 1))),
    "PRelu of channels, from the first axis": op("PRelu", PLACE, W((1, 4, 1))),
    "Softmax": op("Softmax", (1, 3, 4)),
    "Softmax of channels": op("Softmax", (1, 3, 4), axis=1),
    "Softmax from the second axis on": op("Softmax", (1, 3, 4), opset=11),
    "Softmax from the last axis on": op("Softmax", (1, 3, 4), axis=-1, opset=11),
    "LogSoftmax": op("LogSoftmax", (1, 3, 4, 2), axis=2),
    "Selu of its own": op("Selu", PLACE, alpha=1.5, gamma=1.2, opaque=True),
    "Swish": op("Swish", PLACE, opset=24),
    "Swish of its own": op("Swish", PLACE, alpha=0.5, opset=24, opaque=True),
    "HardSigmoid of a fifth": op("HardSigmoid", PLACE, alpha=0.2, beta=0.5),
    "Clip to what goes in": op("Clip", PLACE, X(()), opaque=True),
    "Clip from more to less": op("Clip", PLACE, 2.0, 1.0, opaque=True),
    "PRelu of each": op("PRelu", PLACE, W((4, 5)), opaque=True),
    "Dropout and what is left": op("Dropout", PLACE, 0.0, results=2, opaque=True),
    "to the fourth": op("Pow", PLACE, 4.0),
    "squared and turned over": op("Pow", X(PLACE, is_positive=True), -2.0),
    "to a power for each column": op(
        "Pow", X(PLACE, is_positive=True), C((5,), [1.0, 2.0, 3.0, 1.0, 2.0])
    ),
    "to a power for each, which goes in": op("Pow", X(PLACE, is_positive=True), PLACE),
    "a number to powers": op("Pow", C((1,), [2.5]), PLACE),
    "to learnt powers": op("Pow", X(PLACE, is_positive=True), W((5,))),
    "squared": op("Pow", PLACE, 2.0),
    "cubed": op("Pow", PLACE, 3.0),
    "to the first": op("Pow", PLACE, 1.0),
    "rooted": op("Pow", X(PLACE, is_positive=True), 0.5),
    "turned over": op("Pow", X(PLACE, is_positive=True), -1.0),
    "rooted and turned over": op("Pow", X(PLACE, is_positive=True), -0.5),
    "nothing": op("Identity", PLACE),
    "nothing of a share": op("Dropout", PLACE, 0.3),
    "nothing of an attribute": op("Dropout", PLACE, ratio=0.2, opset=11),
}

BOTH = {
    **{
        f"{word} of two": op(word, PLACE, X(PLACE, is_positive=True))
        for word in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean")
    },
    **{
        f"{word} of three": op(word, PLACE, PLACE, X(PLACE, is_positive=True))
        for word in ("Max", "Min", "Sum", "Mean")
    },
    "Sum of one": op("Sum", PLACE),
    **{f"{word} and a number": op(word, PLACE, -1.5) for word in ("Add", "Sub", "Mul", "Div")},
    **{
        f"a number and {word}": op(word, -1.5, X(PLACE, is_positive=True))
        for word in ("Add", "Sub", "Mul", "Div", "Max")
    },
    **{
        f"{word} of written numbers of columns": op(
            word, PLACE, C((5,), [1.0, 2.0, -3.0, 0.0, 0.5])
        )
        for word in ("Max", "Mean")
    },
    "Max of learnt numbers": op(
        "Max",
        (1, 4, 5),
        W((5,)),
    ),
    "Clip by constants": op("Clip", (1, 4, 5), C((), [-0.5]), C((), [0.75])),
    "Max of one": op("Max", PLACE),
    "Div of whole numbers": op("Div", X(PLACE, 9), C((), [-2])),
    "Add of learnt numbers of channels": op("Add", PLACE, W((4, 1))),
    "Mul of learnt numbers of channels": op("Mul", W((1, 4, 1)), PLACE),
    "Sub of learnt numbers of channels": op("Sub", PLACE, W((4, 1))),
    "Sub from learnt numbers of channels": op("Sub", W((4, 1)), PLACE),
    "Add of learnt numbers of columns": op("Add", PLACE, W((5,))),
    "Add of a learnt number for each": op("Add", PLACE, W((4, 5))),
    "Mul of a learnt number for each": op("Mul", PLACE, W((1, 4, 5))),
    "Add of written numbers": op("Add", PLACE, C((4, 1), [0.5, 1.5, -2.0, 0.25])),
    "Sub from a stored number": op("Sub", W((1,)), PLACE, params=0),
    "Add of a gate": op("Add", (1, 4, 2, 3), (1, 4, 1, 1)),
    "Mul of a gate in front": op("Mul", (1, 4, 1, 1), (1, 4, 2, 3)),
    "Mul of one map": op("Mul", (1, 4, 2, 3), (1, 1, 2, 3)),
    "Sub of rows and columns": op("Sub", (1, 3, 1), (1, 1, 4)),
    "Div of fewer axes": op("Div", (1, 2, 3), X((3,), is_positive=True)),
}

# What is true is 1, for ONNX's own types as well: it is cast to reals before it is put out.
COMPARISONS = ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")


def asked(nodes: list[bytes], reads: Mapping[str, Read]) -> Case:
    """A file whose last truths, `t`, become numbers."""
    return net([*nodes, node("Cast", ["t"], ["y"], to=1)], reads)


DECISIONS = {
    **{
        f"{word} of two": asked([node(word, ["a", "b"], ["t"])], {"a": PLACE, "b": X(PLACE)})
        for word in COMPARISONS
    },
    **{
        f"{word} and a number": asked([node(word, ["a", "b"], ["t"])], {"a": PLACE, "b": 0.25})
        for word in COMPARISONS
    },
    **{
        f"a number and {word}": asked([node(word, ["b", "a"], ["t"])], {"a": PLACE, "b": 0.25})
        for word in COMPARISONS
    },
    "Less of rows and stored numbers": asked(
        [node("Less", ["a", "b"], ["t"])],
        {"a": (1, 3, 1), "b": C((4,), [-1.0, 0.0, 0.5, 2.0])},
    ),
    **{
        f"{word} of truths": asked(
            [node("Greater", ["a", "b"], ["l"]), node("Less", ["a", "n"], ["r"]),
             node(word, ["l", "r"], ["t"])],
            {"a": PLACE, "b": X(PLACE), "n": 0.5},
        )
        for word in ("And", "Or", "Xor")
    },
    **{
        f"{word} of what is true": asked(
            [node("Greater", ["a", "n"], ["l"]), node("Cast", ["o"], ["r"], to=9),
             node(word, ["l", "r"], ["t"])],
            {"a": PLACE, "n": 0.5, "o": C((1,), [1.0])},
        )
        for word in ("And", "Or", "Xor")
    },
    "Not": asked([node("Less", ["a", "n"], ["l"]), node("Not", ["l"], ["t"])],
                 {"a": PLACE, "n": 0.5}),
    "IsNaN of shares of nothing": asked(
        [node("Less", ["a", "n"], ["h"]), node("Where", ["h", "low", "b"], ["m"]),
         node("Softmax", ["m"], ["s"], axis=2), node("IsNaN", ["s"], ["t"])],
        {"a": (1, 4, 1), "b": PLACE, "n": 0.5, "low": float("-inf")},
    ),
    "what is hidden": asked(
        [node("Less", ["a", "n"], ["h"]), node("Where", ["h", "low", "a"], ["m"]),
         node("Equal", ["m", "low"], ["t"])],
        {"a": PLACE, "n": 0.5, "low": float("-inf")},
    ),
    "truths of numbers": asked([node("Cast", ["a"], ["t"], to=9)], {"a": X(PLACE, 3)}),
    "truths of truths": asked(
        [node("Cast", ["a"], ["u"], to=9), node("Cast", ["u"], ["t"], to=9)], {"a": X(PLACE, 3)}
    ),
    "Where of two": net(
        [node("Less", ["a", "b"], ["t"]), node("Where", ["t", "a", "b"], ["y"])],
        {"a": PLACE, "b": X(PLACE)},
    ),
    "Where of a number": net(
        [node("Less", ["a", "n"], ["t"]), node("Where", ["t", "n", "a"], ["y"])],
        {"a": PLACE, "n": 0.5},
    ),
    "Where of two numbers": net(
        [node("Less", ["a", "n"], ["t"]), node("Where", ["t", "n", "o"], ["y"])],
        {"a": PLACE, "n": 0.5, "o": -1e4},
    ),
    "Where of fewer axes": net(
        [node("Less", ["a", "n"], ["t"]), node("Where", ["t", "b", "c"], ["y"])],
        {"a": (1, 1, 5), "b": (1, 4, 1), "c": C((2, 1, 1), [1.0, 2.0]), "n": 0.5},
    ),
    "Where of stored truths": net(
        [node("Less", ["k", "n"], ["t"]), node("Where", ["t", "a", "n"], ["y"])],
        {"a": PLACE, "k": C((5,), [0.0, 1.0, 0.0, 0.0, 1.0]), "n": 0.5},
    ),
    "shares of what a mask leaves": net(
        [node("Less", ["a", "n"], ["t"]), node("Where", ["t", "low", "a"], ["m"]),
         node("Softmax", ["m"], ["y"], axis=2)],
        {"a": PLACE, "n": 0.5, "low": float("-inf")},
    ),
}  # fmt: skip
