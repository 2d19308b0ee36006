"""Layers that pass their input on at inference: `identity` and `dropout`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, Kind, LayerKind, Work
from convcalc.kinds.base.code_lines import keras_call, torch_call
from convcalc.kinds.base.fields import Share, described
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class PassedOn(LayerKind):
    """A layer whose output is its input."""

    is_spatial: ClassVar[bool] = True
    temporaries: ClassVar[int] = 0
    is_view: ClassVar[bool] = True

    def works_per_position(self) -> bool:
        return True

    def is_linear(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad, {}


class Identity(PassedOn):
    """The input itself.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - identity
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("passthrough",)

    def torch(self, x: Shape) -> list[str] | None:
        return ["nn.Identity()"]

    def keras(self, x: Shape) -> list[str] | None:
        return ["layers.Identity()"]

    def hands_on(self, x: Shape) -> bool:
        return True


class Dropout(PassedOn):
    """Zero a share of the elements while training; the input itself at inference.

    Nothing is counted. Training writes a tensor of its own and keeps a mask of one byte an
    element.

    ```yaml
    convcalc: 1
    input: [4096]
    layers:
      - dropout
      - dropout: 0.2
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("spatialdropout",)
    main: ClassVar[str] = "p"
    copies_in_training: ClassVar[bool] = True

    p: Share = described("Share of elements that training zeroes.", 0.5)

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call("Dropout", float(self.p))]

    def keras(self, x: Shape) -> list[str] | None:
        return [keras_call("Dropout", float(self.p))]

    def hands_on(self, x: Shape) -> bool:
        # In training it does, unless nothing is dropped.
        return self.p == 0

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(bytes=elements(output))


MEMBERS: tuple[type[Kind], ...] = (Identity, Dropout)
