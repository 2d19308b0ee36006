"""A merge that did not fit, asked again with something on its way changed.

What a help says is planned before it is said: the changed layers, all that depends on them, and
the merge itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.document import to_plain
from convcalc.document.reader import read_document
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind

if TYPE_CHECKING:
    from convcalc.network.graph import GraphNode

# For all repairs of a network; behind them a help only advises.
MAX_STEPS = 2_000_000
# What the facts of a layer cost.
_STEPS_OF_FACTS = 50

# And a node on the way back from a merge, whose ratio of sizes is followed.
_STEPS_OF_A_NODE = 4

_NOTHING: Mapping[int, Kind] = {}
_NO_SIZES: Mapping[int, Shape] = {}
_NO_LAYERS: Mapping[int, str] = {}


class Change(NamedTuple):
    """What a reader would do: layers and maps by index, and layers put before the merge.

    `before` has, by the number of an input of the merge, the text of a layer that it then goes
    through, as it would be written in a file.
    """

    layers: Mapping[int, Kind] = _NOTHING
    shapes: Mapping[int, Shape] = _NO_SIZES
    before: Mapping[int, str] = _NO_LAYERS


class Trials:
    """Changes of the layers placed so far; `guessed` are those that do not stand as they are."""

    def __init__(self, nodes: Sequence[GraphNode], guessed: AbstractSet[int]) -> None:
        self._nodes = nodes
        self._guessed = guessed
        self._left = Budget(MAX_STEPS)

    def may_trace(self, merged: tuple[int, ...]) -> bool:
        """True where there are steps left to go back from the layers at `merged`."""
        steps = _STEPS_OF_A_NODE * len(self._nodes) * len(set(merged))
        is_short = self._left.has(steps)
        if is_short:
            self._left.spend(steps)
        return is_short

    def fits(self, merge: Kind, merged: tuple[int, ...], change: Change) -> bool:
        """True where `merge` of the layers at `merged` stands then, and all layers up to it."""
        try:
            shapes = self._changed(change)
            inputs = [
                shapes.get(index, self._nodes[index].facts.output)
                if number not in change.before
                else layer_of(change.before[number])
                .facts((shapes.get(index, self._nodes[index].facts.output),))
                .output
                for number, index in enumerate(merged)
            ]
            merge.facts(tuple(inputs))
        except (LayerError, ValidationError, WorkError):
            return False
        return True

    def _changed(self, change: Change) -> dict[int, Shape]:
        """The shapes that differ then, by index.

        Raises LayerError where a layer cannot stand, WorkError beyond the steps of all trials.
        """
        shapes = dict(change.shapes)
        touched = [*change.layers, *change.shapes]
        first = min(touched, default=len(self._nodes))
        self._left.spend(len(self._nodes) - first)
        for node in self._nodes[first:]:
            if node.at in change.shapes or node.at in self._guessed:
                continue
            if node.at in change.layers or any(index in shapes for index in node.inputs):
                self._left.spend(_STEPS_OF_FACTS)
                made = change.layers.get(node.at, node.layer)
                inputs = [shapes.get(i, self._nodes[i].facts.output) for i in node.inputs]
                facts = made.facts(tuple(inputs))
                self._left.spend(facts.entries)
                if facts.output != node.facts.output:
                    shapes[node.at] = facts.output
        return shapes


def layer_of(text: str) -> Kind:
    """A layer as it is written in a file, without expressions.

    >>> layer_of("upsample: [2, 1]").facts(((8, 4, 4),)).output
    (8, 8, 4)
    """
    written = to_plain(read_document(text.encode(), "").root)
    assert isinstance(written, dict)
    ((word, said),) = written.items()
    kind = find_kind(word)
    assert kind is not None
    spellings = kind.spellings()
    fields = said if isinstance(said, dict) else {kind.main: said}
    return kind.model_validate({spellings[name]: value for name, value in fields.items()})


def with_fields(layer: Kind, **fields: object) -> Kind | None:
    """The layer with some fields changed; None where it has none such or cannot be so."""
    if not fields.keys() <= type(layer).model_fields.keys():
        return None
    given = {name: getattr(layer, name) for name in layer.model_fields_set}
    try:
        return type(layer).model_validate({**given, **fields})
    except ValidationError:
        return None
