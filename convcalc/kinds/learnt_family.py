"""Learnt numbers that every element meets: `scale` and `bias`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, Kind, LayerKind, Work
from convcalc.kinds.base.fields import Flag, described
from convcalc.kinds.linear import Over

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Scale(LayerKind):
    """One learnt factor for each channel, such as ConvNeXt's layer scale, or one in all.

    Learnt: 1 a channel, or 1 with `single`, and with `bias` a shift of each channel beside it.
    Work: 1 an element, in the class of norms, and 1 in that of biases with `bias`.
    Source: Touvron et al. 2021 (LayerScale); El-Nouby et al. 2021 (XCiT) for the temperature of
    attention, of which each head has one.

    ```yaml
    convcalc: 1
    input: [96, 56, 56]
    layers:
      - scale
      - scale: {bias: true}
      - scale: {single: true}
    ```
    """

    temporaries: ClassVar[int] = 0
    keeps: ClassVar[Keeps] = "input"

    bias: Flag = described("Add one learnt number to each channel, too.", False)
    single: Flag = described("One learnt factor for all channels, as a temperature.", False)

    def works_per_position(self) -> bool:
        return True

    def is_linear(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def adds_bias(self) -> bool:
        return self.bias

    def weights(self, x: Shape) -> dict[str, Shape]:
        factors: dict[str, Shape] = {"weight": (1 if self.single else x[0],)}
        return factors | ({"bias": (x[0],)} if self.bias else {})

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": elements(output), "bias": elements(output) if self.bias else 0}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y = x * w["weight"]
        return y + w["bias"] if self.bias else y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        of_channels = ops.channel_sum(grad * x)
        learnt = {"weight": of_channels.sum(keepdims=True) if self.single else of_channels}
        if self.bias:
            learnt["bias"] = ops.channel_sum(grad)
        return grad * w["weight"], learnt


class Bias(LayerKind):
    """A learnt shift of each channel (`channels`), or of each element (`all`).

    Over `all` it is the position table of a transformer whose input has one size.
    Learnt: 1 a channel, or 1 an element. Work: 1 an element, in the class of biases.

    ```yaml
    convcalc: 1
    input: [768, 197]
    layers:
      - bias
      - bias: all
    ```
    """

    main: ClassVar[str] = "over"

    over: Over = described("What has a number of its own.", "channels")

    def stays_in_channel(self) -> bool:
        return True

    def works_per_position(self) -> bool:
        return self.over == "channels"

    def adds_bias(self) -> bool:
        return self.over == "channels"

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"bias": x if self.over == "all" else (x[0],)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {"bias": elements(output)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        bias = w["bias"]
        # (C, *S) as (*S, C); one number a channel stays as it is.
        return x + bias.transpose(*range(1, bias.ndim), 0)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        if self.over == "channels":
            return grad, {"bias": ops.channel_sum(grad)}
        last_to_first = (grad.ndim - 2, *range(grad.ndim - 2))
        return grad, {"bias": grad.sum(axis=0).transpose(last_to_first)}


MEMBERS: tuple[type[Kind], ...] = (
    Scale,
    Bias,
)
