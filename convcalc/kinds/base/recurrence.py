"""What layers share that go through a sequence step by step, whatever their cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from convcalc.core.errors import LayerError
from convcalc.core.links import past_link
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import cells
from convcalc.kinds.base.fields import axes_in_words
from convcalc.kinds.base.layer_kind import LayerKind
from convcalc.kinds.base.stated import DEALT, MIXED, POINTWISE_LINKS, Flow, Kept, Links, Work

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

Returns = Literal["sequence", "last"]


# The array of a direction that its cell alone reads, by how its name begins.
_OWN = "weight_ch"


class Pass(NamedTuple):
    """One direction of one layer: the end of its arrays' names, and which way it goes."""

    ending: str
    is_reverse: bool


class Trace(NamedTuple):
    """What a step leaves for the way back: the state that it read, its tape, its hidden numbers."""

    read: Array
    tape: cells.Tape
    hidden: Array


class Recurrent(LayerKind):
    """A cell that goes through the one axis of positions, layer upon layer."""

    main: ClassVar[str] = "hidden_size"

    if TYPE_CHECKING:
        hidden_size: int
        num_layers: int
        bidirectional: bool
        bias: bool
        returns: Returns

    def reads_by_size(self) -> bool:
        # The whole past, as long as the sequence is.
        return True

    def cell(self, own: Array | None = None) -> cells.Cell:
        """The cell of every layer, with the array of its own that it has in a direction."""
        raise LookupError(f"{self.kind} has no cell")

    def own_rows(self) -> int:
        """Rows of the cell's own array, of which each has the hidden numbers; 0 for none."""
        return 0

    def projection(self) -> int:
        """Numbers that the hidden ones are projected to; 0 for none."""
        return 0

    @property
    def _wide(self) -> int:
        """Numbers that a direction hands on at each step."""
        return self.projection() or self.hidden_size

    def _passes(self, layer: int) -> tuple[Pass, ...]:
        forward = Pass(f"_l{layer}", False)
        return (forward, Pass(f"_l{layer}_reverse", True)) if self.bidirectional else (forward,)

    def _inputs(self, channels: int) -> Iterator[tuple[int, int]]:
        """(layer, numbers that it reads at each step)."""
        joined = self._wide * (1 + self.bidirectional)
        return ((layer, joined if layer else channels) for layer in range(self.num_layers))

    def output(self, x: Shape) -> Shape:
        joined = self._wide * (1 + self.bidirectional)
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
        return self.bidirectional and self.returns == "sequence"

    def flow(self, x: Shape) -> Flow:
        # Numbers of the last layer come from one side alone; further layers read both.
        return DEALT if self.sees_all(x) and self.num_layers == 1 else MIXED

    def weights(self, x: Shape) -> dict[str, Shape]:
        gates = self.cell().gates * self.hidden_size
        found: dict[str, Shape] = {}
        for layer, reads in self._inputs(x[0]):
            for ending, _ in self._passes(layer):
                found[f"weight_ih{ending}"] = (gates, reads)
                found[f"weight_hh{ending}"] = (gates, self._wide)
                if self.own_rows():
                    found[f"{_OWN}{ending}"] = (self.own_rows(), self.hidden_size)
                for name in self._shifts():
                    found[f"{name}{ending}"] = (gates,)
                if self.projection():
                    found[f"weight_hr{ending}"] = (self._wide, self.hidden_size)
        return found

    def shifts(self) -> int:
        """Learnt numbers that are added to each gate, where any are."""
        return 2

    def _shifts(self) -> tuple[str, ...]:
        return ("bias_ih", "bias_hh")[: self.shifts()] if self.bias else ()

    def macs(self, x: Shape, output: Shape) -> int:
        gates = self.cell().gates * self.hidden_size
        steps = x[1] * (1 + self.bidirectional)
        projected = self.projection() * self.hidden_size
        return sum(
            steps * (gates * (reads + self._wide) + projected) for _, reads in self._inputs(x[0])
        )

    def work(self, x: Shape, output: Shape) -> Work:
        cell = self.cell()
        numbers = self.num_layers * (1 + self.bidirectional) * x[1] * self.hidden_size
        return {
            "bias": len(self._shifts()) * cell.gates * numbers,
            "activation": cell.functions * numbers,
            "merge": cell.joins * numbers,
        }

    def kept(self, x: Shape, output: Shape) -> Kept:
        # Every gate of every step, the cell, and what each layer hands to the next.
        cell, passes = self.cell(), 1 + self.bidirectional
        inner = (cell.gates + cell.has_cell) * self.hidden_size
        handed_on = self.num_layers - (self.returns == "sequence")
        values = x[1] * passes * (self.num_layers * inner + handed_on * self._wide)
        return Kept(inputs=True, output=self.returns == "sequence", values=values)

    def workspace(self, x: Shape, output: Shape) -> int:
        # The sums of one direction over all steps, and what the layer before has handed on.
        sums = self.cell().gates * self.hidden_size
        handed_on = (1 + self.bidirectional) * self._wide
        is_more = self.num_layers > 1 or self.returns == "last"
        return x[1] * (sums + (2 * handed_on if is_more else 0))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        for layer in range(self.num_layers):
            passes = self._passes(layer)
            found = [self._through(ops, x, w, one) for one in passes]
            x = ops.np.concatenate(found, axis=-1)
        if self.returns == "sequence":
            return x
        # Each direction ends where the other one begins.
        ends = [y[:, 0 if one.is_reverse else -1] for y, one in zip(found, passes, strict=True)]
        last: Array = ops.np.concatenate(ends, axis=-1)
        return last

    def _through(
        self, ops: Ops, x: Array, w: Weights, one: Pass, trace: list[Trace] | None = None
    ) -> Array:
        """Every state of one direction `(N, L, wide)`; `trace` gets what the way back needs."""
        ending = one.ending
        cell = self.cell(w.get(f"{_OWN}{ending}"))
        sums = ops.dot(x, w[f"weight_ih{ending}"].T)
        if self.bias:
            sums = sums + w[f"bias_ih{ending}"]
        y: Array = ops.np.empty((*x.shape[:2], self._wide), x.dtype)
        wide = ops.np.zeros((len(x), self._wide), x.dtype)
        state = cells.State(wide, ops.np.zeros((len(x), self.hidden_size), x.dtype))
        late = self._first_late()

        def later(read: Array) -> Array:
            return self._from_state(ops, read, w, ending, slice(late, None))

        for step in _steps(x.shape[1], one.is_reverse):
            from_state = self._from_state(ops, wide, w, ending, slice(late))
            state, tape = cell.step(ops, sums[:, step], from_state, state, later)
            if trace is not None:
                trace.append(Trace(wide, tape, state.hidden))
            wide = state.hidden
            if self.projection():
                wide = ops.dot(wide, w[f"weight_hr{ending}"].T)
            y[:, step] = wide
        return y

    def _first_late(self) -> int:
        """The first of the sums that are of something else than the state."""
        cell = self.cell()
        return (cell.gates - cell.late) * self.hidden_size

    def _from_state(self, ops: Ops, read: Array, w: Weights, ending: str, rows: slice) -> Array:
        """These sums `(N, rows)` of what is read of the state."""
        found: Array = ops.dot(read, w[f"weight_hh{ending}"][rows].T)
        return found + w[f"bias_hh{ending}"][rows] if "bias_hh" in self._shifts() else found

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        read = [x]
        traces: list[list[list[Trace]]] = []
        for layer in range(self.num_layers):
            passes = self._passes(layer)
            traces.append([[] for _ in passes])
            found = [
                self._through(ops, read[-1], w, one, trace)
                for one, trace in zip(passes, traces[-1], strict=True)
            ]
            read.append(ops.np.concatenate(found, axis=-1))
        grad = self._over_steps(ops, grad, read[-1])
        learnt: dict[str, Array] = {}
        for layer in reversed(range(self.num_layers)):
            parts = ops.np.split(grad, 1 + self.bidirectional, axis=-1)
            grad = ops.np.zeros_like(read[layer])
            for part, one, trace in zip(parts, self._passes(layer), traces[layer], strict=True):
                to_x, own = self._back(ops, part, read[layer], w, one, trace)
                grad = grad + to_x
                learnt |= own
        return grad, {name: learnt[name] for name in w}

    def _over_steps(self, ops: Ops, grad: Array, states: Array) -> Array:
        """The gradient of every state of the last layer."""
        if self.returns == "sequence":
            return grad
        whole: Array = ops.np.zeros_like(states)
        whole[:, -1, : self._wide] = grad[:, : self._wide]
        if self.bidirectional:
            whole[:, 0, self._wide :] = grad[:, self._wide :]
        return whole

    def _back(
        self,
        ops: Ops,
        grad: Array,
        x: Array,
        w: Weights,
        one: Pass,
        trace: list[Trace],
    ) -> tuple[Array, dict[str, Array]]:
        """Gradients of one direction, from that of its states."""
        ending, late = one.ending, self._first_late()
        cell = self.cell(w.get(f"{_OWN}{ending}"))
        to_state, to_later = w[f"weight_hh{ending}"][:late], w[f"weight_hh{ending}"][late:]
        sums = ops.np.zeros((*x.shape[:2], len(to_state) + len(to_later)), x.dtype)
        learnt = {name: ops.np.zeros_like(w[name]) for name in w if name.endswith(ending)}
        through = ops.np.zeros((len(x), self._wide), x.dtype)
        state = cells.State(through, ops.np.zeros((len(x), self.hidden_size), x.dtype))
        for step in _steps(x.shape[1], not one.is_reverse):
            read, tape, hidden = trace.pop()
            wide = grad[:, step] + through
            to_hidden = wide
            if self.projection():
                learnt[f"weight_hr{ending}"] += ops.dot(wide.T, hidden)
                to_hidden = ops.dot(wide, w[f"weight_hr{ending}"])
            into = cells.State(to_hidden, state.cell)
            found = cell.back(ops, into, tape, lambda grad: ops.dot(grad, to_later))
            state = found.before
            sums[:, step] = found.from_input
            from_state = found.from_state[:, :late]
            learnt[f"weight_hh{ending}"][:late] += ops.dot(from_state.T, read)
            if found.own is not None:
                learnt[f"{_OWN}{ending}"] += found.own
            if found.read is not None:
                from_later = found.from_state[:, late:]
                learnt[f"weight_hh{ending}"][late:] += ops.dot(from_later.T, found.read)
            if "bias_hh" in self._shifts():
                learnt[f"bias_hh{ending}"] += found.from_state.sum(axis=0)
            through = ops.dot(from_state, to_state)
            if not self.projection():
                through = through + state.hidden
        rows = sums.reshape(-1, sums.shape[-1])
        learnt[f"weight_ih{ending}"] += ops.dot(rows.T, x.reshape(-1, x.shape[-1]))
        if self.bias:
            learnt[f"bias_ih{ending}"] += rows.sum(axis=0)
        return ops.dot(sums, w[f"weight_ih{ending}"]), learnt


def _steps(count: int, is_reverse: bool) -> range:
    return range(count - 1, -1, -1) if is_reverse else range(count)
