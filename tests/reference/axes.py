"""Kinds over whole axes: patterns, products of maps, and what acts along one axis.

Patterns are read here once more, from their text. Sources: einops' and NumPy's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import exp, log, prod, sqrt

from tests.crosscheck.draws import Shape, spread
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    InPlace,
    Layer,
    Reads,
    Weights,
    gathered,
    positions,
    shifted,
)
from tests.reference.elements import sigmoid
from tests.reference.moves import Concat, Flatten, Move

_WORDS = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
# The names on each axis of a side.
Side = list[list[str]]


def axis_of(layer: Layer) -> int:
    """The number of the layer's axis, 0 for the channels."""
    if isinstance(layer.axis, int):
        return layer.axis
    words = ("channels", *_WORDS.get(layer.rank, ()))
    return 1 if layer.axis == "positions" else words.index(layer.axis)


def names_of(text: str) -> Side:
    """The names on each axis of a side.

    >>> names_of("c (h p) 1")
    [['c'], ['h', 'p'], []]
    """
    found: Side = []
    is_inside = False
    for word in text.replace("(", " ( ").replace(")", " ) ").split():
        if word in "()":
            is_inside = word == "("
            if is_inside:
                found.append([])
        elif is_inside:
            found[-1].append(word)
        else:
            found.append([] if word == "1" else [word])
    return found


def along(layer: Layer, axis: int, read: Reads) -> list[Reads]:
    """Each unit's own position on all axes but one."""
    return [read if n == axis else shifted(0) for n in range(1, layer.rank + 1)]


def without(index: Index, axis: int) -> Index:
    """The line along the axis on which an index lies."""
    return (*index[:axis], *index[axis + 1 :])


class Patterned(Definition):
    """One number for each value of the output's names, from all values of the others."""

    defaults = {"sizes": {}}

    def sides(self, layer: Layer) -> tuple[list[Side], Side]:
        """The names on each axis of each input, and of the output."""
        left, right = layer.pattern.split("->")
        return [names_of(side) for side in left.split(",")], names_of(right)

    def sizes(self, layer: Layer) -> dict[str, int]:
        """The size of every name, from the groups of which all but one are known."""
        known = dict(layer.fields.get("sizes", {}))
        for _ in range(3):
            for side, shape in zip(self.sides(layer)[0], layer.inputs, strict=True):
                for group, size in zip(side, shape, strict=True):
                    left = [name for name in group if name not in known]
                    if len(left) == 1:
                        known[left[0]] = size // prod(known[n] for n in group if n in known)
        return known

    def output(self, layer: Layer) -> Shape:
        known = self.sizes(layer)
        return tuple(prod(known[name] for name in group) for group in self.sides(layer)[1])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        before, after = self.sides(layer)
        # Only positions that stay on their axes are followed one by one.
        return [
            [shifted(0)] * (len(side) - 1) if side[1:] == after[1:] and after[1:] else None
            for side in before
        ]

    def combined(self, layer: Layer, inputs: Sequence[Grid]) -> dict[Index, list[float]]:
        """For each index of the output, the products of the numbers that lead there."""
        (sides, out), sizes = self.sides(layer), self.sizes(layer)
        found: dict[Index, list[float]] = {}
        # As they stand in the first input, which is what places are counted by.
        read_first = dict.fromkeys(name for side in sides for group in side for name in group)
        names = [*read_first, *(name for name in sizes if name not in read_first)]
        for values in product(*(range(sizes[name]) for name in names)):
            at = dict(zip(names, values, strict=True))
            read = (x[_place(side, at, sizes)] for side, x in zip(sides, inputs, strict=True))
            found.setdefault(_place(out, at, sizes), []).append(prod(read))
        return found


def _place(side: Side, at: Mapping[str, int], sizes: Mapping[str, int]) -> Index:
    """The index that stands for these values of the names."""
    found = []
    for group in side:
        place = 0
        for name in group:
            place = place * sizes[name] + at[name]
        found.append(place)
    return tuple(found)


class Rearrange(Patterned):
    is_exact = True

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        found = self.combined(layer, inputs)
        assert all(len(values) == 1 for values in found.values())
        return gathered({index: values[0] for index, values in found.items()})


class Broadcast(Rearrange):
    """The same loop: a name of the output alone takes every value, and the number stays."""


class Permute(Rearrange):
    def sides(self, layer: Layer) -> tuple[list[Side], Side]:
        names = [[f"n{axis}"] for axis in range(len(layer.x))]
        return [names], [names[axis] for axis in layer.fields["axes"]]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        order = layer.fields["axes"]
        values = inputs[0].values.items()
        return gathered({tuple(index[axis] for axis in order): value for index, value in values})


