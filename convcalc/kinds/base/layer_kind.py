"""The base of layers with one input: what a kind states of it, and the facts that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.core.arrangement import Arrangement
from convcalc.core.links import window_link
from convcalc.core.shapes import Shape, Window, elements, padded_elements
from convcalc.kinds.base.copies import Copy, Turn, whole, window_turn
from convcalc.kinds.base.kind import Kind
from convcalc.kinds.base.stated import (
    KEPT,
    KEPT_BY_WORD,
    POINTWISE_LINKS,
    WORK_CLASSES,
    Facts,
    Flow,
    Kept,
    Links,
    Work,
    shared,
)

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class LayerKind(Kind):
    """A kind with one input `x`."""

    def output(self, x: Shape) -> Shape:
        """The output shape; the input's, unless a kind says otherwise."""
        return x

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """The window on each spatial axis; none for kinds that have no window."""
        return ()

    def output_paddings(self, x: Shape) -> tuple[int, ...]:
        """Pixels added after the output of a transposed window, on each axis."""
        return (0,) * (len(x) - 1)

    def rounds_up(self) -> bool:
        """True where a last window that is only partly filled is kept."""
        return False

    def links(self, x: Shape) -> Links:
        """How units read the input, per axis; None where each sees the whole map."""
        windows = self.windows(x)
        return tuple(map(window_link, windows)) if windows else POINTWISE_LINKS[len(x) - 1]

    def arrangement(self, x: Shape) -> Arrangement | None:
        """How whole axes move; None for layers that do not move any, or not only."""
        return None

    def flow(self, x: Shape) -> Flow:
        """What becomes of the channels; a kind that takes only some of them has to say so."""
        return KEPT

    def sees_all(self, x: Shape) -> bool:
        """True where every output depends on the whole map, yet keeps its own position."""
        return False

    def weights(self, x: Shape) -> dict[str, Shape]:
        """Learnt arrays by name, in PyTorch's layout."""
        return {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        """Arrays that are stored but not learnt, such as running statistics."""
        return {}

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return self.weights(inputs[0])

    def buffers_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return self.buffers(inputs[0])

    def macs(self, x: Shape, output: Shape) -> int:
        """Multiply-accumulates; 0 for all but convolutions, dense layers and products."""
        return 0

    def work(self, x: Shape, output: Shape) -> Work:
        """Elementwise operations by class. A kind without work says `{}` itself."""
        raise LookupError(f"{self.kind} has no rule for its elementwise work")

    def kept(self, x: Shape, output: Shape) -> Kept:
        """What the backward pass needs again; by `keeps`, unless a kind says more."""
        return KEPT_BY_WORD[self.keeps]

    def notes(self, x: Shape) -> tuple[str, ...]:
        """What a reader of the plan should be told about this layer."""
        return ()

    def workspace(self, x: Shape, output: Shape) -> int:
        """Values alive while it runs, beside its input and its output."""
        return 0

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        (x,) = inputs
        windows = self.windows(x)
        if windows:
            return tuple(map(window_turn, x[1:], windows))
        return whole(inputs) if self.reads_by_size() else tuple(map(Turn, x[1:]))

    def at_sizes(self, x: Shape, sizes: Shape) -> Kind:
        """This layer for a map of other sizes; itself, unless its fields name sizes."""
        return self

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        (x,) = inputs
        return Copy(self.at_sizes(x, sizes), ((x[0], *sizes),))

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        (x,) = inputs
        windows = self.windows(x)
        padded = any(window.before or window.after for window in windows)
        own = super().values_beside(inputs, output)
        return own + (padded_elements(x, windows) if padded else 0)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        """The output for `x` (N, *S, C), made of `ops`.

        May use `windows`, never `output` or `macs`: sizes must fall out of slicing and counts
        out of the products, so that running a layer is evidence for its plan.
        `w` has the arrays of `weights` and `buffers`, in PyTorch's layout.
        """
        raise LookupError(f"{self.kind} has no forward pass")

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        """Gradients with respect to `x` and to each learnt array, from that of the output `y`."""
        raise LookupError(f"{self.kind} has no gradient")

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        (x,) = inputs
        return self.forward(ops, x, weights)

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        (x,) = inputs
        found, learnt = self.backward(ops, grad, x, output, weights)
        return (found,), learnt

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        (x,) = inputs
        return self.facts_of(x, self._common(self.output(x)))

    def facts_of(self, x: Shape, output: Shape) -> Facts:
        """All facts where the output is `output`: also past a limit that is PyTorch's alone."""
        work = self.work(x, output)
        return Facts(
            output,
            sum(map(elements, self.weights(x).values())),
            sum(map(elements, self.buffers(x).values())),
            self.macs(x, output),
            tuple(work.get(name, 0) for name in WORK_CLASSES),
            (shared(self.links(x)),),
            self.sees_all(x),
            self.kept(x, output),
            self.notes(x),
            self.workspace(x, output),
            (self.arrangement(x),),
            self._told(self.flow(x)),
            inputs=(x,),
        )

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        (x,) = inputs
        fields = super().resolved(inputs)
        rank = len(x) - 1
        windows = self.windows(x)
        for name in ("kernel_size", "stride", "dilation", "output_padding", "scale_factor"):
            if name in fields and not isinstance(fields[name], list) and fields[name] is not None:
                fields[name] = [fields[name]] * rank
        if windows and fields.get("stride", 0) is None:
            fields["stride"] = [window.stride for window in windows]
        if windows and "padding" in fields:
            fields["padding"] = [[window.before, window.after] for window in windows]
        if fields.get("groups") == "depthwise":
            fields["groups"] = x[0]
        return fields
