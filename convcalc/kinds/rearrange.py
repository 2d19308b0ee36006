"""Axes split, joined and moved by a pattern."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.arrangement import Arrangement
from convcalc.core.shapes import Shape
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.moved_axes import MovedAxes
from convcalc.kinds.base.patterns import (
    PATTERN_SCHEMA,
    GivenSizes,
    Pattern,
    check_given,
    flat,
    read_pattern,
    same_names,
)

Moved = Annotated[
    Pattern,
    PlainValidator(
        lambda value: same_names(
            read_pattern(value, 1, "`rearrange`", "c (h p) (w q) -> (c p q) h w")
        )
    ),
    WithJsonSchema(PATTERN_SCHEMA),
]


class Rearrange(MovedAxes):
    """The same elements on other axes, in the notation of einops.

    Names are axes of one sample, channels first; brackets join several into one axis, the slowest
    first, or split one. Of a split axis all sizes but one are given. Nothing is computed.
    Source: Rogozhnikov 2022, "Einops: Clear and Reliable Tensor Manipulations".

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - rearrange: {pattern: "c (h p) (w q) -> (c p q) h w", sizes: {p: 2, q: 2}}
      - rearrange: "c h w -> c (h w)"
    ```
    """

    main: ClassVar[str] = "pattern"
    mappings: ClassVar[frozenset[str]] = frozenset({"sizes"})

    pattern: Moved = described("Axes before and after, as in `c h w -> c (h w)`.")
    sizes: GivenSizes = described("Sizes of axes that the pattern splits off, as in {p: 2}.", ())

    def hands_on(self, x: Shape) -> bool:
        return self.output(x) == x and flat(self.pattern.inputs[0]) == flat(self.pattern.output)

    def output(self, x: Shape) -> Shape:
        check_given(self.pattern, self.sizes)
        return self.pattern.output_shape(self.pattern.bound([x], self.sizes))

    def arrangement(self, x: Shape) -> Arrangement:
        return self.pattern.arrangement(0, self.pattern.bound([x], self.sizes))

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {"pattern": self.pattern.text, "sizes": dict(self.sizes)}


KIND = Rearrange
