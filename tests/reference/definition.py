"""What a definition is: a kind once more, slow and short, sharing no code with `convcalc`.

Sizes are how often a loop turns, numbers are Python's own, fields are read as they are written
and those left out as the manual says. Sources: the documentation of PyTorch's layers, and the
papers that the kinds' pages name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, NamedTuple

from tests.crosscheck.draws import Case, Shape, word_padding
from tests.crosscheck.draws import spread as spread

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers of one sample by index `(c, *position)`; what is not there cannot be read."""

    shape: Shape
    values: Mapping[Index, float]

    def __getitem__(self, index: Index) -> float:
        return self.values[index]

    @property
    def channels(self) -> int:
        """The size of the first axis."""
        return self.shape[0]

    @property
    def sizes(self) -> Shape:
        """The sizes of the axes behind the channels."""
        return self.shape[1:]

    def positions(self) -> Iterator[Index]:
        """Every position of the map, rows before columns."""
        return positions(self.sizes)

    def channel(self, channel: int) -> list[float]:
        """All numbers of one channel, in their order."""
        return [self.values[channel, *at] for at in self.positions()]


def positions(sizes: Iterable[int]) -> Iterator[Index]:
    """Every index into axes of these sizes."""
    return product(*map(range, sizes))


def gathered(values: Mapping[Index, float]) -> Grid:
    """The grid of these numbers; its shape is what their indices span.

    >>> gathered({(0, 0): 1.0, (0, 1): 2.0}).shape
    (1, 2)
    """
    sizes = zip(*values, strict=True)
    return Grid(tuple(max(along) + 1 for along in sizes), values)


Weights = Mapping[str, Grid]
# The positions that unit u of an axis reads; those outside of the map are padding, and stay.
Reads = Callable[[int], list[int]]


class Layer:
    """A layer as it is written: fields by name, one left out at its default; input shapes."""

    def __init__(self, case: Case, defaults: Mapping[str, Any]) -> None:
        self.kind = case.kind
        self.fields = {**defaults, **case.fields}
        self.inputs = case.inputs
        # Of a layer without an input, nothing.
        self.x = case.inputs[0] if case.inputs else ()
        self.rank = len(self.x) - 1

    def __getattr__(self, name: str) -> Any:
        if name not in self.fields:
            raise AttributeError(f"`{self.kind}` has no `{name}`, nor is there a default for it")
        return self.fields[name]

    def each(self, field: str) -> list[Any]:
        """A field's value on each axis; one alone holds for all."""
        return spread(self.fields[field], self.rank)

    @property
    def axes(self) -> list[Axis]:
        """The window on each axis."""
        kernels = self.each("kernel_size")
        strides = kernels if self.stride is None else self.each("stride")
        padding = self.padding
        if isinstance(padding, str):
            padding = word_padding(padding, {**self.fields, "stride": strides}, self.x)
        columns = zip(
            self.x[1:],
            kernels,
            strides,
            sides(padding, self.rank),
            self.each("dilation"),
            strict=True,
        )
        return [Axis(i, k, s, b, a, d) for i, k, s, (b, a), d in columns]


class Axis(NamedTuple):
    """A window along one axis of `size` pixels."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def reach(self) -> int:
        """Pixels from the first tap to the last."""
        return (self.kernel - 1) * self.dilation + 1

    def starts(self, rounds_up: bool = False) -> list[int]:
        """Where the window stands, from `-before` on, a stride apart, as long as it fits.

        Rounding up lets one more stand that sticks out by less than a stride, if it begins on a
        pixel or in the padding before them.

        >>> Axis(4, 3, 2, 1, 0, 1).starts(), Axis(4, 3, 2, 1, 0, 1).starts(True)
        ([-1, 1], [-1, 1])
        >>> Axis(5, 2, 2, 0, 0, 1).starts(), Axis(5, 2, 2, 0, 0, 1).starts(True)
        ([0, 2], [0, 2, 4])
        """
        found = []
        start, end = -self.before, self.size + self.after
        while start + self.reach <= end:
            found.append(start)
            start += self.stride
        if rounds_up and start + self.reach < end + self.stride and start < self.size:
            found.append(start)
        return found

    def taps(self, unit: int) -> list[int]:
        """The positions that one unit reads."""
        first = unit * self.stride - self.before
        return [first + j * self.dilation for j in range(self.kernel)]


def sides(padding: Any, rank: int) -> list[tuple[int, int]]:
    """(before, after) on each axis of a padding in numbers."""
    return [(p[0], p[1]) if isinstance(p, list) else (p, p) for p in spread(padding, rank)]


def shifted(by: int) -> Reads:
    """Each unit reads the position `by` further on."""
    return lambda u: [u + by]


class Definition:
    """A kind by its definition: what comes out, what is read, what it costs, every number.

    Only `arrays`, `buffers` and `macs` may be left out, by kinds that have none.
    """

    # What the manual says of fields that are left out.
    defaults: Mapping[str, Any] = {}
    # Whole numbers stay whole: ours must agree bit for bit.
    is_exact: bool = False
    # How much farther than ordinary numbers inputs must go to make every difference.
    reach: float = 1.0
    # False where negative numbers have no result.
    takes_signs: bool = True
    # Each number depends on one number alone, so that a ramp shows every bend.
    is_of_one_number: bool = False

    def output(self, layer: Layer) -> Shape:
        """The shape that comes out."""
        raise NotImplementedError(f"`output` of `{layer.kind}`")

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        """How each input is read on each axis; None where every output needs all of it."""
        raise NotImplementedError(f"`reads` of `{layer.kind}`")

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        """Learnt arrays by name, in PyTorch's layout."""
        return {}

    def buffers(self, layer: Layer) -> dict[str, Shape]:
        """Arrays that are stored and not learnt."""
        return {}

    def counts(self, layer: Layer) -> tuple[int, int]:
        """(learnt numbers, stored ones): those of the arrays, unless they are only declared."""
        learnt, stored = self.arrays(layer).values(), self.buffers(layer).values()
        return sum(map(prod, learnt)), sum(map(prod, stored))

    def macs(self, layer: Layer) -> int:
        """Multiplications of weights: one for each, at each position where it is applied."""
        return 0

    def work(self, layer: Layer) -> dict[str, int]:
        """Elementwise operations by class, as the documentation counts them."""
        raise NotImplementedError(f"`work` of `{layer.kind}`")

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        """Every number of the output, for one sample."""
        raise NotImplementedError(f"`values` of `{layer.kind}`")


class InPlace(Definition):
    """A kind whose output has the input's shape, each unit reading its own position."""

    def output(self, layer: Layer) -> Shape:
        return layer.x

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(0)] * layer.rank]
