"""What exporters write in several operations, and is one layer here, or is not."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sqrt
from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, net

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

GELU_OF_PRODUCTS = """
a Mul x inverse
e Erf a
p Add one e
h Mul x half
y Mul p h"""
GELU_OVER = """
a Div x root
e Erf a
p Add e one
h Div x two
y Mul h p"""
SQUARE = """
q Pow x two
s Mul q small
o Add s one
t Mul x o
u Mul t scale
v Tanh u
p Add v one
m Mul x p
y Div m two"""
SQUARES = """
q Mul x x
s Mul small q
o Add one s
t Mul x o
u Mul t scale
v Tanh u
p Add v one
m Mul x p
y Mul m half"""
CUBE_OF_SQUARE = """
q Pow x two
c Mul x q
s Mul c small
t Add s x
u Mul t scale
v Tanh u
p Add v one
m Mul x p
y Mul m half"""
LINE = """
a Mul x sixth
p Add a half
y Clip p zero one"""
LINE_OVER = """
a Div x six
p Add half a
y Clip p zero one"""
LINE_BELOW = """
a Div six x
p Add a half
y Clip p zero one"""
HARD_TIMES = """
a Add three x
c Clip a zero six
y Mul sixth c"""
SWISH_TIMES = """
a Add x three
c Clip a zero six
m Mul c sixth
y Mul x m"""
SOFTSIGN = """
a Abs x
p Add one a
y Div x p"""
SOFTPLUS = """
g Greater x many
s Softplus x
y Where g x s"""
SHRUNK = """
t Tanh x
y Sub x t"""
RMS_BACK = """
s Pow x two
m ReduceMean/keepdims=0 s last
v Unsqueeze m last
w Add eps v
r Sqrt w
y Div x r"""
RMS_SHAPED = """
s Pow x two
m ReduceMean/keepdims=0 s last
v Reshape m shape
w Add v eps
r Sqrt w
i Div one r
y Mul i x"""
UNIT_SPREAD = """
l ReduceL2 x last
c Clip l eps
s Expand c whole
y Div x s"""

NUMBERS = {
    "inverse": sqrt(0.5), "sixth": 1 / 6, "many": 20.0,
    "root": sqrt(2), "one": 1.0, "half": 0.5, "three": 3.0, "small": 0.044715,
    "scale": sqrt(2 / pi), "quick": 1.702, "zero": 0.0, "six": 6.0, "two": 2.0, "eps": 0.25,
}  # fmt: skip
SIZES: dict[str, Read] = {"last": [-1], "shape": [1, 2, 1], "whole": [1, 2, 3]}
WHOLE = {
    "gelu": GELU, "gelu by tanh": TANH, "gelu by tanh of products": CUBE, "quick gelu": QUICK,
    "hard swish": SWISH, "hard sigmoid": HARD, "mish": MISH, "silu": SILU, "norm": NORM,
    "norm by squares": RMS, "norm by an inverse root": RMSQ, "length": UNIT,
    "gelu of products": GELU_OF_PRODUCTS, "gelu over 2": GELU_OVER, "gelu by a square": SQUARE,
    "gelu by squares": SQUARES, "gelu by a square's cube": CUBE_OF_SQUARE,
    "hard line": LINE, "hard line over 6": LINE_OVER, "hard sigmoid, a sixth": HARD_TIMES,
    "hard swish, a sixth": SWISH_TIMES, "softsign": SOFTSIGN, "softplus": SOFTPLUS,
    "tanhshrink": SHRUNK, "norm put back": RMS_BACK, "norm put back by shape": RMS_SHAPED,
    "length, spread": UNIT_SPREAD,
}  # fmt: skip
# No layer does these by themselves.
ALONE = {
    "gelu, root is another", "gelu, one is another", "gelu, half is another",
    "gelu, z in 1.1", "gelu, z in 4.1",
    *(
        f"{name}, {other}"
        for name, number in (("gelu of products", "inverse"), ("gelu over 2", "root"))
        for other in (f"{number} is another", "one is another", "z in 1.1", "z in 4.1")
    ),
    "gelu of products, half is another", "gelu over 2, two is another",
    *(
        f"{name}, {made} is read again"
        for name, last in (("gelu", "m"), ("gelu of products", "h"), ("gelu over 2", "h"))
        for made in ("e", "p", last)
    ),
}  # fmt: skip
# Means of products have no roots, means of another axis are put back elsewhere, and truths, or
# what has lost an axis, are not added.
NOT = {
    "norm put back, two axes", "norm put back by shape, another axis",
    "softplus, g is read again", "norm put back, m is read again",
    "norm put back by shape, m is read again",
}  # fmt: skip


def lines(text: str, reads: dict[str, Read], opaque: bool) -> Case:
    """A file of these operations on x, and on z where they read it."""
    rows = [row.split() for row in text.strip().split("\n")]
    words = {word for row in rows for word in row}
    given = {"x": (1, 2, 3), "z": (1, 2, 3), **reads}
    nodes = []
    for made, told, *names in rows:
        word, _, field = told.partition("/")
        key, _, number = field.partition("=")
        fields: dict[str, Any] = {key: int(number)} if key else {}
        nodes.append(node(word, names, [made], **fields))
    used = {name: read for name, read in given.items() if name in words}
    return net(nodes, used, params=0, opaque=opaque)


def turned(row: str) -> str:
    """A sum or a product of the same two, in the other order."""
    made, word, *names = row.split()
    return " ".join([made, word, *(names[::-1] if word in ("Add", "Mul") else names)])


def likenesses(name: str, text: str) -> Iterator[tuple[str, str, dict[str, Read]]]:
    """A function as it is, and a little otherwise.

    With another of its numbers, with another tensor here or there, with operands in the other
    order, and with what one of its operations makes read once more behind it.
    """
    words = text.split()
    reads: dict[str, Read] = {word: one for word, one in NUMBERS.items() if word in words}
    reads |= {word: sizes for word, sizes in SIZES.items() if word in words}
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
    yield f"{name}, turned", "\n".join(map(turned, rows)), reads
    for row in rows[:-1]:
        made = row.split()[0]
        again = "\n".join([*rows[:-1], rows[-1].replace("y", "given", 1), f"y Add given {made}"])
        yield f"{name}, {made} is read again", again, reads
    if "last" in reads:
        yield f"{name}, another axis", text, reads | {"last": [1]}
    if words.count("last") > 1:
        yield f"{name}, two axes", text.replace("last", "first", 1), reads | {"first": [1]}


PIECES |= {
    name: lines(text, reads, name in ALONE)
    for whole, one in WHOLE.items()
    for name, text, reads in likenesses(whole, one)
    if name not in NOT and not name.startswith("norm by an inverse root, z in 1")
}

# Whose mean is put back on another axis than its own, of as many places.
SQUARE_MAP = (1, 3, 3)


def elsewhere(back: str, put: Read, axis: int = -1, before: str = "", **more: Read) -> Case:
    """x over the root of its mean of squares along an axis, which is put back as `put` says."""
    nodes = [
        *([node(before, ["z"], ["x"])] if before else []),
        node("Mul", ["x", "x"], ["s"]),
        node("ReduceMean", ["s", "last"], ["m"], keepdims=0),
        node(back, ["m", "put"], ["v"]),
        node("Add", ["v", "eps"], ["w"]),
        node("Sqrt", ["w"], ["r"]),
        node("Div", ["x", "r"], ["n"]),
        *([node("Mul", ["n", "g"], ["y"])] if more else [node("Identity", ["n"], ["y"])]),
    ]
    given: dict[str, Read] = {"z" if before else "x": SQUARE_MAP}
    return net(nodes, {**given, "last": [axis], "eps": 0.25, "put": put, **more})


def centred(weight: tuple[int, ...], bias: tuple[int, ...], params: int | None = None) -> Case:
    """A norm over columns, with a factor and a shift along axes of their own."""
    nodes = [
        node("ReduceMean", ["x", "last"], ["m"]),
        node("Sub", ["x", "m"], ["d"]),
        node("Pow", ["d", "two"], ["s"]),
        node("ReduceMean", ["s", "last"], ["v"]),
        node("Add", ["v", "eps"], ["w"]),
        node("Sqrt", ["w"], ["r"]),
        node("Div", ["d", "r"], ["n"]),
        node("Mul", ["n", "g"], ["f"]),
        node("Add", ["f", "b"], ["y"]),
    ]
    reads: dict[str, Read] = {"x": SQUARE_MAP, "last": [-1], "two": 2.0, "eps": 0.25}
    return net(nodes, reads | {"g": W(weight), "b": W(bias)}, params=params)


def grouped(
    weight: tuple[int, ...],
    bias: tuple[int, ...],
    params: int = 8,
    groups: int = 2,
    sizes: tuple[int, ...] = (4,),
    is_told: bool = True,
) -> Case:
    """Groups of four channels, each by its own mean and variance, with factors and shifts.

    The shape that they had before is told, or worked out.
    """
    nodes = [
        *([] if is_told else [node("Shape", ["x"], ["back"])]),
        node("Reshape", ["x", "deal"], ["h"]),
        node("InstanceNormalization", ["h", "ones", "zeros"], ["n"], epsilon=0.25),
        node("Reshape", ["n", "back"], ["k"]),
        node("Mul", ["k", "g"], ["f"]),
        node("Add", ["f", "b"], ["y"]),
    ]
    reads: dict[str, Read] = {"x": (1, 4, *sizes), "deal": [1, groups, -1]}
    reads |= {"back": [1, 4, *sizes]} if is_told else {}
    reads |= {"ones": C((groups,), [1.0] * groups), "zeros": C((groups,), [0.0] * groups)}
    return net(nodes, reads | {"g": W(weight), "b": W(bias)}, params=params)


def every_second(*starts: int, end: int = 6, step: int = 2) -> Case:
    """Columns of six, every second one from each start on, one behind the other as channels."""
    places = [f"s{start}" for start in starts]
    nodes = [
        node("Slice", ["x", place, "end", "axis", "step"], [f"p{at}"])
        for at, place in enumerate(places)
    ]
    joined = node("Concat", [f"p{at}" for at, _ in enumerate(places)], ["y"], axis=1)
    bounds: dict[str, Read] = {"end": [end], "axis": [2], "step": [step]}
    reads: dict[str, Read] = {f"s{start}": [start] for start in starts}
    return net([*nodes, joined], {"x": (1, 2, 6), **reads, **bounds})


def of_two_steps(*bounds: tuple[int, int]) -> Case:
    """Columns of six, from each start on by its own step, one behind the other."""
    nodes = [
        node("Slice", ["x", f"s{at}", "end", "axis", f"t{at}"], [f"p{at}"])
        for at, _ in enumerate(bounds)
    ]
    reads: dict[str, Read] = {f"s{at}": [start] for at, (start, _) in enumerate(bounds)}
    reads |= {f"t{at}": [step] for at, (_, step) in enumerate(bounds)}
    joined = node("Concat", [f"p{at}" for at, _ in enumerate(bounds)], ["y"], axis=2)
    return net([*nodes, joined], {"x": (1, 2, 6), "end": [6], "axis": [2], **reads})


def of_blocks(*parts: tuple[int, ...]) -> Case:
    """Of four rows and columns every second one from places on, rows alone where it is one."""
    nodes, names = [], []
    for at, starts in enumerate(parts):
        name = "x"
        for axis, start in enumerate(starts, 2):
            made = f"p{at}{axis}"
            nodes.append(node("Slice", [name, f"n{start}", "end", f"n{axis}", "n2"], [made]))
            name = made
        names.append(name)
    numbers: dict[str, Read] = {f"n{number}": [number] for number in range(4)}
    joined = node("Concat", names, ["y"], axis=3)
    return net([*nodes, joined], {"x": (1, 1, 4, 4), "end": [4], **numbers})


PIECES |= {
    "places of blocks, side by side": of_blocks((0, 0), (0, 1), (1, 0), (1, 1)),
    "places of blocks, but whole rows at last": of_blocks((0, 0), (0, 1), (1, 0), (1,)),
    "places of blocks, but whole rows at first": of_blocks((0,), (0, 1), (1, 0), (1, 1)),
    "columns by steps of 2 and 3": of_two_steps((0, 2), (1, 3)),
    "columns by steps of 3, 2 and 2": of_two_steps((0, 3), (0, 2), (1, 2)),
    "a half and 6 over x, within 0 and 1": lines(
        LINE_BELOW,
        {
            "x": X((1, 2, 3), is_positive=True),
            **{word: NUMBERS[word] for word in ("six", "half")},
            "zero": 0.0,
            "one": 1.0,
        },
        opaque=False,
    ),
    **{
        f"{name}, more than 1 is added": lines(
            WHOLE[name], {"last": [-1], "two": 2.0, "eps": 2.5}, opaque=False
        )
        for name in ("norm", "norm by squares", "length")
    },
    "norm put back on rows": elsewhere("Unsqueeze", [1]),
    "norm put back on columns": elsewhere("Unsqueeze", [2]),
    "norm put back by shape on rows": elsewhere("Reshape", [1, 1, 3]),
    "norm put back by shape on columns": elsewhere("Reshape", [1, 3, 1]),
    "norm put back, a factor of rows": elsewhere("Unsqueeze", [2], g=W((3, 1))),
    "norm put back, a factor of columns": elsewhere("Unsqueeze", [2], g=W((3,))),
    "norm of columns, a factor and a shift of columns": centred((3,), (3,)),
    "norm of columns, a factor and a shift of rows": centred((3, 1), (3, 1)),
    "norm of columns, one factor of all": centred((1,), (3,), params=3),
    "norm of columns, one factor of all rows, and one shift": centred((1, 1), (1,), params=0),
    "norm of columns, a factor of columns, a shift of rows": centred((3,), (3, 1)),
    "norm of columns, a factor of rows, a shift of columns": centred((3, 1), (3,)),
    "groups": grouped((4, 1), (4, 1)),
    "groups, factors along columns": grouped((4,), (4, 1)),
    "groups, factors along columns of one row": grouped((1, 4), (4, 1)),
    "groups, shifts along columns": grouped((4, 1), (4,)),
    "groups, one factor of all": grouped((1, 1), (4, 1), params=4),
    "groups, one shift of all": grouped((4, 1), (1, 1), params=4),
    "norm of rows put back on columns": elsewhere("Unsqueeze", [2], axis=1),
    "norm of rows put back by shape on columns": elsewhere("Reshape", [1, 3, 1], axis=1),
    **{
        f"norm along {axis} of what is made before, put back by {back} on {said}": elsewhere(
            back, put, axis=axis, before="Relu"
        )
        for axis in (-1, -2, 1)
        for back, said, put in (
            ("Unsqueeze", "columns", [-1]),
            ("Unsqueeze", "rows", [-2]),
            ("Reshape", "columns", [1, 3, 1]),
            ("Reshape", "rows", [1, 1, 3]),
        )
    },
    "groups, as many as halves of channels": grouped((4, 1), (4, 1), groups=8),
    "groups, all channels in one": grouped((4, 1), (4, 1), groups=1),
    **{
        f"groups of {said}, {told}, factors of {weight} and shifts of {bias}": grouped(
            weight, bias, sizes=sizes, is_told=told == "their shape told"
        )
        for said, sizes, shapes in (
            ("rows", (3,), [((4, 1), (4, 1)), ((1, 4, 1), (4, 1)), ((4, 1), (1, 4, 1))]),
            ("maps", (2, 3), [((4, 1, 1), (4, 1, 1)), ((1, 4, 1, 1), (4, 1, 1))]),
        )
        for weight, bias in shapes
        for told in ("their shape told", "their shape worked out")
    },
    "every second column": every_second(0, 1),
    "every second column, the second ones first": every_second(1, 0),
    "every second column up to the fourth": every_second(0, 1, end=4),
    "every second column, the first ones twice": every_second(0, 0),
    "every third column": every_second(0, 1, 2, step=3),
    "every third column, of two": every_second(0, 1, step=3),
}
