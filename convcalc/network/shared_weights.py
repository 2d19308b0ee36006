"""Layers and blocks that use the learnt arrays of an earlier one: which, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import in_words
from convcalc.network.members import Member

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts, Kind
    from convcalc.network.graph import GraphNode

# A layer without arrays of its own counts none.
_COUNTED = frozenset({"params", "buffers"})


class UnfitError(Exception):
    """Two layers, or blocks, that cannot have the same arrays: why, and what to do."""

    def __init__(self, note: str, help: str) -> None:
        self.note, self.help = note, help
        super().__init__(note)


def owner_of(owners: Sequence[Member], number: int | None, name: str) -> Member:
    """Which of what `name` stands for has the arrays of a layer, or of a series' one of `number`.

    The members of a series have those of another series in step. Raises UnfitError where there
    is none.
    """
    if not owners:
        raise UnfitError(f"`{name}` is no layer", "name a layer with arrays, or delete `weights`")
    if number is None or len(owners) == 1:
        return owners[-1]
    if number >= len(owners):
        note = f"`{name}` is a series of {len(owners)}, and this is number {number + 1}"
        raise UnfitError(note, f"repeat it {len(owners)} times, or name a single layer")
    return owners[number]


def shared(
    nodes: Sequence[GraphNode], user: Member, owner: Member, name: str
) -> dict[int, GraphNode]:
    """The nodes of `user` that have arrays, by their index, with those of `owner` as theirs.

    `name` is what `owner` is called. Layers with arrays go in pairs, in their order. Raises
    UnfitError where there are none, where they are not as many on either side, and where two of
    a layer needs an array that the other one has not, by name and shape.
    """
    users, owners = (_with_arrays(nodes[one.first : one.end]) for one in (user, owner))
    if not users:
        raise UnfitError("nothing in it is learnt or stored", "delete `weights`")
    if not owners:
        note = f"nothing in `{name}` is learnt or stored"
        raise UnfitError(note, "name a layer with arrays, or delete `weights`")
    if len(users) != len(owners):
        ours, theirs = in_words(len(users), "layer"), len(owners)
        note = f"{ours} with learnt arrays cannot use those of {theirs:,} in `{name}`"
        raise UnfitError(note, "give both the same layers, or delete `weights`")
    found = {}
    for one, other in zip(users, owners, strict=True):
        _check(nodes, one, other)
        at = other.at if other.shares is None else other.shares
        found[one.at] = one._replace(shares=at, facts=_counted_elsewhere(one.facts))
    return found


def _with_arrays(nodes: Sequence[GraphNode]) -> list[GraphNode]:
    """The layers that have arrays, of their own or of another one."""
    return [
        node
        for node in nodes
        if node.shares is not None
        or node.facts.params
        or node.facts.buffers
        or not _COUNTED.isdisjoint(node.facts.unknown)
    ]


def _counted_elsewhere(facts: Facts) -> Facts:
    """The facts of a layer whose arrays are counted where they are first used."""
    return facts._replace(
        params=0,
        buffers=0,
        declared=tuple(figure for figure in facts.declared if figure not in _COUNTED),
        unknown=tuple(figure for figure in facts.unknown if figure not in _COUNTED),
    )


def arrays_of(nodes: Sequence[GraphNode], node: GraphNode) -> dict[str, Shape]:
    """Learnt and stored arrays of a layer by name, in PyTorch's layout."""
    inputs = tuple([nodes[index].facts.output for index in node.inputs])
    return node.layer.weights_of(inputs) | node.layer.buffers_of(inputs)


def _help(user: Kind, name: str, is_there: bool) -> str:
    """What makes the array of that name fit, which the owner has (`is_there`) or has not."""
    if not is_there and getattr(user, name, None) is True:
        return f"write `{name}: false`, or delete `weights`"
    return "give both the same fields and as many input channels, or delete `weights`"


def _check(nodes: Sequence[GraphNode], one: GraphNode, other: GraphNode) -> None:
    """Raises UnfitError where `one` cannot have the arrays of `other`."""
    own, theirs = arrays_of(nodes, one), arrays_of(nodes, other)
    # What the owner has beside, such as a bias, is left to it.
    for name in own or theirs:
        if own.get(name) != theirs.get(name):
            shapes = (
                format_shape(arrays[name]) if name in arrays else "absent"
                for arrays in (own, theirs)
            )
            mine, its = shapes
            note = f"`{name}` of `{one.name}` is {mine}, that of `{other.name}` {its}"
            raise UnfitError(note, _help(one.layer, name, name in theirs))
    told = (one.facts.declared, one.facts.params), (other.facts.declared, other.facts.params)
    if not own and one.shares is None and other.shares is None and told[0] != told[1]:
        note = f"`{one.name}` and `{other.name}` declare other parameters"
        raise UnfitError(note, "declare the same, or delete `weights`")