class Reduce(Patterned):
    defaults = Patterned.defaults | {"op": "mean"}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"pool": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        found = self.combined(layer, inputs)
        return gathered({index: _figure(layer.op, values) for index, values in found.items()})


def _figure(op: str, values: list[float]) -> float:
    if op in ("sum", "mean"):
        return sum(values) / (len(values) if op == "mean" else 1)
    if op == "prod":
        return prod(values)
    if op == "logsumexp":
        return log(sum(map(exp, values)))
    if op in ("max", "min"):
        return max(values) if op == "max" else min(values)
    if op in ("argmax", "argmin"):
        return float(values.index(max(values) if op == "argmax" else min(values)))
    mean = sum(values) / len(values) if op == "std" else 0.0
    squares = sum((value - mean) ** 2 for value in values)
    return sqrt(squares / (len(values) - 1 if op == "std" else 1))


class Einsum(Patterned):
    is_exact = True

    def sides(self, layer: Layer) -> tuple[list[Side], Side]:
        left, right = layer.equation.split("->")
        return [names_of(side) for side in left.split(",")], names_of(right)

    def macs(self, layer: Layer) -> int:
        # One for each combination of all names.
        return sum(1 for _ in positions(self.sizes(layer).values()))

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        found = self.combined(layer, inputs)
        return gathered({index: sum(values) for index, values in found.items()})


class Matmul(Einsum):
    defaults = {"transpose": "none"}

    def sides(self, layer: Layer) -> tuple[list[Side], Side]:
        left, right = layer.inputs
        leading = [f"b{n}" for n in range(len(left) - 2)]

        def own(shape: Shape, matrix: str) -> Side:
            # An axis of 1 holds for all.
            spread_over = [
                [name] if size > 1 or max(left[n], right[n]) == 1 else []
                for n, (name, size) in enumerate(zip(leading, shape, strict=False))
            ]
            return [*spread_over, *([letter] for letter in matrix)]

        first = "km" if layer.transpose in ("first", "both") else "mk"
        second = "nk" if layer.transpose in ("second", "both") else "kn"
        output = [*([name] for name in leading), ["m"], ["n"]]
        return [own(left, first), own(right, second)], output


class Roll(InPlace):
    is_exact = True

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        def of(size: int, by: int) -> Reads:
            sources = {(place + by) % size: place for place in range(size)}
            return lambda u: [sources[u]] if by % size else [u]

        return [list(map(of, layer.x[1:], spread(layer.shifts, layer.rank)))]

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        shifts = spread(layer.shifts, layer.rank)
        found: dict[Index, float] = {}
        for (c, *at), value in x.values.items():
            moved = [(p + by) % size for p, by, size in zip(at, shifts, x.sizes, strict=True)]
            found[(c, *moved)] = value
        return gathered(found)


class Flip(InPlace):
    is_exact = True

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axis = axis_of(layer)
        size = layer.x[axis]
        return [along(layer, axis, lambda u: [size - 1 - u] if size > 1 else [u])]

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        axis = axis_of(layer)
        last = layer.x[axis] - 1
        return gathered(
            {
                (*index[:axis], last - index[axis], *index[axis + 1 :]): value
                for index, value in inputs[0].values.items()
            }
        )


class Take(Definition):
    defaults = {"axis": "channels"}
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        axis = axis_of(layer)
        return (*layer.x[:axis], layer.inputs[1][0], *layer.x[axis + 1 :])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axis = axis_of(layer)
        # Which positions are taken is no more than a number of the second input.
        return [None if axis else along(layer, axis, lambda u: [*range(layer.x[axis])]), None]

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        axis, (x, places) = axis_of(layer), inputs
        found: dict[Index, float] = {}
        for index in positions(self.output(layer)):
            place = int(places[(index[axis],)])
            found[index] = x[(*index[:axis], place, *index[axis + 1 :])]
        return gathered(found)


class Slice(Move):
    defaults = {"axis": "channels"}

    def taken(self, layer: Layer) -> range:
        """The places along the axis that are kept."""
        return range(*layer.channels)

    def output(self, layer: Layer) -> Shape:
        axis = axis_of(layer)
        return (*layer.x[:axis], len(self.taken(layer)), *layer.x[axis + 1 :])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [along(layer, axis_of(layer), shifted(self.taken(layer).start))]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        axis, taken = axis_of(layer), self.taken(layer)
        return gathered(
            {
                (*index[:axis], index[axis] - taken.start, *index[axis + 1 :]): value
                for index, value in inputs[0].values.items()
                if index[axis] in taken
            }
        )


