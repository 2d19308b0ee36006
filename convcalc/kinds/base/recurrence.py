"""What layers share that go through a sequence step by step: their sizes, counts and fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.links import past_link
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.core.text import in_words
from convcalc.kinds.base.copies import Turn, whole
from convcalc.kinds.base.fields import axes_in_words
from convcalc.kinds.base.layer_kind import LayerKind
from convcalc.kinds.base.merge_kind import MergeKind
from convcalc.kinds.base.stated import (
    DEALT,
    KEPT,
    MIXED,
    POINTWISE_LINKS,
    Facts,
    Flow,
    Kept,
    Links,
    Work,
)
from convcalc.kinds.base.stepping import OWN, Stepping

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Recurrent(Stepping):
    """A cell that goes through the one axis of positions: what it takes, for a sequence `x`."""

    def reads_by_size(self) -> bool:
        # The whole past, as long as the sequence is.
        return True

    def own_rows(self) -> int:
        """Rows of the cell's own array, of which each has the hidden numbers; 0 for none."""
        return 0

    def _inputs(self, channels: int) -> Iterator[tuple[int, int]]:
        """(layer, numbers that it reads at each step)."""
        joined = self.wide * (1 + self.bidirectional)
        return ((layer, joined if layer else channels) for layer in range(self.num_layers))

    def output(self, x: Shape) -> Shape:
        """The output shape."""
        joined = self.wide * (1 + self.bidirectional)
        if self.returns == "cells":
            joined += self.hidden_size * (1 + self.bidirectional)
        if len(x) == 2:
            return (joined,) if self.returns == "last" else (joined, x[1])
        length = elements(x[1:]) if len(x) > 2 else 1
        repair = f"put `reshape: [{elements(x) // length}, {length}]` before it"
        raise LayerError(
            "wrong-rank",
            f"{self.kind} goes along one axis of positions, but its input {format_shape(x)} has "
            f"{axes_in_words(len(x) - 1)}",
            f"{repair}, or fold the rows into the channels"
            if len(x) > 2
            else f"{repair} for a sequence of one step, or keep the positions of the layer before",
            recovered=(joined,) if self.returns == "last" else (joined, length),
        )

    def links(self, x: Shape) -> Links:
        if self.returns == "last":
            return None
        return POINTWISE_LINKS[1] if self.bidirectional else (past_link(x[1], x[1]),)

    def sees_all(self, x: Shape) -> bool:
        return self.bidirectional and self.returns != "last"

    def flow(self, x: Shape) -> Flow:
        # Numbers of the last layer come from one side alone; further layers read both.
        return DEALT if self.sees_all(x) and self.num_layers == 1 else MIXED

    def weights(self, x: Shape) -> dict[str, Shape]:
        gates = self.cell().gates * self.hidden_size
        found: dict[str, Shape] = {}
        for layer, reads in self._inputs(x[0]):
            for ending, *_ in self.passes(layer):
                found[f"weight_ih{ending}"] = (gates, reads)
                found[f"weight_hh{ending}"] = (gates, self.wide)
                if self.own_rows():
                    found[f"{OWN}{ending}"] = (self.own_rows(), self.hidden_size)
                for name in self.shift_names():
                    found[f"{name}{ending}"] = (gates,)
                if self.projection():
                    found[f"weight_hr{ending}"] = (self.wide, self.hidden_size)
        return found

    def macs(self, x: Shape, output: Shape) -> int:
        gates = self.cell().gates * self.hidden_size
        steps = x[1] * (1 + self.bidirectional)
        projected = self.projection() * self.hidden_size
        return sum(
            steps * (gates * (reads + self.wide) + projected) for _, reads in self._inputs(x[0])
        )

    def work(self, x: Shape, output: Shape) -> Work:
        cell = self.cell()
        numbers = self.num_layers * (1 + self.bidirectional) * x[1] * self.hidden_size
        return {
            "bias": len(self.shift_names()) * cell.gates * numbers,
            "activation": cell.functions * numbers,
            "merge": cell.joins * numbers,
        }

    def kept(self, x: Shape, output: Shape) -> Kept:
        # Every gate of every step, the cell, and what each layer hands to the next.
        cell, passes = self.cell(), 1 + self.bidirectional
        # What comes out of the last layer, each state or each cell as well, is kept there.
        handed_on = self.num_layers - (self.returns != "last")
        of_cells = cell.has_cell * self.num_layers - (self.returns == "cells")
        inner = self.num_layers * cell.gates + of_cells
        values = x[1] * passes * (inner * self.hidden_size + handed_on * self.wide)
        return Kept(inputs=True, output=self.returns != "last", values=values)

    def workspace(self, x: Shape, output: Shape) -> int:
        # The sums of one direction over all steps, and what the layer before has handed on.
        sums = self.cell().gates * self.hidden_size
        handed_on = (1 + self.bidirectional) * self.wide
        is_more = self.num_layers > 1 or self.returns != "sequence"
        return x[1] * (sums + (2 * handed_on if is_more else 0))


