"""What operations with windows share: their attributes, and the layout of their maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.shapes import MAX_RANK
from convcalc.importers.onnx.use import Use
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, whole

_SAME = ("SAME_UPPER", "SAME_LOWER")
_WORDS = (*_SAME, "VALID")

PerAxis = int | tuple[int, ...] | tuple[tuple[int, int], ...]


def of_axes(values: Sequence[int]) -> int | tuple[int, ...]:
    """One value for all axes where they are equal."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def of_sides(pads: Sequence[int]) -> PerAxis:
    """ONNX's pads (all befores, then all afters) as a kind's padding.

    >>> of_sides((1, 1, 1, 1)), of_sides((0, 1, 0, 1)), of_sides((0, 0, 1, 1))
    (1, (0, 1), ((0, 1), (0, 1)))
    """
    rank = len(pads) // 2
    before, after = tuple(pads[:rank]), tuple(pads[rank:])
    if before == after:
        return of_axes(before)
    return tuple(zip(before, after, strict=True))


class Window:
    """The attributes that all windows have, with one value an axis."""

    def __init__(self, use: Use, kernel: tuple[int, ...]) -> None:
        rank = len(kernel)
        self.use = use
        self.kernel = kernel
        self.stride = use.list("strides") or (1,) * rank
        self.dilation = use.list("dilations") or (1,) * rank
        self.word = use.word("auto_pad", "NOTSET")
        # Beside a word numbers are not looked at.
        pads = None if self.word in _WORDS else use.list("pads")
        self.pads = pads or (0,) * (2 * rank)
        lengths = {len(self.stride), len(self.dilation), len(self.pads) // 2}
        if lengths != {rank} or len(self.pads) % 2:
            message = f"{use.operation.title} has a kernel of {rank} axes"
            note = "and strides, dilations or pads of another number"
            raise use.builder.refuse("broken-model", message, use.operation, note=note)
        if min(self.pads) < 0:
            raise NoRuleError("its padding is negative")

    @property
    def padding(self) -> PerAxis | str:
        """The padding as kinds have it."""
        if self.word in _SAME:
            return self.word.lower()
        return of_sides(self.pads)

    def counts(self, sizes: Sequence[int]) -> list[int]:
        """How many windows stand on each axis of a map."""
        found = []
        rank = len(self.kernel)
        for at, size in enumerate(sizes):
            span = (self.kernel[at] - 1) * self.dilation[at] + 1
            stride = self.stride[at]
            if self.word in _SAME:
                found.append(-(-size // stride))
                continue
            room = size + self.pads[at] + self.pads[at + rank] - span
            count = room // stride + 1
            if self.use.whole("ceil_mode", 0):
                count = -(-room // stride) + 1
                # The last window has to begin on the map, or before it.
                count -= (count - 1) * stride >= size + self.pads[at]
            found.append(count)
        return found

    def fields(self, extra: int, *names: str) -> dict[str, Any]:
        """The fields that a kind takes, with windows of 1 on so many axes before."""
        ones = (1,) * extra
        found: dict[str, Any] = {"kernel_size": of_axes((*ones, *self.kernel))}
        if any(one != 1 for one in self.stride) or "stride" in names:
            found["stride"] = of_axes((*ones, *self.stride))
        padding = self.padding
        if padding != 0 and extra:
            if isinstance(padding, str):
                raise NoRuleError("it pads several maps at once by a word")
            sides = of_sides((*(0,) * extra, *self.pads[: len(self.kernel)], *(0,) * extra,
                              *self.pads[len(self.kernel) :]))  # fmt: skip
            found["padding"] = sides
        elif padding != 0:
            found["padding"] = padding
        if any(one != 1 for one in self.dilation):
            found["dilation"] = of_axes((*ones, *self.dilation))
        return found


def maps_of(use: Use) -> tuple[View, int]:
    """The first input laid out as maps, channels first, and how many axes stand before them.

    A batch that was folded out of the map is one more axis of positions.
    """
    x = use.view()
    if len(x.axes) < 3:
        raise NoRuleError(f"its input has {len(x.axes)} axes")
    batch, channels, *spatial = x.axes
    wanted = [channels, *([batch] if batch else []), *spatial]
    if len(wanted) > 1 + MAX_RANK:
        raise NoRuleError("it works on several samples of three axes at once")
    return use.arranged(x, wanted), len(wanted) - 1 - len(spatial)


def as_maps(use: Use, at: int, extra: int) -> View:
    """The output of a layer of `maps_of`, as the tensor that it is."""
    shape = use.builder.shape(at)
    spatial = [(axis,) for axis in range(1 + extra, len(shape))]
    return whole(at, shape, [(1,) if extra else (), (0,), *spatial])
