"""Products of two maps over named axes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base.fields import Names, described
from convcalc.kinds.base.map_products import ProductKind
from convcalc.kinds.base.patterns import (
    PATTERN_SCHEMA,
    Pattern,
    output_is_known,
    read_pattern,
)

Equation = Annotated[
    Pattern,
    PlainValidator(
        lambda value: output_is_known(
            read_pattern(value, 2, "`einsum`", "h d q, h d k -> h q k", brackets=False)
        )
    ),
    WithJsonSchema(PATTERN_SCHEMA),
]


class Einsum(ProductKind):
    """Sums of products of two maps: axes that the output does not name are summed over.

    Names are axes of one sample, channels first; a name in both inputs is one size.
    MACs: the product of the sizes of all names. Source: NumPy's and PyTorch's einsum.

    ```yaml
    convcalc: 1
    input: {q: [2, 32, 400], k: [2, 32, 400]}
    layers:
      - einsum: {inputs: [q, k], equation: "h d q, h d k -> h q k"}
    ```
    """

    main: ClassVar[str] = "inputs"

    inputs: Names = described("Names of the two layers to multiply.")
    equation: Equation = described("Axes of both and of the output, as in `c q, c k -> q k`.")

    def pattern_of(self, inputs: tuple[Shape, ...]) -> Pattern:
        if len(inputs) != 2:
            raise LayerError(
                "wrong-value",
                f"einsum multiplies two maps, got {len(inputs)}",
                "multiply two, and the result with the next; `reduce` sums one map alone",
                field="inputs",
                recovered=inputs[0],
            )
        return self.equation

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {"equation": self.equation.text}


KIND = Einsum
