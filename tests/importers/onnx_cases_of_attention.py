"""Attention as exporters write it: two products with a softmax between them, and masks."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net

INF = inf
Sizes = tuple[int, int, int, int]
TRUTHS = C((3, 5), [1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1], "bool")
FLOATS = C((3, 5), [0.5, -1.0, 0.0, 2.0, -0.5, 1.0, 0.0, -INF, 0.0, 0.0, 0.0, -2.0, 0.0, 1.5, 0.0])
LOW = [0.0, -INF, -INF, 0.0, 0.0, -INF, 0.0, 0.0, 0.0]


def joined(
    middle: Sequence[bytes],
    more: dict[str, Read],
    keys: int = 5,
    before: Sequence[bytes] = (),
    behind: Sequence[bytes] = (),
    last: str = "w",
    scale: str = "Mul",
    axis: int = -1,
    perm: Sequence[int] = (0, 1, 3, 2),
    again: Sequence[str] = (),
    **given: Sizes,
) -> Case:
    """Two heads of three queries: `middle` makes of the scores `m` what the softmax reads, `n`.

    What is read `again` comes out as well; `q`, `k` and `v` may be given in other sizes.
    """
    nodes = [
        node("Transpose", ["k"], ["kt"], perm=[*perm]),
        *before,
        node("MatMul", ["qq" if before else "q", "kt"], ["a"]),
        node(scale, ["a", "half"], ["m"]),
        *middle,
        node("Softmax", ["n"], ["w"], axis=axis),
        *behind,
        node("MatMul", [last, "v"], ["y"]),
    ]
    reads: dict[str, Read] = {"q": (1, 2, 3, 4), "k": (1, 2, keys, 4), "v": (1, 2, keys, 6)}
    params = sum(30 for one in more.values() if isinstance(one, W))
    named = {**reads, **given, "half": 0.5, **more}
    return net(nodes, named, ("y", *again), params=params, macs=2 * 3 * keys * (4 + 6))


# What is one layer with its masks.
ONE = {
    "kept where it is true": joined(
        [node("Where", ["t", "m", "low"], ["n"])], {"t": TRUTHS, "low": -INF}
    ),
    "kept where it is true, else -1e9": joined(
        [node("Where", ["t", "m", "low"], ["n"])], {"t": TRUTHS, "low": -1e9}
    ),
    "hidden where it is true": joined(
        [node("Where", ["t", "low", "m"], ["n"])], {"t": TRUTHS, "low": -1e30}
    ),
    "divided scores, numbers added": joined(
        [node("Add", ["m", "f"], ["n"])], {"f": FLOATS}, scale="Div"
    ),
    "divided scores, what goes in added": joined(
        [node("Add", ["m", "f"], ["n"])], {"f": (1, 1, 3, 5)}, scale="Div"
    ),
    "divided scores, kept where it is true": joined(
        [node("Where", ["t", "m", "low"], ["n"])], {"t": TRUTHS, "low": -1e9}, scale="Div"
    ),
    "numbers added": joined([node("Add", ["m", "f"], ["n"])], {"f": FLOATS}),
    "scores added to numbers": joined([node("Add", ["f", "m"], ["n"])], {"f": FLOATS}),
    "what goes in added": joined([node("Add", ["m", "f"], ["n"])], {"f": (1, 1, 3, 5)}),
    "what goes in for each head added": joined(
        [node("Add", ["m", "f"], ["n"])], {"f": (1, 2, 3, 5)}
    ),
    "numbers and what goes in added": joined(
        [node("Add", ["m", "f"], ["m2"]), node("Add", ["m2", "g"], ["n"])],
        {"f": FLOATS, "g": (1, 1, 3, 5)},
    ),
    "learnt numbers added": joined([node("Add", ["m", "f"], ["n"])], {"f": W((2, 3, 5))}),
    "zeros added": joined([node("Add", ["m", "f"], ["n"])], {"f": C((3, 5), [0.0] * 15)}),
    "a row of numbers added": joined(
        [node("Add", ["m", "f"], ["n"])], {"f": C((1, 5), [0.5, -1.0, 0.0, -INF, 0.25])}
    ),
    "what was before hidden": joined(
        [node("Add", ["m", "f"], ["n"])],
        {"f": C((3, 3), [0.0, 0.0, 0.0, -INF, 0.0, 0.0, -INF, -INF, 0.0])},
        keys=3,
    ),
    "scores in another shape under a mask": joined(
        [
            node("Reshape", ["m", "d"], ["m2"]),
            node("Add", ["m2", "f"], ["m3"]),
            node("Reshape", ["m3", "e"], ["n"]),
        ],
        {"d": [1, 1, 2, 3, 5], "e": [1, 2, 3, 5], "f": (1, 1, 1, 3, 5)},
    ),
    "scores in another shape, sizes found": joined(
        [
            node("Reshape", ["m", "d"], ["m2"]),
            node("Add", ["m2", "f"], ["m3"]),
            node("Reshape", ["m3", "e"], ["n"]),
        ],
        {"d": [-1, 2, 1, 3, 5], "e": [0, -1, 3, 5], "f": C((3, 5), FLOATS.values)},
    ),
    "a mask of what goes in": joined(
        [
            node("Less", ["b", "one"], ["t"]),
            node("Where", ["t", "zero", "low"], ["f"]),
            node("Add", ["m", "f"], ["n"]),
        ],
        {"b": (1, 1, 3, 5), "one": 2.0, "zero": 0.0, "low": -INF},
    ),
    "shares guarded against NaN": joined(
        [node("Add", ["m", "f"], ["n"])],
        {"f": FLOATS, "zero": 0.0},
        behind=[node("IsNaN", ["w"], ["i"]), node("Where", ["i", "zero", "w"], ["w2"])],
        last="w2",
    ),
    "a hidden row guarded against NaN": joined(
        [node("Add", ["m", "f"], ["n"])],
        {"f": C((3, 5), [0.0] * 5 + [-INF] * 5 + [0.0] * 5), "zero": 0.0},
        behind=[node("IsNaN", ["w"], ["i"]), node("Where", ["i", "zero", "w"], ["w2"])],
        last="w2",
    ),
    "a mask of what goes in guarded against NaN": joined(
        [
            node("Less", ["b", "one"], ["t"]),
            node("Where", ["t", "zero", "low"], ["f"]),
            node("Add", ["m", "f"], ["n"]),
        ],
        {"b": (1, 1, 3, 5), "one": 2.0, "zero": 0.0, "low": -INF},
        behind=[node("IsNaN", ["w"], ["i"]), node("Where", ["i", "zero", "w"], ["w2"])],
        last="w2",
    ),
    "shares that are cast": joined(
        [node("Add", ["m", "f"], ["n"])],
        {"f": FLOATS},
        behind=[node("Cast", ["w"], ["w2"], to=1)],
        last="w2",
    ),
    "shares without an axis": net(
        [
            node("MatMul", ["q", "k"], ["m"]),
            node("Softmax", ["m"], ["w"]),
            node("MatMul", ["w", "v"], ["y"]),
        ],
        {"q": (1, 2, 3, 4), "k": (1, 2, 4, 5), "v": (1, 2, 5, 6)},
        macs=2 * 3 * 5 * (4 + 6),
    ),
    "windows under a mask of each and one of all": net(
        [
            node("MatMul", ["q", "k"], ["a"]),
            node("Add", ["a", "f"], ["m"]),
            node("Add", ["m", "g"], ["n"]),
            node("Softmax", ["n"], ["w"], axis=-1),
            node("MatMul", ["w", "v"], ["y"]),
        ],
        {
            "q": (1, 3, 2, 3, 4),
            "k": (1, 3, 2, 4, 5),
            "v": (1, 3, 2, 5, 6),
            "f": (1, 3, 1, 3, 5),
            "g": (1, 1, 1, 3, 5),
        },
        macs=6 * 3 * 5 * (4 + 6),
    ),
    "numbers of truths added": joined(
        [node("Where", ["t", "zero", "low"], ["f"]), node("Add", ["m", "f"], ["n"])],
        {"t": TRUTHS, "zero": 0.0, "low": -INF},
    ),
}
# What is nearly attention under a mask, or attention of which more is read.
ADDED, FINITE = [node("Add", ["m", "f"], ["n"])], C((3, 5), [place / 4 for place in range(15)])
NEARLY = {
    "shares of each key": joined(ADDED, {"f": FINITE}, axis=2),
    "shares of each head": joined(ADDED, {"f": FINITE}, axis=1),
    "shares along the last axis by its number": joined(ADDED, {"f": FINITE}, axis=3),
    "keys that are turned already": joined(
        ADDED, {"f": FINITE}, k=(1, 2, 4, 5), perm=(0, 1, 2, 3)
    ),
    "keys of heads that are turned, too": joined(
        ADDED, {"f": FINITE}, k=(1, 5, 2, 4), perm=(0, 2, 3, 1)
    ),
    "one head of keys for all": joined(ADDED, {"f": FINITE}, k=(1, 1, 5, 4)),
    "one head of values for all": joined(ADDED, {"f": FINITE}, v=(1, 1, 5, 6)),
    **{
        f"attention, {word} read again": joined(ADDED, {"f": FINITE}, again=[name])
        for name, word in (
            ("a", "products"), ("m", "scores"), ("n", "sums"), ("w", "shares"),
            ("kt", "turned keys"),
        )
    },
}  # fmt: skip
# What is one layer that sees what is not later.
CAUSAL = {
    "what comes later hidden": joined(
        [node("Add", ["m", "f"], ["n"])],
        {"f": C((3, 3), [0.0, -INF, -INF, 0.0, 0.0, -INF, 0.0, 0.0, 0.0])},
        keys=3,
    ),
    "what comes later hidden by -1e9": joined(
        [node("Add", ["m", "f"], ["n"])],
        {"f": C((1, 1, 3, 3), [0.0, -1e9, -1e9, 0.0, 0.0, -1e9, 0.0, 0.0, 0.0])},
        keys=3,
    ),
    "what is not later kept": joined(
        [node("Where", ["t", "m", "low"], ["n"])],
        {"t": C((3, 3), [1, 0, 0, 1, 1, 0, 1, 1, 1], "bool"), "low": -INF},
        keys=3,
    ),
    "what comes later hidden, and what goes in added": joined(
        [node("Add", ["m", "f"], ["m2"]), node("Add", ["m2", "g"], ["n"])],
        {"f": C((3, 3), LOW), "g": (1, 2, 3, 3)},
        keys=3,
    ),
}
# What no layer does at once.
SEVERAL = {
    "kept where it is true, else -1": joined(
        [node("Where", ["t", "m", "low"], ["n"])], {"t": TRUTHS, "low": -1.0}
    ),
    "kept by what goes in": joined(
        [node("Less", ["b", "one"], ["t"]), node("Where", ["t", "m", "low"], ["n"])],
        {"b": (1, 1, 3, 5), "one": 2.0, "low": -INF},
    ),
    "queries scaled, too": joined(
        [node("Identity", ["m"], ["n"])], {"r": 1.5}, before=[node("Mul", ["q", "r"], ["qq"])]
    ),
    "scores divided, too": joined([node("Div", ["m", "r"], ["n"])], {"r": 2.0}),
    "queries divided, and scores scaled": joined(
        [node("Identity", ["m"], ["n"])], {"r": 2.0}, before=[node("Div", ["q", "r"], ["qq"])]
    ),
    "a factor for each key": joined(
        [node("Mul", ["m", "r"], ["n"])], {"r": C((5,), [1.0, 2.0, 0.5, 1.0, 1.0])}
    ),
    "a factor that goes in": joined([node("Mul", ["m", "r"], ["n"])], {"r": X((1, 1, 1, 1))}),
    "kept by what goes in, and more added": joined(
        [
            node("Less", ["b", "one"], ["t"]),
            node("Where", ["t", "m", "low"], ["m2"]),
            node("Add", ["m2", "f"], ["n"]),
        ],
        {"b": (1, 1, 3, 5), "one": 2.0, "low": -INF, "f": (1, 1, 3, 5)},
    ),
}
