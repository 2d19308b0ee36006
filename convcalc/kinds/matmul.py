"""Products of matrices."""

from __future__ import annotations

from typing import ClassVar, Literal

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base.fields import Names, described
from convcalc.kinds.base.map_products import ProductKind
from convcalc.kinds.base.patterns import Pattern, Side

Transpose = Literal["none", "first", "second", "both"]


class Matmul(ProductKind):
    """The product of the last two axes of two maps, m x k times k x n; one for each leading index.

    Leading axes are equal, or 1 in one of the inputs, which then holds for all.
    MACs: m * k * n, times the leading sizes. Source: PyTorch's matmul.

    ```yaml
    convcalc: 1
    input: {shares: [4, 100, 50], values: [4, 50, 32]}
    layers:
      - {matmul: [shares, values], name: gathered}
      - matmul: {inputs: [gathered, gathered], transpose: second}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("batchmatmul", "bmm", "dot")
    main: ClassVar[str] = "inputs"
    fault_field: ClassVar[str] = "inputs"

    inputs: Names = described("Names of the two layers to multiply, the left one first.")
    transpose: Transpose = described(
        "Whose last two axes are swapped first: `none`, `first`, `second` or `both`.", "none"
    )

    def pattern_of(self, inputs: tuple[Shape, ...]) -> Pattern:
        if len(inputs) != 2 or min(map(len, inputs)) < 2 or len({*map(len, inputs)}) > 1:
            shapes = " and ".join(map(format_shape, inputs))
            raise LayerError(
                "product-mismatch",
                f"matmul wants two maps with as many axes, two at least, got {shapes}",
                "name two maps, or bring axes with `reshape`",
                field="inputs",
                recovered=inputs[0],
            )
        first, second = self._matrices()
        left, right = inputs
        inner = (left[-2 + first.index("k")], right[-2 + second.index("k")])
        if inner[0] != inner[1]:
            raise self._misfit(inputs, f"sums over {inner[0]} and {inner[1]}", first, second)
        leading = list(enumerate(zip(left[:-2], right[:-2], strict=True)))
        for axis, sizes in leading:
            if len({*sizes} - {1}) > 1:
                raise LayerError(
                    "product-mismatch",
                    f"matmul wants equal leading axes, or 1, got {sizes[0]} and {sizes[1]} on "
                    f"axis {axis} of {format_shape(left)} and {format_shape(right)}",
                    "bring them to one size, or to 1 with `reduce`",
                    field="inputs",
                )
        sides: list[Side] = []
        for place, matrix in enumerate((first, second)):
            names = (
                ((f"b{axis}",) if sizes[place] > 1 or max(sizes) == 1 else ())
                for axis, sizes in leading
            )
            sides.append((*names, (matrix[0],), (matrix[1],)))
        output = (*((f"b{axis}",) for axis, _ in leading), ("m",), ("n",))
        return Pattern(tuple(sides), output, "")

    def _matrices(self) -> tuple[str, str]:
        first = "km" if self.transpose in ("first", "both") else "mk"
        second = "nk" if self.transpose in ("second", "both") else "kn"
        return first, second

    def _repair(self, inputs: tuple[Shape, ...], first: str, second: str) -> str:
        """What gives the inner axis, where it is that of the channels, the other's size."""
        left, right = inputs
        if len(left) == 2 and second == "kn":
            size = left[-2 + first.index("k")]
            return f"put `linear: {{out: {size}, over: channels}}` behind `{self.inputs[1]}`"
        if len(left) == 2 and first == "km":
            size = right[-2 + second.index("k")]
            return f"put `linear: {{out: {size}, over: channels}}` behind `{self.inputs[0]}`"
        return "take two maps that have the axis in common"

    def _misfit(self, inputs: tuple[Shape, ...], fact: str, first: str, second: str) -> LayerError:
        left, right = inputs
        fitting = []
        # Where leading axes differ as well, turning a matrix is not enough.
        is_alone = all(
            len({*sizes} - {1}) <= 1 for sizes in zip(left[:-2], right[:-2], strict=True)
        )
        for choice in ("none", "first", "second", "both") if is_alone else ():
            swapped_left = left[-1 if choice not in ("first", "both") else -2]
            swapped_right = right[-2 if choice not in ("second", "both") else -1]
            if swapped_left == swapped_right:
                fitting.append({"transpose": choice})
        help = "" if fitting else self._repair(inputs, first, second)
        shapes = " and ".join(map(format_shape, inputs))
        note = f"matmul {fact} of {shapes}"
        return LayerError("product-mismatch", note, help, field="inputs", repairs=fitting[:1])


KIND = Matmul
