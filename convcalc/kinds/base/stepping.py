"""How layers go through a sequence step by step, forward and back, whatever their cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import PlainValidator, WithJsonSchema

from convcalc.kinds.base import cells
from convcalc.kinds.base.field_values import show, wrong
from convcalc.kinds.base.fields import Count, Flag, described
from convcalc.kinds.base.kind import Kind

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


def _biases(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in (1, 2):
        return value
    raise wrong("wrong-value", f"wants 1 or 2, got {show(value)}", "write 2, or 1 as Keras has")


Returns = Literal["sequence", "last"]
Biases = Annotated[int, PlainValidator(_biases), WithJsonSchema({"enum": [1, 2]})]

# The array of a direction that its cell alone reads, by how its name begins.
OWN = "weight_ch"


class Pass(NamedTuple):
    """One direction of one layer: the end of its arrays' names, which way it goes, its number."""

    ending: str
    is_reverse: bool
    number: int


class Trace(NamedTuple):
    """What a step leaves for the way back: the state that it read, its tape, its hidden numbers."""

    read: Array
    tape: cells.Tape
    hidden: Array


class Passed(NamedTuple):
    """Every state of a direction `(N, L, wide)`, and every cell `(N, L, hidden)` if asked for."""

    states: Array
    cells: Array | None


class ToBegin(NamedTuple):
    """The gradient of what a direction reads, and of the state that it begins with."""

    x: Array
    begin: cells.State


