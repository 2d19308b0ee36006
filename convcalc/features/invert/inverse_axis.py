"""How one axis of a layer with a window is undone, in the framework's dialect and the guide's.

Source: Dumoulin & Visin, relationships 8-14.
"""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.core.arithmetic import equal_padding, guide_padding, stretched_size
from convcalc.shorthand.axis import SAME_WORDS, Axis


@dataclass(frozen=True, slots=True)
class AxisInverse:
    """How one axis of a layer with a window is undone.

    `forward` is the layer along the axis, `inverse` what undoes it; `extra` is the a of the
    transposed layer, negative where a pool's last window stuck out and its pixels must be cut.
    """

    forward: Axis
    inverse: Axis
    extra: int

    @property
    def transposed(self) -> Axis:
        """The transposed one of the two."""
        return self.forward if self.forward.family == "transposed" else self.inverse

    @property
    def zeros(self) -> int:
        """Zeros that the guide puts between each two inputs of the transposed layer."""
        return self.transposed.stride - 1

    @property
    def stretched(self) -> int:
        """The transposed layer's input with those zeros."""
        return stretched_size(self.transposed.size, self.transposed.stride)

    @property
    def guide_padding(self) -> tuple[int, int]:
        """p' before and after in the guide's dialect, a not included; negative crops."""
        axis = self.transposed
        return guide_padding(axis.span, axis.before), guide_padding(axis.span, axis.after)

    @property
    def siblings(self) -> tuple[tuple[int, int], ...]:
        """(input size, a) of the inputs that give the convolution's output, 64 at most.

        Where the padding follows the input (`same_upper`) there is no more to say than the own.
        """
        if self.forward.word in SAME_WORDS:
            return ((self.forward.size, self.extra),)
        low, high = self.forward.siblings
        base = low - self.smallest_extra
        return tuple((size, size - base) for size in range(low, min(high, low + 63) + 1))

    @property
    def smallest_extra(self) -> int:
        """The a of the smallest input that gives the same output."""
        low, _ = self.forward.siblings
        return self.extra - (self.forward.size - low)

    @property
    def symmetric(self) -> tuple[int, int, tuple[int, int]]:
        """(p', a, (crop before, crop after)) of a framework's layer, which pads equally.

        The crops are zero where the layer alone does it.
        """
        return equal_padding(self.transposed.before, self.transposed.after, self.extra)

    @property
    def needs_crop(self) -> bool:
        """True where no framework's layer does it alone."""
        return any(self.symmetric[2])


def axis_inverse(axis: Axis) -> AxisInverse:
    """The inverse of a window or of a transposed window along one axis.

    >>> found = axis_inverse(Axis("window", 32, 3, 2, 1, 1))
    >>> found.inverse.output, found.extra, found.siblings, found.guide_padding
    (32, 1, ((31, 0), (32, 1)), (1, 1))
    """
    sides = (axis.before, axis.after, axis.dilation)
    if axis.family == "transposed":
        # What the output padding added beyond a stride would be one window too many.
        surplus = axis.extra if axis.extra >= axis.stride else 0
        inverse = Axis("window", axis.output - surplus, axis.kernel, axis.stride, *sides)
        return AxisInverse(axis, inverse, axis.extra)
    extra = axis.tail
    inverse = Axis("transposed", axis.output, axis.kernel, axis.stride, *sides, extra=extra)
    return AxisInverse(axis, inverse, extra)
