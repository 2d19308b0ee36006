"""A network placed at sizes other than its own: at one that fits, and, where needed, at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Count, Key, Record
from convcalc.core.shapes import Shape
from convcalc.features.sizes.walk import Column, Sample, WalkedSamples, Walker
from convcalc.kinds.base import LayerKind
from convcalc.network.expressions import SIZES
from convcalc.network.template import LayerTemplate, Template
from convcalc.network.written_values import layers_in, names_in

if TYPE_CHECKING:
    from convcalc.network import Network, VariableValues
    from convcalc.network.graph import Graph

# Where sizes are planned one by one, so many layers at most are placed for each axis.
MAX_PLACED = 250_000
_SHAPE_CODES = "CC1"
_TRIES = 200


class _Culprit(NamedTuple):
    layer: Annotated[str, Key("The layer.")]
    line: Annotated[Count, Key("Line where it is written, 1-based; 0 where there is none.")]


class Culprit(_Culprit, Record):
    """A layer that is to blame, and the line where it is written."""

    __slots__ = ()


def placed_graph(
    network: Network, variables: VariableValues, high: int
) -> tuple[Graph, tuple[Problem, ...]]:
    """The network at its own input, or at the first size that fits, with the problems of its own.

    Raises StackError with those problems where no size that was tried fits.
    """
    try:
        return network.graph(variables=dict(variables)), ()
    except StackError as error:
        if not all(problem.code.startswith(_SHAPE_CODES) for problem in error.problems):
            raise
        problems = error
    for size in _tries(network.inputs, high):
        shapes = {
            name: (shape[0], *(size for _ in shape[1:])) for name, shape in network.inputs.items()
        }
        try:
            return network.graph(shapes, dict(variables)), problems.problems
        except StackError:
            continue
    raise problems


def _tries(inputs: Mapping[str, Shape], high: int) -> Iterator[int]:
    """Sizes that networks tend to take: near the declared one, then round ones, then all."""
    declared = max((size for shape in inputs.values() for size in shape[1:]), default=1)
    near = [declared + k for k in range(-16, 33) if declared + k > 0]
    ranked = sorted(near, key=lambda size: (size & -size, size), reverse=True)
    powers = [2**k for k in range(5, 13)]
    seen = dict.fromkeys([*ranked, *powers, *range(32, 1025, 32), *range(1, high + 1)])
    yield from list(seen)[:_TRIES]


def sizes_enter_expressions(network: Network, graph: Graph, walks: Sequence[WalkedSamples]) -> bool:
    """True where an expression asks for a size, or for channels that are made of sizes.

    Behind `flatten` or `reshape` the channels depend on the input's size. A list of layers in
    which such channels occur and any expression asks for `cin` may then change with the size.
    """
    if _ask_for_sizes(network.template):
        return True
    moving = {
        at
        for at in range(len(graph.nodes))
        if len(frozenset[int]().union(*(walk.columns[at].channels for walk in walks))) > 1
    }
    if not moving:
        return False
    template = network.template
    touched = {
        id(node.template) for node in graph.nodes if any(source in moving for source in node.inputs)
    }
    touched |= {id(scope.template) for scope in graph.scopes if scope.source in moving}
    lists = [template.layers, *(block.layers for block in template.blocks.values())]
    return any(
        any(id(layer) in touched for layer in layers) and any(map(_asks_for_cin, layers))
        for layers in lists
    ) or any(
        scope.source in moving
        and any(
            default is not None and "cin" in names_in(default.value)
            for default in template.blocks[scope.block].args.values()
        )
        for scope in graph.scopes
    )


def _ask_for_sizes(template: Template) -> bool:
    """True where some expression asks for a size of its input, or of a layer by name."""
    blocks = template.blocks.values()
    shared = frozenset(template.variables)
    lists = [(template.layers, shared)]
    lists += [(block.layers, shared | block.args.keys()) for block in blocks]
    fields = [
        (field, frozenset(SIZES) - declared)
        for layers, declared in lists
        for layer in layers
        for field in layer.values
    ]
    fields += [
        (default, frozenset(SIZES) - shared)
        for block in blocks
        for default in block.args.values()
        if default is not None
    ]
    return any(layers_in(field.value) or names_in(field.value) & sizes for field, sizes in fields)


def _asks_for_cin(layer: LayerTemplate) -> bool:
    return any("cin" in names_in(field.value) for field in layer.values)


def walk_by_planning(
    network: Network,
    base: Graph,
    samples: Sequence[Sample],
    variables: VariableValues,
    axes: frozenset[int],
) -> tuple[WalkedSamples, dict[int, Culprit]]:
    """The same as a walk, each sample placed on its own. Layers are numbers into the culprits.

    Raises StackError where there are more samples than can be placed in reasonable time.
    """
    most = MAX_PLACED // len(base.layers)
    if len(samples) > most:
        message = (
            "an expression asks for sizes, or for channels made of them, so each of "
            f"{len(samples):,} sizes has to be planned anew; with {len(base.layers):,} layers, "
            f"{most:,} are possible"
        )
        help = f"ask for fewer, as in --range 1:{max(most, 1)}"
        raise StackError([Problem("too-much-work", message, help=help, file=base.file)])
    names = list(base.inputs)
    columns = [
        Column(list(range(len(samples))), list(shapes)) for shapes in zip(*samples, strict=True)
    ]
    walk = WalkedSamples(len(samples), columns)
    culprits: dict[int, Culprit] = {}
    weights = _weights(base)
    for number, sample in enumerate(samples):
        try:
            graph = network.graph(dict(zip(names, sample, strict=True)), dict(variables))
        except StackError as error:
            first = error.problems[0]
            line = first.place.line if first.place else 0
            walk.failed[number] = _known(culprits, Culprit(first.layer, line))
            continue
        one = Walker(graph, axes).walk([sample])
        if one.dropping:
            node = graph.nodes[one.dropping[0]]
            culprit = Culprit(node.name, node.template.node.place.line)
            walk.dropping[number] = _known(culprits, culprit)
        walk.inexact |= {number} if one.inexact else set()
        walk.uneven |= {number} if one.uneven else set()
        walk.reweighted |= {number} if _weights(graph) != weights else set()
    return walk, culprits


def _known(culprits: dict[int, Culprit], culprit: Culprit) -> int:
    """The number of a culprit, a new one where it is new.

    >>> seen = {}
    >>> [_known(seen, Culprit(name, 1)) for name in "abba"], len(seen)
    ([0, 1, 1, 0], 2)
    """
    for number, known in culprits.items():
        if known == culprit:
            return number
    culprits[len(culprits)] = culprit
    return len(culprits) - 1


def _weights(graph: Graph) -> list[dict[str, Shape]]:
    """The learnt arrays of every layer that has any."""
    found = []
    for node in graph.nodes:
        if isinstance(node.layer, LayerKind):
            weights = node.layer.weights(graph.shape_of(node.inputs[0]))
            if weights:
                found.append(weights)
    return found
