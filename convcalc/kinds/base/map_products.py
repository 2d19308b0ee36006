"""What products of two maps share: sizes, counts, fields, and how they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base.copies import Turn
from convcalc.kinds.base.merge_kind import MergeKind
from convcalc.kinds.base.moving import links_by
from convcalc.kinds.base.patterns import Pattern, flat
from convcalc.kinds.base.ranges import Range, product_of, sign_of
from convcalc.kinds.base.stated import Keeps, Links, Work

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops


class ProductKind(MergeKind):
    """The sum of products of two maps, by a pattern over their axes."""

    keeps: ClassVar[Keeps] = "input"

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        # Each axis has to fit another one.
        return ()

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def pattern_of(self, inputs: tuple[Shape, ...]) -> Pattern:
        """The axes of both inputs and of the output. Raises LayerError."""
        raise LookupError(f"{self.kind} has no pattern")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return sign_of(product_of(*inputs))

    def _bound(self, inputs: tuple[Shape, ...]) -> tuple[Pattern, dict[str, int]]:
        pattern = self.pattern_of(inputs)
        try:
            return pattern, pattern.bound(inputs)
        except LayerError as error:
            error.field = self.fault_field
            raise

    # The field that is at fault where sizes do not fit.
    fault_field: ClassVar[str] = "equation"

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        pattern, sizes = self._bound(inputs)
        return pattern.output_shape(sizes)

    def arrangements_of(self, inputs: tuple[Shape, ...]) -> tuple[Arrangement | None, ...]:
        pattern, sizes = self._bound(inputs)
        return tuple(pattern.arrangement(number, sizes) for number in range(2))

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        return tuple(map(links_by, self.arrangements_of(inputs), inputs))

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        _, sizes = self._bound(inputs)
        count = 1
        for size in sizes.values():
            count *= size
        return count

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {}

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        pattern, sizes = self._bound(tuple(map(ops.shape, inputs)))
        a, b = map(ops.first, inputs)
        names = [flat(side) for side in pattern.inputs]
        a, b = (_split(x, own, sizes) for x, own in zip((a, b), names, strict=True))
        y = ops.contract(a, names[0], b, names[1], flat(pattern.output), sizes)
        return ops.last(y.reshape(len(a), *pattern.output_shape(sizes)))

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        pattern, sizes = self._bound(tuple(map(ops.shape, inputs)))
        names, out = [flat(side) for side in pattern.inputs], flat(pattern.output)
        a, b = (_split(ops.first(x), own, sizes) for x, own in zip(inputs, names, strict=True))
        share = _split(ops.first(grad), out, sizes)
        to_a = ops.contract(share, out, b, names[1], names[0], sizes)
        to_b = ops.contract(share, out, a, names[0], names[1], sizes)
        return tuple(
            ops.last(part.reshape(ops.first(x).shape))
            for part, x in zip((to_a, to_b), inputs, strict=True)
        )


def _split(x: Array, names: tuple[str, ...], sizes: dict[str, int]) -> Array:
    return x.reshape(len(x), *(sizes[name] for name in names))
