"""Small copies of a layer, which show at little cost how it treats a large map.

A copy has the same fields over fewer channels and a shorter map. What a kind says here holds
for any size of map; `convcalc verify` runs the copies, and the tests hold them to the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape, Window
from convcalc.kinds.base.traits import Traits

if TYPE_CHECKING:
    from convcalc.kinds.base.kind import Kind

# Channels that show as much as many, where none reads another.
FEW = 3


class Copy(NamedTuple):
    """A layer with the shapes of its inputs, channels first."""

    layer: Kind
    inputs: tuple[Shape, ...]


class Turn(NamedTuple):
    """One axis of a map, and how short it may be cut.

    `least` pixels hold a window and both borders. Sizes a multiple of `step` apart are treated
    alike. What units read moves on every `period` pixels; with a period of 0 no other size will do.
    """

    size: int
    least: int = 2
    step: int = 1
    period: int = 1

    def from_size(self, least: int) -> int:
        """The smallest size from `least` on that is treated as this one is.

        >>> Turn(57, least=3, step=2).from_size(4), Turn(56, least=3, step=2).from_size(4)
        (5, 4)
        """
        if not self.period:
            return self.size
        return least + (self.size - least) % self.step

    def short(self, room: int = 1) -> int:
        """A size in which the window moves `room` times."""
        return self.from_size(self.least + room * self.period)

    @property
    def long(self) -> int:
        """A size in which units far from both borders repeat."""
        return self.from_size(2 * self.least + 4 * self.period)


def window_turn(size: int, window: Window) -> Turn:
    """By the stride; wider than a mirrored padding, and than what is cut away.

    >>> window_turn(57, Window(3, 2, 1, 1))
    Turn(size=57, least=3, step=2, period=2)
    """
    cut = -min(window.before, 0) - min(window.after, 0)
    least = max(window.span + cut, window.before + 1, window.after + 1)
    return Turn(size, least, window.stride, window.stride)


def whole(inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
    """The axes of a map that no other sizes stand for."""
    return tuple(Turn(size, period=0) for size in inputs[0][1:])


class Copies(Traits):
    """What a kind says of copies of its layers; the defaults leave a layer whole."""

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        """The layer over few channels: three where each channel is for itself, else all.

        A kind that mixes channels says which of its fields go with how many.
        """
        layer: Kind = self  # type: ignore[assignment]
        if not self.stays_in_channel():
            return Copy(layer, inputs)
        return Copy(layer, tuple((min(x[0], FEW), *x[1:]) for x in inputs))

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        """How short each axis of the map may be cut."""
        return ()

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        """The layer with a map of these sizes in place of its own."""
        raise LookupError(f"{type(self).__name__} lets no axis be cut")

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        """True where positions become other axes, so that no unit stands where one was read."""
        return False
