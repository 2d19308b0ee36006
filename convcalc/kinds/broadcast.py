"""Axes that are spread: the same numbers at each of their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base.field_values import wrong
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.moved_axes import MovedAxes
from convcalc.kinds.base.patterns import (
    PATTERN_SCHEMA,
    GivenSizes,
    Pattern,
    check_given,
    flat,
    read_pattern,
)

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


def _kept(pattern: Pattern) -> Pattern:
    """The pattern, whose output must name every axis of the input. Raises where it does not."""
    for name in flat(pattern.inputs[0]):
        if name not in flat(pattern.output):
            message = f"loses `{name}`: it is not in the output"
            raise wrong("wrong-value", message, "name it there, or use `reduce`")
    return pattern


Spread = Annotated[
    Pattern,
    PlainValidator(lambda value: _kept(read_pattern(value, 1, "`broadcast`", "c -> c h w"))),
    WithJsonSchema(PATTERN_SCHEMA),
]


class Broadcast(MovedAxes):
    """The same numbers again along new axes, in the notation of einops.

    What the output alone names is new, and its size is given: `1 h w -> c h w` spreads one map
    over c channels, `c h w -> c (h p) (w q)` makes a block of every pixel, `g d n -> (g r) d n`
    shares keys among heads. No work: nothing is calculated.
    Source: Rogozhnikov 2022, einops' `repeat`; PyTorch's expand and repeat_interleave.

    ```yaml
    convcalc: 1
    input: [1, 8, 8]
    layers:
      - broadcast: {pattern: "1 h w -> c h w", sizes: {c: 64}}
      - broadcast: {pattern: "c h w -> c (h p) (w q)", sizes: {p: 2, q: 2}}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("expand", "repeatinterleave", "tile")
    main: ClassVar[str] = "pattern"
    mappings: ClassVar[frozenset[str]] = frozenset({"sizes"})

    pattern: Spread = described("Axes before and after, as in `1 h w -> c h w`.")
    sizes: GivenSizes = described(
        "Sizes of new axes, and of axes that are split off, as in {c: 64}.", ()
    )

    def hands_on(self, x: Shape) -> bool:
        sizes = self._bound(x)
        kept = [name for name in flat(self.pattern.output) if sizes[name] > 1]
        return self.output(x) == x and kept == [
            name for name in flat(self.pattern.inputs[0]) if sizes[name] > 1
        ]

    def output(self, x: Shape) -> Shape:
        check_given(self.pattern, self.sizes)
        return self.pattern.output_shape(self._bound(x))

    def _bound(self, x: Shape) -> dict[str, int]:
        """The size of every name. Raises LayerError where one is not known."""
        sizes = self.pattern.bound([x], self.sizes)
        left = [name for name in flat(self.pattern.output) if name not in sizes]
        if left:
            given = dict(self.sizes) | dict.fromkeys(left, 2)
            written = ", ".join(f"{name}: {size}" for name, size in given.items())
            raise LayerError(
                "pattern-mismatch",
                f"`{left[0]}` is new in the output, and its size is not given",
                f"give it, as in `sizes: {{{written}}}`",
                field="sizes" if self.sizes else "pattern",
            )
        return sizes

    def arrangement(self, x: Shape) -> Arrangement:
        return self.pattern.arrangement(0, self._bound(x))

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {"pattern": self.pattern.text, "sizes": dict(self.sizes)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.spread(x, self.arrangement(ops.shape(x)))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.gathered(grad, self.arrangement(ops.shape(x))), {}


KIND = Broadcast
