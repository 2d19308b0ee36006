"""Channels to pixels and back: `pixel_shuffle` and `pixel_unshuffle`."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.links import nearest_link
from convcalc.core.shapes import Shape, Window, axis_name
from convcalc.kinds.base import Kind, LayerKind, Links, Work
from convcalc.kinds.base.checks import divisible, nearest_divisors, spatial_rank
from convcalc.kinds.base.code_lines import torch_call
from convcalc.kinds.base.copies import FEW, Copy
from convcalc.kinds.base.fields import Count, described
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


Order = Literal["crd", "dcr"]


class PixelMove(LayerKind):
    """The same elements at other places; moved, but not computed."""

    main: ClassVar[str] = "factor"

    temporaries: ClassVar[int] = 0

    factor: Count = described("Factor r on each axis.")
    order: Order = described(
        "How channels lie: `crd`, those of one pixel together (PyTorch); `dcr`, those of one place "
        "in the block (TensorFlow, and ONNX's DepthToSpace).",
        "crd",
    )

    @property
    def places_first(self) -> bool:
        """Whether the place in the block counts for more than the channel that is left."""
        return self.order == "dcr"

    def module(self, name: str, x: Shape) -> list[str] | None:
        """PyTorch's line, which is for two axes and the order `crd`."""
        return None if len(x) != 3 or self.places_first else [torch_call(name, self.factor)]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return self.factor == 1

    def _written(self) -> dict[str, object]:
        """The fields as one would write them."""
        order = {"order": self.order} if self.places_first else {}
        return {"factor": self.factor, **order}

    def moved(self, x: Shape, output: Shape, channels: str, sizes: str) -> list[str]:
        """The sums, with the signs of what happens to channels and to sizes."""
        rank = len(x) - 1
        power = str(self.factor) if rank == 1 else f"{self.factor}^{rank}"
        texts = [f"{a}{sizes}{self.factor} = {b}" for a, b in zip(x[1:], output[1:], strict=True)]
        shown = "; ".join(dict.fromkeys(texts))
        return [f"channels {x[0]}{channels}{power} = {output[0]}; {shown}"]

    def work(self, x: Shape, output: Shape) -> Work:
        return {}


class PixelShuffle(PixelMove):
    """Groups of r^n channels become r x r blocks of pixels: C / r^n channels, r times the size.

    Source: Shi et al. 2016; PyTorch's PixelShuffle, for one and three axes too; with `order: dcr`
    TensorFlow's depth_to_space.

    ```yaml
    convcalc: 1
    input: [64, 32, 32]
    layers:
      - pixel_shuffle: 2
      - pixel_shuffle: {factor: 2, order: dcr}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("depthtospace",)

    def sums(self, x: Shape, output: Shape) -> list[str]:
        return self.moved(x, output, "/", "·")

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((PixelUnshuffle.kind, self._written()),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        return self.module("PixelShuffle", x)

    def output(self, x: Shape) -> Shape:
        rank = spatial_rank(x, self.kind)
        block = self.factor**rank
        help = f"give the layer before {-(-x[0] // block) * block} output channels"
        what = f"channels, of which {self.factor}^{rank} make one"
        divisible(x[0], block, what, "factor", help, is_divisor=False)
        return (x[0] // block, *(size * self.factor for size in x[1:]))

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        block = self.factor ** (len(x) - 1)
        return Copy(self, ((block * min(x[0] // block, 2), *x[1:]),))

    def links(self, x: Shape) -> Links:
        return (nearest_link(Fraction(1, self.factor)),) * (len(x) - 1)

    def arrangement(self, x: Shape) -> Arrangement:
        channels = x[0] // self.factor ** (len(x) - 1)
        return _blocks(channels, self.factor, x[1:], self.places_first).inverse

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.to_pixels(x, self.factor, self.places_first)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.from_pixels(grad, self.factor, self.places_first), {}


class PixelUnshuffle(PixelMove):
    """r x r blocks of pixels become channels: C r^n channels, 1/r of the size.

    Source: PyTorch's PixelUnshuffle, for one and three axes too; with `order: dcr` TensorFlow's
    and ONNX's space_to_depth.

    ```yaml
    convcalc: 1
    input: [3, 64, 64]
    layers:
      - pixel_unshuffle: 2
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("spacetodepth",)

    def sums(self, x: Shape, output: Shape) -> list[str]:
        return self.moved(x, output, "·", "/")

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((PixelShuffle.kind, self._written()),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        return self.module("PixelUnshuffle", x)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return (Window(self.factor, self.factor),) * (len(x) - 1)

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        return Copy(self, ((min(x[0], FEW), *x[1:]),))

    def output(self, x: Shape) -> Shape:
        rank = spatial_rank(x, self.kind)
        for axis, size in enumerate(x[1:]):
            if size % self.factor:
                name = axis_name(axis, rank)
                raise LayerError(
                    "size-out-of-range",
                    f"{self.factor} does not divide {size}{' (' + name + ')' if name else ''}",
                    f"a `pad` to {-(-size // self.factor) * self.factor}",
                    field="factor",
                    repairs=[{"factor": n} for n in nearest_divisors(gcd(*x[1:]), self.factor)],
                )
        return (x[0] * self.factor**rank, *(size // self.factor for size in x[1:]))

    def arrangement(self, x: Shape) -> Arrangement:
        sizes = tuple(size // self.factor for size in x[1:])
        return _blocks(x[0], self.factor, sizes, self.places_first)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.from_pixels(x, self.factor, self.places_first)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.to_pixels(grad, self.factor, self.places_first), {}


def _blocks(channels: int, factor: int, sizes: Shape, places_first: bool) -> Arrangement:
    """c (h r) (w r) -> (c r r) h w, or (r r c) h w, for as many axes as there are sizes."""
    rank = len(sizes)
    places = range(1, 1 + rank)
    block = tuple(place + rank for place in places)
    return Arrangement(
        (channels, *sizes, *(factor,) * rank),
        ((0,), *((place, place + rank) for place in places)),
        ((*block, 0) if places_first else (0, *block), *((place,) for place in places)),
    )


MEMBERS: tuple[type[Kind], ...] = (PixelShuffle, PixelUnshuffle)
