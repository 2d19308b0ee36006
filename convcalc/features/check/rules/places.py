"""Where rules look: every distinct layer once, and what its neighbours make of it.

A block used sixteen times has each of its layers sixteen times; rules that ask for shapes look at
each layer and each shape once. What is found of a subject is kept with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar, cast

from convcalc.core.errors import Edit
from convcalc.core.shapes import Shape, Window, axis_name
from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.features.check.rules.base import Subject
from convcalc.features.check.rules.edits import delete_item
from convcalc.kinds.base import Kind, LayerKind, Range
from convcalc.kinds.base.ranges import EVERYTHING
from convcalc.network.template import Block, Field, LayerTemplate
from convcalc.network.written_values import names_in
from convcalc.planning.plan_rows import Row

T = TypeVar("T")
K = TypeVar("K", bound=Kind)


class Site(NamedTuple, Generic[K]):
    """A layer at one input shape: `row` is the first that stands so, `x` its (first) input."""

    row: Row
    layer: K
    x: Shape
    windows: tuple[Window, ...]

    @property
    def template(self) -> LayerTemplate:
        """The layer as written."""
        return self.row.node.template


def once(function: Callable[[Subject], T]) -> Callable[[Subject], T]:
    """`function`, computed once for each subject and kept with it."""
    key = f"{function.__module__}.{function.__name__}"

    def found(subject: Subject) -> T:
        known = vars(subject)
        if key not in known:
            known[key] = function(subject)
        result: T = known[key]
        return result

    found.__doc__ = function.__doc__
    return found


@once
def _sites(subject: Subject) -> list[Site[Kind]]:
    found: list[Site[Kind]] = []
    if subject.plan is None:
        return found
    graph = subject.plan.graph
    windows: dict[int, tuple[Window, ...]] = {}
    seen: set[tuple[int, int]] = set()
    for row in subject.rows:
        node = row.node
        # One layer at one input shape has one Facts, by the planner's memo.
        key = (id(node.template), id(node.facts))
        # A layer without an input has no shape to be a mistake at.
        if key in seen or not node.inputs:
            continue
        seen.add(key)
        x = graph.shape_of(node.inputs[0])
        if key[1] not in windows:
            windows[key[1]] = windows_of(row, x)
        found.append(Site(row, node.layer, x, windows[key[1]]))
    return found


@once
def _sites_by_class(subject: Subject) -> dict[type[Kind], list[Site[Kind]]]:
    return {}


def windows_of(row: Row, x: Shape) -> tuple[Window, ...]:
    """The window of a layer on each axis of its input `x`; none for a layer without one."""
    layer = row.node.layer
    return layer.windows(x) if isinstance(layer, LayerKind) else ()


def sites(subject: Subject, *kinds: type[K]) -> Iterator[Site[K]]:
    """Every distinct layer of these classes of kinds, one class after the other."""
    known = _sites_by_class(subject)
    for kind in kinds:
        if kind not in known:
            known[kind] = [site for site in _sites(subject) if isinstance(site.layer, kind)]
        yield from cast(list[Site[K]], known[kind])


@once
def _uses(subject: Subject) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in subject.rows:
        found.setdefault(id(row.node.template), []).append(row)
    return found


def uses(subject: Subject, row: Row) -> list[Row]:
    """Every row that comes from the same lines of the file: one for each use of its block."""
    return _uses(subject)[id(row.node.template)]


def everywhere(subject: Subject, holds: Callable[[Row], bool], *kinds: type[Kind]) -> Iterator[Row]:
    """The first row of each layer of these kinds for whose every use `holds` is true.

    What is wrong in one use of a block and right in another is no mistake of the block.
    """
    for rows in _uses(subject).values():
        if isinstance(rows[0].node.layer, kinds) and all(map(holds, rows)):
            yield rows[0]


@once
def by_name(subject: Subject) -> dict[str, Row]:
    """Rows by name."""
    return {row.name: row for row in subject.rows}


def input_of(subject: Subject, row: Row) -> Row | None:
    """The layer that `row` reads, where it reads just one; None for an input of the network."""
    return by_name(subject).get(row.inputs[0]) if len(row.inputs) == 1 else None


def input_shape(subject: Subject, row: Row) -> Shape:
    """The shape of the (first) input of `row`; of what it gives where it has none."""
    assert subject.plan is not None
    shapes = subject.plan.graph.shapes_of(row.node)
    return shapes[0] if shapes else row.output


def only_reader(subject: Subject, row: Row) -> Row | None:
    """The layer that reads `row`, where there is one and it is no output of the network."""
    readers = subject.readers.get(row.name, ())
    return readers[0] if len(readers) == 1 and row.name not in subject.outputs else None


@once
def value_ranges(subject: Subject) -> dict[str, Range]:
    """Where the outputs of each layer lie, whatever the weights, by name."""
    found: dict[str, Range] = {}
    for row in subject.rows:
        inputs = tuple(found.get(name, EVERYTHING) for name in row.inputs)
        found[row.name] = row.node.layer.value_range(inputs)
    return found


@once
def live_layers(subject: Subject) -> frozenset[str]:
    """Names of the layers that some output of the network depends on, outputs included."""
    if subject.plan is None:
        return frozenset()
    graph = subject.plan.graph
    live = graph.ancestors(*graph.outputs)
    return frozenset(graph.name_of(index) for index in live if index >= graph.input_count)


def all_layers(subject: Subject) -> Iterator[LayerTemplate]:
    """Every layer of the file as written, those of unused blocks too."""
    template = subject.network.template
    yield from template.layers
    for block in template.blocks.values():
        yield from block.layers


def names_used(layers: Iterable[LayerTemplate]) -> frozenset[str]:
    """Every name that the expressions of these layers use."""
    fields = (field for layer in layers for field in layer.values if field.dynamic)
    return frozenset().union(*(names_in(field.value) for field in fields))


def own_field(layer: LayerTemplate, name: str) -> Field | None:
    """The field as the layer gives it; None where it is left out or comes from `defaults`."""
    field = layer.fields.get(name)
    if field is None or not layer.node.start <= field.node.start < layer.node.end:
        return None
    return field


@once
def _lists(subject: Subject) -> dict[int, tuple[Sequence, int]]:
    root = subject.network.document.root
    assert isinstance(root, Mapping)
    holders = [root, *(block.node for block in subject.network.template.blocks.values())]
    found: dict[int, tuple[Sequence, int]] = {}
    for holder in holders:
        listed = holder.entries.get("layers") if isinstance(holder, Mapping) else None
        if isinstance(listed, Sequence):
            found.update((id(item), (listed, at)) for at, item in enumerate(listed.items))
    return found


def deleted(subject: Subject, layer: LayerTemplate) -> Edit | None:
    """The edit that takes a layer out of its list; None where something else could hang on it.

    Only a layer that reads the one before it, and bears no name, is passed over without a trace.
    """
    beside = (layer.name, layer.source, layer.repeat, layer.condition, layer.expect)
    if any(one is not None for one in beside) or layer.each:
        return None
    if id(layer.node) not in _lists(subject):
        return None
    listed, at = _lists(subject)[id(layer.node)]
    return delete_item(listed, subject.text, at)


def argument_nodes(block: Block) -> dict[str, Node]:
    """Where each argument of a block is declared."""
    assert isinstance(block.node, Mapping)
    args = block.node.entries["args"]
    if isinstance(args, Mapping):
        return dict(args.keys)
    assert isinstance(args, Sequence)
    return {str(item.value): item for item in args.items if isinstance(item, Scalar)}


def along(axes: Iterable[int], rank: int) -> str:
    """The axes in words: nothing where all of them are meant.

    >>> along([0], 2), along([0, 1], 2), along([0], 1)
    (' on the height', '', '')
    """
    listed = list(axes)
    if len(listed) == rank:
        return ""
    return " on the " + " and the ".join(axis_name(axis, rank) for axis in listed)


def per_axis(numbers: Iterable[int]) -> str:
    """Numbers of the axes as a field has them: one where all are equal, else a list.

    >>> per_axis([3, 3]), per_axis([3, 6])
    ('3', '[3, 6]')
    """
    listed = list(numbers)
    return str(listed[0]) if len(set(listed)) == 1 else str(listed)