class Split(Slice):
    def taken(self, layer: Layer) -> range:
        size = layer.x[axis_of(layer)] // layer.parts
        return range(size * layer.part, size * (layer.part + 1))


class Cumsum(InPlace):
    defaults = {"axis": "channels"}
    is_exact = True

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axis = axis_of(layer)
        size = layer.x[axis]
        return [along(layer, axis, lambda u: [p for p in range(size) if p <= u])]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"merge": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axis = axis_of(layer)
        found: dict[Index, float] = {}
        for index in x.values:
            before = ((*index[:axis], p, *index[axis + 1 :]) for p in range(index[axis] + 1))
            found[index] = sum(x[one] for one in before)
        return gathered(found)


class Softmax(InPlace):
    defaults = {"axis": "channels"}
    # To where the exponentials of float32 overflow.
    reach = 80.0

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axis = axis_of(layer)
        size = layer.x[axis]
        return [along(layer, axis, lambda u: list(range(size)))]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"activation": 5 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        axis, numbers = axis_of(layer), inputs[0].values
        totals: dict[Index, float] = {}
        for index, value in numbers.items():
            line = without(index, axis)
            totals[line] = totals.get(line, 0.0) + exp(value)
        return gathered(
            {index: exp(value) / totals[without(index, axis)] for index, value in numbers.items()}
        )


class LogSoftmax(Softmax):
    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        shares = super().values(layer, inputs, w).values
        return gathered({index: log(share) for index, share in shares.items()})


class Softmin(Softmax):
    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        return super().values(layer, [gathered({i: -v for i, v in x.values.items()})], w)


class Gated(InPlace):
    """`join` gets the numbers of the same place in the first and in the second half."""

    defaults = {"axis": "channels"}

    def __init__(self, join: Callable[[float, float], float]) -> None:
        self.join = join

    def output(self, layer: Layer) -> Shape:
        axis = axis_of(layer)
        return (*layer.x[:axis], layer.x[axis] // 2, *layer.x[axis + 1 :])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axis = axis_of(layer)
        half = layer.x[axis] // 2
        return [along(layer, axis, lambda u: [u, u + half])]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"activation": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axis = axis_of(layer)
        half = x.shape[axis] // 2
        found: dict[Index, float] = {}
        for index in positions(self.output(layer)):
            other = (*index[:axis], index[axis] + half, *index[axis + 1 :])
            found[index] = self.join(x[index], x[other])
        return gathered(found)


class FlattenOver(Flatten):
    defaults = {"axis": "channels"}

    def output(self, layer: Layer) -> Shape:
        if layer.axis == "positions":
            return (layer.x[0], prod(layer.x[1:]))
        return super().output(layer)


class Join(Concat):
    """Along the channels, or along an axis of positions."""

    defaults = {"axis": "channels", "align": "strict"}

    def output(self, layer: Layer) -> Shape:
        axis = axis_of(layer)
        if not axis:
            return super().output(layer)
        total = sum(shape[axis] for shape in layer.inputs)
        return (*layer.x[:axis], total, *layer.x[axis + 1 :])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axis = axis_of(layer)
        if not axis:
            return super().reads(layer)

        def of(before: int, size: int) -> Reads:
            return lambda u: [u - before] if 0 <= u - before < size else []

        sizes = [shape[axis] for shape in layer.inputs]
        befores = [sum(sizes[:n]) for n in range(len(sizes))]
        return [along(layer, axis, of(b, n)) for b, n in zip(befores, sizes, strict=True)]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        axis = axis_of(layer)
        if not axis:
            return super().values(layer, inputs, w)
        found: dict[Index, float] = {}
        before = 0
        for x in inputs:
            for index, value in x.values.items():
                found[(*index[:axis], before + index[axis], *index[axis + 1 :])] = value
            before += x.shape[axis]
        return gathered(found)


DEFINITIONS: dict[str, Definition] = {
    "broadcast": Broadcast(),
    "glu": Gated(lambda value, gate: value * sigmoid(gate)),
    "swiglu": Gated(lambda gate, value: gate * sigmoid(gate) * value),
    "rearrange": Rearrange(),
    "permute": Permute(),
    "reduce": Reduce(),
    "einsum": Einsum(),
    "matmul": Matmul(),
    "roll": Roll(),
    "flip": Flip(),
    "take": Take(),
    "slice": Slice(),
    "split": Split(),
    "cumsum": Cumsum(),
    "softmax": Softmax(),
    "softmin": Softmin(),
    "log_softmax": LogSoftmax(),
    "flatten": FlattenOver(),
    "concat": Join(),
}
