"""What expressions of a layer know: names, and sizes of its input and of earlier layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from convcalc.core.bounded_work import Budget
from convcalc.core.shapes import AXIS_NAMES, Shape

# Sizes of a shape beside its channels, as expressions call them.
SIZES = ("height", "width", "depth", "length", "positions")


class NoAxisError(Exception):
    """A shape has no axis of that name; the message says which it has."""


class LayerScope(dict[str, object]):
    """The names that expressions of a layer know, and the sizes that they can ask for.

    `shared` are the variables of the file, which it knows beside its own names. `input` is the
    shape of what the layer reads, None where it reads nothing; `layer_shape` gives the shape of
    an earlier layer by its name, and raises KeyError where there is none. Whatever is evaluated
    here draws from `budget`.
    """

    __slots__ = ("budget", "input", "layer_shape", "shared")

    def __init__(
        self,
        names: Mapping[str, object],
        shared: Mapping[str, object],
        layer_shape: Callable[[str], Shape],
        budget: Budget,
    ) -> None:
        super().__init__(names)
        self.shared = shared
        self.layer_shape = layer_shape
        self.budget = budget
        self.input: Shape | None = None

    def __missing__(self, key: str) -> object:
        if key in self.shared:
            return self.shared[key]
        if self.input is None or key not in SIZES:
            raise KeyError(key)
        return size_of(key, self.input)

    def of_function(self, arguments: Mapping[str, object]) -> LayerScope:
        """What a function of the file knows: its arguments, and the variables."""
        return LayerScope(arguments, self.shared, self.layer_shape, self.budget)


def size_of(key: str, shape: Shape) -> int:
    """A size of a shape by name. Raises NoAxisError.

    >>> size_of("width", (3, 224, 320)), size_of("positions", (768, 14, 14))
    (320, 196)
    """
    if key == "channels":
        return shape[0]
    if key == "positions":
        return prod(shape[1:])
    names = AXIS_NAMES[len(shape) - 1]
    if key in names:
        return shape[1 + names.index(key)]
    has = " and ".join(f"`{name}`" for name in names) or "no axes"
    raise NoAxisError(f"{list(shape)} has {has}")
