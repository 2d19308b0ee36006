"""From two plans to what differs, layer by layer."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from convcalc.features.diff.expectations import expectation_changes
from convcalc.features.diff.matching import Pair, identities, matched
from convcalc.features.diff.totals import totals
from convcalc.features.diff.values import Change, Difference, ExpectationChange, FieldChange, Status
from convcalc.network.graph import Graph
from convcalc.planning.plan_rows import Row
from convcalc.planning.result import Plan

# Not how a layer is written but where it reads: `inputs` of a change says that.
_WIRING = "inputs"


def compare(
    before: Plan | None, after: Plan | None, names: tuple[str, str], note: str = ""
) -> Difference:
    """What differs between two networks, or what there is where one of them is missing.

    >>> import convcalc
    >>> def planned(layers):
    ...     text = f"convcalc: 1\\ninput: [3, 8, 8]\\nlayers: {layers}"
    ...     return convcalc.plan(convcalc.loads(text))
    >>> found = compare(planned("[relu, conv: {out: 4, k: 3}]"),
    ...                 planned("[batch_norm, relu, conv: {out: 6, k: 3}]"), ("a", "b"))
    >>> [(change.name, change.status) for change in found.changes]
    [('batch_norm_1', 'added'), ('relu_1', 'same'), ('conv_1', 'changed')]
    >>> found.totals["params"].delta
    62
    """
    expectations: tuple[ExpectationChange, ...] = ()
    if before is None or after is None:
        rows = after or before
        status: Status = "added" if before is None else "removed"
        changes = [_single(row, status) for row in rows or ()]
    else:
        walk = _Walk(before, after)
        changes = walk.changes()
        expectations = expectation_changes(before, after, walk.pairs)
    sums = totals(before, after)
    return Difference(names, before, after, tuple(changes), sums, note, expectations)


def _single(row: Row, status: Status) -> Change:
    if status == "added":
        return Change(status, None, row)
    return Change(status, row, None)


class _Walk:
    """One comparison: what each layer became, for telling whether it still reads the same."""

    def __init__(self, before: Plan, after: Plan) -> None:
        self.before, self.after = before, after
        self.pairs: list[Pair] = matched(before, after)
        self.names = identities(before.graph), identities(after.graph)
        # Inputs of the network are matched by name, or by place where there is one on each side.
        self.old: dict[int, int] = {}
        old, new = list(before.inputs), list(after.inputs)
        for place, name in enumerate(old):
            if name in new:
                self.old[new.index(name)] = place
        if len(old) == len(new) == 1:
            self.old[0] = 0
        both = ((at, to) for at, to in self.pairs if at is not None and to is not None)
        self.old |= {after.rows[to].node.at: before.rows[at].node.at for at, to in both}
        self.kept = set(self.old.values())

    def changes(self) -> list[Change]:
        return _with_moves([self._change(at, to) for at, to in self.pairs])

    def _change(self, at: int | None, to: int | None) -> Change:
        if at is None or to is None:
            row = self.after.rows[to] if to is not None else self.before.rows[at or 0]
            return _single(row, "added" if at is None else "removed")
        before, after = self.before.rows[at], self.after.rows[to]
        fields = (*_fields(before, after), *self._other_weights(before, after))
        inputs = self._other_inputs(before, after)
        moved = tuple(_moved(before, after))
        is_renamed = self.names[0][at].given != self.names[1][to].given
        status: Status
        if fields or inputs or before.kind != after.kind:
            status = "changed"
        elif is_renamed:
            status = "renamed"
        else:
            status = "affected" if moved else "same"
        return Change(status, before, after, fields, inputs, moved, is_renamed)

    def _other_weights(self, before: Row, after: Row) -> tuple[FieldChange, ...]:
        """Whose arrays the layer uses on both sides; none where that is the same layer."""
        owners = before.node.shares, after.node.shares
        if None not in owners and owners[0] == self.old.get(owners[1] or 0):
            return ()
        old, new = before.weights or None, after.weights or None
        return (FieldChange("weights", old, new),) if old != new else ()

    def _other_inputs(
        self, before: Row, after: Row
    ) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """What the layer reads on both sides; None where that is what its inputs became."""
        old = [self._source(index) for index in before.node.inputs]
        new = [self._origin(index) for index in after.node.inputs]
        if old == new or (_commute(before, after) and old == new[::-1]):
            return None
        if len(old) != len(new):
            return before.inputs, after.inputs
        other = [at for at, source in enumerate(old) if source != new[at]]
        return tuple(before.inputs[at] for at in other), tuple(after.inputs[at] for at in other)

    def _origin(self, index: int) -> int | None:
        """What an input of the new network was: added layers are passed through."""
        at = _through(self.after.graph, index, self.old)
        return None if at is None else self.old[at]

    def _source(self, index: int) -> int | None:
        """An input of the old network that is still there: removed layers are passed through."""
        return _through(self.before.graph, index, self.kept)


def _commute(before: Row, after: Row) -> bool:
    """True for two inputs whose order makes no difference, on either side."""
    layers = before.node.layer, after.node.layer
    return len(before.node.inputs) == 2 and all(layer.commutes() for layer in layers)


def _through(graph: Graph, index: int, ends: Container[int]) -> int | None:
    """The first of `ends` on the way back through first inputs; None where there is none."""
    while index not in ends:
        if not graph.nodes[index].inputs:
            return None
        index = graph.nodes[index].inputs[0]
    return index


def _with_moves(changes: list[Change]) -> list[Change]:
    """The changes, where a layer that went and came under its name is one that moved."""
    gone = {change.name: change for change in changes if change.status == "removed"}
    moves: dict[int, Change] = {}
    left: set[str] = set()
    for at, change in enumerate(changes):
        old = gone.get(change.name) if change.status == "added" else None
        before, after = old and old.before, change.after
        if before and after and before.node.layer == after.node.layer:
            moves[at] = Change("moved", before, after, moved=tuple(_moved(before, after)))
            left.add(change.name)
    return [
        moves.get(at, change)
        for at, change in enumerate(changes)
        if change.status != "removed" or change.name not in left
    ]


def _fields(before: Row, after: Row) -> tuple[FieldChange, ...]:
    """The fields that are written otherwise and come out otherwise: `p: 1` may become `half`."""
    one, other = before.node.layer, after.node.layer
    if one == other:
        return ()
    old, new = before.fields, after.fields
    names = [name for name in (*old, *(n for n in new if n not in old)) if name != _WIRING]
    found = (
        FieldChange(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
        and (before.kind != after.kind or getattr(one, name) != getattr(other, name))
    )
    return tuple(found)


def _moved(before: Row, after: Row) -> list[str]:
    keys = ("output", "params", "macs", "activation_bytes")
    moved = [key for key in keys if getattr(before, key) != getattr(after, key)]
    one, other = before.receptive_field, after.receptive_field
    if _size(one) != _size(other):
        moved.append("receptive_field")
    if (one and one.stride) != (other and other.stride):
        moved.append("stride")
    return moved


def _size(field: Any) -> Any:
    return field and (field.least, field.most, field.is_global)