class FromNothing(Recurrent, LayerKind):
    """A recurrence whose states begin at 0."""

    main: ClassVar[str] = "hidden_size"
    with_inputs: ClassVar[type[FromStates]]

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self.through(ops, x, (), w)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        to_x, _, learnt = self.back(ops, grad, x, (), w)
        return to_x, learnt


class FromStates(Recurrent, MergeKind):
    """A recurrence whose states begin as further inputs, and of an LSTM its cells as well.

    A state is `[layers * directions * numbers]`: those of the first layer first, of each layer
    those that go forward first.
    """

    main: ClassVar[str] = "inputs"
    input_words: ClassVar[tuple[str, ...]] = ("x", "state", "cell")

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return whole(inputs)

    def _begins(self) -> tuple[int, ...]:
        """How many numbers the states have that it can begin with."""
        count = self.num_layers * (1 + self.bidirectional)
        sizes = (self.wide, self.hidden_size) if self.cell().has_cell else (self.wide,)
        return tuple(count * size for size in sizes)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        x, *begins = inputs
        if len(x) == 1 and any(self._is_sequence(begin) for begin in begins):
            raise LayerError(
                "wrong-rank",
                f"the sequence, which is named first, has no positions: {format_shape(x)}",
                f"name the sequence first, as in {self._named()}",
                field="inputs",
            )
        output = self.output(x)
        self._check_count(len(begins), output)
        wrong = [
            (word, found, numbers)
            for word, found, numbers in zip(
                self.input_words[1:], begins, self._begins(), strict=False
            )
            if found != (numbers,)
        ]
        if wrong:
            raise LayerError(
                "product-mismatch",
                "; ".join(self._unlike(*one) for one in wrong),
                _repair(wrong),
                field="inputs",
                recovered=output,
            )
        return output

    def _is_sequence(self, begin: Shape) -> bool:
        """True for what stands in place of a state, and is none that wants to be flattened."""
        return len(begin) == 2 and elements(begin) not in self._begins()

    def _check_count(self, count: int, output: Shape) -> None:
        most = len(self._begins())
        if 1 <= count <= most:
            return
        known = "a sequence, a state and a cell" if most > 1 else "a sequence and one state"
        raise LayerError(
            "wrong-value",
            f"{self.kind} reads {known}, got {in_words(1 + count, 'input')}",
            f"leave out what stands behind the {self.input_words[most]}"
            if count
            else f"name them as in {self._named()}",
            field="inputs",
            recovered=output,
        )

    def _named(self) -> str:
        """How the inputs are written."""
        return f"`inputs: [{', '.join(self.input_words[: 1 + len(self._begins())])}]`"

    def _unlike(self, word: str, found: Shape, numbers: int) -> str:
        """What a state is, how many numbers it has to have, and why."""
        ways, layers = 1 + self.bidirectional, self.num_layers
        factors = [in_words(layers, "layer")] * (layers > 1) + ["2 directions"] * (ways > 1)
        of = f" ({' of '.join(factors)} of {numbers // (ways * layers)} numbers)" if factors else ""
        return f"the {word} is {format_shape(found)}, not {numbers}{of}"

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return self.weights(inputs[0])

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        return (self.links(inputs[0]), *(None for _ in inputs[1:]))

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        if self.sees_all(inputs[0]):
            return DEALT
        # A direction reads the states of its own; a number of a cell goes to its own cell first.
        return KEPT if self.bidirectional or len(inputs) > 2 else MIXED

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self.macs(inputs[0], output)

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return self.work(inputs[0], output)

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return self.kept(inputs[0], output)

    def workspace_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self.workspace(inputs[0], output)

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        return super().facts(inputs)._replace(sees_all=self.sees_all(inputs[0]))

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        x, *begins = inputs
        return self.through(ops, x, begins, weights)

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        x, *begins = inputs
        to_x, to_begins, learnt = self.back(ops, grad, x, begins, weights)
        return (to_x, *to_begins), learnt


def _repair(wrong: Sequence[tuple[str, Shape, int]]) -> str:
    """What to do about states, told by their words, shapes, and how many numbers they have."""
    flat = [f"the {word}" for word, found, numbers in wrong if elements(found) == numbers]
    other = [f"a {word} of [{n}]" for word, found, n in wrong if elements(found) != n]
    told = [f"give it {' and '.join(other)}"] * bool(other)
    told += [f"put `flatten` behind what gives {' and '.join(flat)}"] * bool(flat)
    return ", and ".join(told)
