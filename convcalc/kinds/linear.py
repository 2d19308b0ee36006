"""Dense layer, of the whole vector or of the features at each position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import (
    MIXED,
    POINTWISE_LINKS,
    Flow,
    Form,
    Keeps,
    LayerKind,
    Links,
    Role,
    Work,
)
from convcalc.kinds.base.code_lines import keras_call, torch_call, unless
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.fields import Count, Flag, described
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

Over = Literal["all", "channels"]


class Linear(LayerKind):
    """Dense layer: every output is a weighted sum of every input.

    `over: all` wants a vector `[F]`. `over: channels` is the same dense layer at each position of
    a map, which mixes its features alone: that of tokens, and of a 1x1 convolution.
    Weights: (out, in), and a bias of (out). MACs: in * out, at each position.
    Source: PyTorch's Linear.

    ```yaml
    convcalc: 1
    input: [512, 7, 7]
    layers:
      - linear: {out: 64, over: channels}
      - flatten
      - linear: 4096
      - linear: {out: 10, bias: false}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "connected",
        "dense",
        "fc",
        "fullyconnected",
        "gemm",
        "innerproduct",
        "lazylinear",
    )
    form: ClassVar[Form] = "sum"
    role: ClassVar[Role] = "product"
    main: ClassVar[str] = "out_features"
    keeps: ClassVar[Keeps] = "input"

    temporaries: ClassVar[int] = 0

    out_features: Count = described("Length of the output vector.")
    bias: Flag = described("Add one learnt number to each output.", True)
    over: Over = described(
        "What is summed: `all` of a vector, or the `channels` at each position.", "all"
    )

    def output(self, x: Shape) -> Shape:
        if len(x) > 1 and self.over == "all":
            raise LayerError(
                "linear-needs-flatten",
                f"linear wants a vector, but its input is {format_shape(x)}",
                f"put `flatten` before it ({elements(x)} features), or `global_avg_pool` "
                f"({x[0]} features); `over: channels` makes it a layer of each position",
                recovered=(self.out_features,),
            )
        return (self.out_features, *x[1:])

    def links(self, x: Shape) -> Links:
        return POINTWISE_LINKS[len(x) - 1] if len(x) > 1 else None

    def works_per_position(self) -> bool:
        return self.over == "channels"

    def sums(self, x: Shape, output: Shape) -> list[str]:
        return [f"{output[0]} sums over all {x[0]} inputs"]

    def reads_by_size(self) -> bool:
        return self.over == "all"

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        fields: dict[str, Any] = {"out_features": x[0], "bias": self.bias}
        return Undone(((Linear.kind, fields | ({"over": self.over} if len(x) > 1 else {})),))

    def torch(self, x: Shape) -> list[str] | None:
        bias, rank = unless(self.bias, True), len(x) - 1
        if not rank:
            return [torch_call("Linear", x[0], self.out_features, bias=bias)]
        # `nn.Linear` acts on the last axis; with channels first this is the same layer.
        return [torch_call(f"Conv{rank}d", x[0], self.out_features, kernel_size=1, bias=bias)]

    def keras(self, x: Shape) -> list[str] | None:
        return [keras_call("Dense", self.out_features, use_bias=unless(self.bias, True))]

    def adds_bias(self) -> bool:
        return self.bias

    def flow(self, x: Shape) -> Flow:
        return MIXED

    def weights(self, x: Shape) -> dict[str, Shape]:
        weights: dict[str, Shape] = {"weight": (self.out_features, x[0])}
        return weights | ({"bias": (self.out_features,)} if self.bias else {})

    def macs(self, x: Shape, output: Shape) -> int:
        return x[0] * elements(output)

    def is_linear(self) -> bool:
        return True

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        few = self.model_copy(update={"out_features": min(self.out_features, 5)})
        return Copy(few, ((min(x[0], 12), *x[1:]),))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y = ops.dot(x, w["weight"].T)
        return y + w["bias"] if self.bias else y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        rows = grad.reshape(-1, grad.shape[-1])
        learnt = {"weight": ops.dot(rows.T, x.reshape(-1, x.shape[-1]))}
        if self.bias:
            learnt["bias"] = ops.channel_sum(grad)
        return ops.dot(grad, w["weight"]), learnt

    def work(self, x: Shape, output: Shape) -> Work:
        return {"bias": elements(output) if self.bias else 0}


KIND = Linear