class Stepping(Kind):
    """A cell that goes through a sequence, layer upon layer, in one direction or in both."""

    hidden_size: Count = described("Numbers of the state, and of the output for each direction.")
    num_layers: Count = described("Layers, each going through what the one before it gives.", 1)
    bidirectional: Flag = described(
        "Go through the sequence backwards as well, and give both states side by side.", False
    )
    bias: Flag = described("Add learnt numbers to each gate.", True)
    biases: Biases = described(
        "Learnt numbers added to each gate: 2 in PyTorch and ONNX, 1 in Keras.", 2
    )

    if TYPE_CHECKING:

        @property
        def returns(self) -> str: ...

    def cell(self, own: Array | None = None) -> cells.Cell:
        """The cell of every layer, with the array of its own that it has in a direction."""
        raise LookupError(f"{self.kind} has no cell")

    def projection(self) -> int:
        """Numbers that the hidden ones are projected to; 0 for none."""
        return 0

    @property
    def wide(self) -> int:
        """Numbers that a direction hands on at each step."""
        return self.projection() or self.hidden_size

    def passes(self, layer: int) -> tuple[Pass, ...]:
        """The directions of a layer."""
        if not self.bidirectional:
            return (Pass(f"_l{layer}", False, layer),)
        forward = Pass(f"_l{layer}", False, 2 * layer)
        return forward, Pass(f"_l{layer}_reverse", True, 2 * layer + 1)

    def shift_names(self) -> tuple[str, ...]:
        """How the names of what is added to each gate begin."""
        return ("bias_ih", "bias_hh")[: self.biases] if self.bias else ()

    def through(self, ops: Ops, x: Array, begins: Sequence[Array], w: Weights) -> Array:
        """What comes out for a sequence `(N, L, C)`.

        `begins` are the states that every direction begins with, `(N, directions * numbers)`, and
        behind them the cells; what is not given is 0.
        """
        for layer in range(self.num_layers):
            passes = self.passes(layer)
            found = [self._passed(ops, x, self._begin(ops, x, begins, p), w, p) for p in passes]
            x = ops.np.concatenate([one.states for one in found], axis=-1)
        if self.returns == "cells":
            both: Array = ops.np.concatenate([x, *(one.cells for one in found)], axis=-1)
            return both
        if self.returns == "sequence":
            return x
        # Each direction ends where the other one begins.
        ends = [
            one.states[:, 0 if p.is_reverse else -1] for one, p in zip(found, passes, strict=True)
        ]
        last: Array = ops.np.concatenate(ends, axis=-1)
        return last

    def _begin(self, ops: Ops, x: Array, begins: Sequence[Array], one: Pass) -> cells.State:
        sizes = (self.wide, self.hidden_size)
        parts = [
            given[:, one.number * size : (one.number + 1) * size]
            for given, size in zip(begins, sizes, strict=False)
        ]
        parts += [ops.np.zeros((len(x), size), x.dtype) for size in sizes[len(parts) :]]
        return cells.State(*parts)

    def _passed(
        self,
        ops: Ops,
        x: Array,
        begin: cells.State,
        w: Weights,
        one: Pass,
        trace: list[Trace] | None = None,
    ) -> Passed:
        """What one direction gives; `trace` gets what the way back needs."""
        ending = one.ending
        cell = self.cell(w.get(f"{OWN}{ending}"))
        sums = ops.dot(x, w[f"weight_ih{ending}"].T)
        if self.bias:
            sums = sums + w[f"bias_ih{ending}"]
        y: Array = ops.np.empty((*x.shape[:2], self.wide), x.dtype)
        of_cells = None
        if self.returns == "cells":
            of_cells = ops.np.empty((*x.shape[:2], self.hidden_size), x.dtype)
        state, wide = begin, begin.hidden
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
            if of_cells is not None:
                of_cells[:, step] = state.cell
        return Passed(y, of_cells)

    def _first_late(self) -> int:
        """The first of the sums that are of something else than the state."""
        cell = self.cell()
        return (cell.gates - cell.late) * self.hidden_size

    def _from_state(self, ops: Ops, read: Array, w: Weights, ending: str, rows: slice) -> Array:
        """These sums `(N, rows)` of what is read of the state."""
        found: Array = ops.dot(read, w[f"weight_hh{ending}"][rows].T)
        return found + w[f"bias_hh{ending}"][rows] if "bias_hh" in self.shift_names() else found

    def back(
        self, ops: Ops, grad: Array, x: Array, begins: Sequence[Array], w: Weights
    ) -> tuple[Array, tuple[Array, ...], dict[str, Array]]:
        """Gradients of the sequence, of what was given to begin with, and of the learnt arrays."""
        read = [x]
        traces: list[list[list[Trace]]] = []
        for layer in range(self.num_layers):
            passes = self.passes(layer)
            traces.append([[] for _ in passes])
            found = [
                self._passed(ops, read[-1], self._begin(ops, x, begins, p), w, p, trace).states
                for p, trace in zip(passes, traces[-1], strict=True)
            ]
            read.append(ops.np.concatenate(found, axis=-1))
        grad, to_cells = self._over_steps(ops, grad, read[-1])
        learnt: dict[str, Array] = {}
        to_begins = tuple(map(ops.np.zeros_like, begins))
        for layer in reversed(range(self.num_layers)):
            parts = ops.np.split(grad, 1 + self.bidirectional, axis=-1)
            grad = ops.np.zeros_like(read[layer])
            for place, one in enumerate(self.passes(layer)):
                trace, of_cells = traces[layer][place], to_cells[place] if to_cells else None
                found_, own = self._back(ops, parts[place], of_cells, read[layer], w, one, trace)
                grad = grad + found_.x
                learnt |= own
                for whole, part in zip(to_begins, found_.begin, strict=False):
                    size = part.shape[-1]
                    whole[:, one.number * size : (one.number + 1) * size] = part
            to_cells = ()
        return grad, to_begins, {name: learnt[name] for name in w}

    def _over_steps(self, ops: Ops, grad: Array, states: Array) -> tuple[Array, Sequence[Array]]:
        """The gradient of every state of the last layer, and of its cells where they come out."""
        if self.returns == "sequence":
            return grad, ()
        joined = states.shape[-1]
        if self.returns == "cells":
            to_cells = ops.np.split(grad[..., joined:], 1 + self.bidirectional, axis=-1)
            return grad[..., :joined], to_cells
        whole: Array = ops.np.zeros_like(states)
        whole[:, -1, : self.wide] = grad[:, : self.wide]
        if self.bidirectional:
            whole[:, 0, self.wide :] = grad[:, self.wide :]
        return whole, ()

    def _back(
        self,
        ops: Ops,
        grad: Array,
        to_cells: Array | None,
        x: Array,
        w: Weights,
        one: Pass,
        trace: list[Trace],
    ) -> tuple[ToBegin, dict[str, Array]]:
        """Gradients of one direction, from those of its states and of its cells."""
        ending, late = one.ending, self._first_late()
        cell = self.cell(w.get(f"{OWN}{ending}"))
        to_state, to_later = w[f"weight_hh{ending}"][:late], w[f"weight_hh{ending}"][late:]
        sums = ops.np.zeros((*x.shape[:2], len(to_state) + len(to_later)), x.dtype)
        learnt = {name: ops.np.zeros_like(w[name]) for name in w if name.endswith(ending)}
        through = ops.np.zeros((len(x), self.wide), x.dtype)
        state = cells.State(through, ops.np.zeros((len(x), self.hidden_size), x.dtype))
        for step in _steps(x.shape[1], not one.is_reverse):
            read, tape, hidden = trace.pop()
            wide = grad[:, step] + through
            to_hidden = wide
            if self.projection():
                learnt[f"weight_hr{ending}"] += ops.dot(wide.T, hidden)
                to_hidden = ops.dot(wide, w[f"weight_hr{ending}"])
            to_cell = state.cell if to_cells is None else state.cell + to_cells[:, step]
            into = cells.State(to_hidden, to_cell)
            found = cell.back(ops, into, tape, lambda grad: ops.dot(grad, to_later))
            state = found.before
            sums[:, step] = found.from_input
            from_state = found.from_state[:, :late]
            learnt[f"weight_hh{ending}"][:late] += ops.dot(from_state.T, read)
            if found.own is not None:
                learnt[f"{OWN}{ending}"] += found.own
            if found.read is not None:
                from_later = found.from_state[:, late:]
                learnt[f"weight_hh{ending}"][late:] += ops.dot(from_later.T, found.read)
            if "bias_hh" in self.shift_names():
                learnt[f"bias_hh{ending}"] += found.from_state.sum(axis=0)
            through = ops.dot(from_state, to_state)
            if not self.projection():
                through = through + state.hidden
        rows = sums.reshape(-1, sums.shape[-1])
        learnt[f"weight_ih{ending}"] += ops.dot(rows.T, x.reshape(-1, x.shape[-1]))
        if self.bias:
            learnt[f"bias_ih{ending}"] += rows.sum(axis=0)
        to_x = ops.dot(sums, w[f"weight_ih{ending}"])
        return ToBegin(to_x, cells.State(through, state.cell)), learnt


def _steps(count: int, is_reverse: bool) -> range:
    return range(count - 1, -1, -1) if is_reverse else range(count)
