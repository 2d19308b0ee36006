"""What exporters write in several operations, and is one layer here, or is not."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sqrt

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import Case, Read, W, net

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

# Functions and norms in pieces, an operation a line: what comes out, its word, and what it reads.
GELU = """
a Div x root
e Erf a
p Add e one
m Mul x p
y Mul m half"""
TANH = """
c Pow x three
s Mul c small
t Add x s
u Mul t scale
v Tanh u
p Add v one
m Mul x p
y Mul m half"""
CUBE = """
q Mul x x
c Mul q x
s Mul c small
t Add x s
u Mul t scale
v Tanh u
p Add v one
h Mul x half
y Mul h p"""
QUICK = """
a Mul x quick
s Sigmoid a
y Mul x s"""
SWISH = """
a Add x three
c Clip a zero six
m Mul x c
y Div m six"""
HARD = """
a Add x three
c Clip a zero six
y Div c six"""
MISH = """
s Softplus x
t Tanh s
y Mul x t"""
SILU = """
s Sigmoid x
y Mul x s"""
NORM = """
m ReduceMean x last
d Sub x m
s Pow d two
v ReduceMean s last
w Add v eps
r Sqrt w
y Div d r"""
RMS = """
s Pow x two
v ReduceMean s last
w Add v eps
r Sqrt w
y Div x r"""
RMSQ = """
s Mul x x
v ReduceMean s last
w Add v eps
r Sqrt w
i Reciprocal r
y Mul x i"""
UNIT = """
l ReduceL2 x last
c Clip l eps
y Div x c"""

NUMBERS = {
    "root": sqrt(2), "one": 1.0, "half": 0.5, "three": 3.0, "small": 0.044715,
    "scale": sqrt(2 / pi), "quick": 1.702, "zero": 0.0, "six": 6.0, "two": 2.0, "eps": 0.25,
}  # fmt: skip
WHOLE = {
    "gelu": GELU, "gelu by tanh": TANH, "gelu by tanh of products": CUBE, "quick gelu": QUICK,
    "hard swish": SWISH, "hard sigmoid": HARD, "mish": MISH, "silu": SILU, "norm": NORM,
    "norm by squares": RMS, "norm by an inverse root": RMSQ, "length": UNIT,
}  # fmt: skip
# No layer does these by themselves.
ALONE = {
    "gelu, root is another", "gelu, one is another", "gelu, half is another",
    "gelu, z in 1.1", "gelu, z in 4.1", "gelu by tanh, three is another",
    "norm, two is another", "norm by squares, two is another",
}  # fmt: skip


def lines(text: str, reads: dict[str, Read], opaque: bool) -> Case:
    """A file of these operations on x, and on z where they read it."""
    rows = [row.split() for row in text.strip().split("\n")]
    words = {word for row in rows for word in row}
    given = {"x": (1, 2, 3), "z": (1, 2, 3), **reads}
    nodes = [node(word, names, [made]) for made, word, *names in rows]
    used = {name: read for name, read in given.items() if name in words}
    return net(nodes, used, params=0, opaque=opaque)


def likenesses(name: str, text: str) -> Iterator[tuple[str, str, dict[str, Read]]]:
    """A function as it is, with another of its numbers, of another tensor here or there."""
    words = text.split()
    reads: dict[str, Read] = {word: one for word, one in NUMBERS.items() if word in words}
    reads |= {"last": [-1]} if "last" in words else {}
    yield name, text, reads
    for word, number in NUMBERS.items():
        if word in words:
            is_power = any(" Pow " in row and word in row for row in text.split("\n"))
            other = number + 2 if is_power else number * 1.25 + 0.125
            yield f"{name}, {word} is another", text, reads | {word: other}
    rows = text.strip().split("\n")
    for at, row in enumerate(rows):
        parts = row.split()
        for place in (place for place, one in enumerate(parts) if one == "x"):
            other_row = " ".join([*parts[:place], "z", *parts[place + 1 :]])
            changed = "\n".join([*rows[:at], other_row, *rows[at + 1 :]])
            yield f"{name}, z in {at + 1}.{place - 1}", changed, reads
    if "last" in reads:
        yield f"{name}, another axis", text, reads | {"last": [1]}
    if words.count("last") > 1:
        yield f"{name}, two axes", text.replace("last", "first", 1), reads | {"first": [1]}


PIECES |= {
    name: lines(text, reads, name in ALONE)
    for whole, one in WHOLE.items()
    for name, text, reads in likenesses(whole, one)
    # Means of products have no roots.
    if not name.startswith("norm by an inverse root, z in 1")
}
