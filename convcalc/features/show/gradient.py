"""How the gradient of an output goes back through a layer: to its input, and to what it learns.

The backward pass of the layer gives the numbers; every window gives them again, and so does the
transpose of its matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

from convcalc.arrays.ops import Array, Ops, channels_first
from convcalc.core.shapes import Shape
from convcalc.features.show.values import Cell, Numbers, Place, Shown
from convcalc.features.show.working import channels_last_of, compared


@dataclass(frozen=True, slots=True)
class Share:
    """What an output gives back: its gradient times `factor`."""

    output: Place
    factor: float


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient of a loss, as it comes to the output of a layer, and as it leaves.

    `shares` say of every input which outputs give it what, `met` of every weight which inputs it
    met on the way to which outputs; `ways` are those in which ∂x was found.
    """

    output: Numbers
    input: Numbers
    arrays: Mapping[str, Numbers]
    shares: Mapping[Place, tuple[Share, ...]]
    met: Mapping[Place, tuple[Share, ...]]
    ways: tuple[str, ...]

    @property
    def sums(self) -> tuple[float, float]:
        """(the sum of ∂y, that of ∂x): equal where a pool loses nothing to its padding."""
        return sum(self.output.values), sum(self.input.values)


def counting(shape: Shape) -> Numbers:
    """1, 2, 3, ...: a gradient whose numbers are told apart.

    >>> counting((1, 2, 2)).values
    (1.0, 2.0, 3.0, 4.0)
    """
    return Numbers(shape, tuple(float(number) for number in range(1, prod(shape) + 1)))


def gradient_of(shown: Shown) -> Gradient:
    """The gradient that comes back from `shown.above`.

    Raises DisagreementError where the windows give another one than the backward pass.
    """
    above = shown.above or counting(shown.output.shape)
    to_input, to_arrays = _backward(shown, above)
    shares = _shares(shown)
    ways = ["the backward pass"]
    if shares:
        again = [
            sum(above[share.output] * share.factor for share in shares[place])
            for place in shown.input.places
        ]
        compared("the windows", again, to_input)
        ways.append("the windows")
    if shown.matrix is not None:
        columns = zip(*shown.matrix.rows, strict=True)
        back = [sum(a * b for a, b in zip(column, above.values, strict=True)) for column in columns]
        compared("the transposed matrix", back, to_input)
        ways.append("C" if shown.stretched is not None else "Cᵀ")
    met = _met(shown)
    if met:
        again = [sum(above[one.output] * one.factor for one in met[place]) for place in met]
        compared("the taps", again, to_arrays["weight"])
    return Gradient(above, to_input, to_arrays, shares, met, tuple(ways))


def _backward(shown: Shown, above: Numbers) -> tuple[Numbers, dict[str, Numbers]]:
    ops = Ops()
    weights = {
        name: ops.np.asarray(one.values, dtype="float64").reshape(one.shape)
        for name, one in shown.arrays.items()
    }
    x, y, grad = (channels_last_of(ops, one) for one in (shown.input, shown.output, above))
    (found,), learnt = shown.layer.gradients(ops, grad, (x,), y, weights)
    return _numbers(channels_first(found)[0]), {
        name: _numbers(array) for name, array in learnt.items()
    }


def _numbers(array: Array) -> Numbers:
    return Numbers(tuple(array.shape), tuple(float(value) for value in array.reshape(-1)))


def _shares(shown: Shown) -> dict[Place, tuple[Share, ...]]:
    """Of every input what each output gives back to it; nothing for a norm, which is not linear."""
    if shown.form not in ("sum", "max", "mean"):
        return {}
    found: dict[Place, list[Share]] = {place: [] for place in shown.input.places}
    for cell in shown.cells:
        for place, factor in _factors(shown, cell):
            found[place].append(Share(cell.place, factor))
    return {place: tuple(shares) for place, shares in found.items()}


def _factors(shown: Shown, cell: Cell) -> list[tuple[Place, float]]:
    if shown.form == "max":
        return [(winners(shown, cell)[0], 1.0)]
    factors = []
    for read in cell.inside:
        if read.place is None:
            continue
        is_weighted = read.weight is not None and shown.form == "sum"
        weight = shown.arrays["weight"][read.weight or ()] if is_weighted else 1 / cell.divisor
        factors.append((read.place, weight))
    return factors


def winners(shown: Shown, cell: Cell) -> list[Place]:
    """The places of the largest numbers that a window reads; the first of them takes all."""
    places = [read.place for read in cell.inside if read.place is not None]
    largest = max(shown.input[place] for place in places)
    return [place for place in places if shown.input[place] == largest]


def _met(shown: Shown) -> dict[Place, tuple[Share, ...]]:
    """Of every weight the inputs that it met, each with its output; nothing without weights."""
    if shown.form != "sum":
        return {}
    shape = shown.arrays["weight"].shape
    found: dict[Place, list[Share]] = {place: [] for place in product(*map(range, shape))}
    for cell in shown.cells:
        for read in cell.inside:
            if read.weight is not None and read.place is not None:
                found[read.weight].append(Share(cell.place, shown.input[read.place]))
    return {place: tuple(shares) for place, shares in found.items()}
