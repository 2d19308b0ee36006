"""Numbers of one sample by their index, channels first: what the plain loops work on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from convcalc.core.shapes import Shape

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers by index `(c, *position)`; what is not there reads as nothing at all."""

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
