"""Activation with a learnt slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, LayerKind, Role, Work
from convcalc.kinds.base.code_lines import torch_call
from convcalc.kinds.base.field_values import wrong
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


def _parameters(value: object) -> int | str:
    if value == "channels" or (
        value == 1 and isinstance(value, int) and not isinstance(value, bool)
    ):
        return "channels" if value == "channels" else 1
    raise wrong("wrong-value", f"wants 1 or `channels`, got {value}", "write 1 or channels")


Parameters = Annotated[
    int | str, PlainValidator(_parameters), WithJsonSchema({"enum": [1, "channels"]})
]


class Prelu(LayerKind):
    """x where positive, a learnt multiple of x elsewhere. Work: 1 an element.

    Learnt: 1 slope for the whole layer, or one for each channel.
    Source: He et al. 2015; PyTorch's PReLU.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - prelu
      - prelu: channels
    ```
    """

    main: ClassVar[str] = "parameters"
    role: ClassVar[Role] = "activation"
    keeps: ClassVar[Keeps] = "input"

    temporaries: ClassVar[int] = 2

    parameters: Parameters = described("1 slope in all, or one for each of the `channels`.", 1)

    def works_per_position(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def passes_unchanged(self) -> Range | None:
        return NEVER_NEGATIVE

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0] if inputs[0][0] >= 0 else EVERYTHING

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call("PReLU", x[0] if self.parameters == "channels" else 1)]

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0] if self.parameters == "channels" else 1,)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {"activation": elements(output)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y: Array = ops.np.where(x > 0, x, x * w["weight"])
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        slopes = ops.channel_sum(grad * ops.np.minimum(x, 0))
        if self.parameters == 1:
            slopes = slopes.sum(keepdims=True)
        return grad * ops.np.where(x > 0, 1, w["weight"]).astype(grad.dtype), {"weight": slopes}


KIND = Prelu
