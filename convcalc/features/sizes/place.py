"""A network placed at sizes other than its own: at one that fits, and, where needed, at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Count, Key, Record
from convcalc.core.shapes import Shape
from convcalc.core.text import in_words
from convcalc.features.sizes.axis_groups import AxisGroup, axis_groups
from convcalc.features.sizes.judged_layers import Judged, JudgedAxes
from convcalc.features.sizes.walk import Column, Sample, WalkedSamples
from convcalc.network.expressions import SIZES, Expression
from convcalc.network.template import LayerTemplate, Template
from convcalc.network.written_values import ShapeOf, layers_in, names_in

if TYPE_CHECKING:
    from convcalc.network import InputShapes, Network, VariableValues
    from convcalc.network.graph import Graph

# Where sizes are planned one by one, so many layers at most are placed for each axis.
MAX_PLACED = 250_000
# Operations of a model file at most that are gone through for all axes: seven seconds of them.
_MAX_READ = 80_000
_SHAPE_CODES = "CC1"
_TRIES = 200
_NONE: frozenset[str] = frozenset()


class _Culprit(NamedTuple):
    layer: Annotated[str, Key("The layer.")]
    line: Annotated[Count, Key("Line where it is written, 1-based; 0 where there is none.")]


class Culprit(_Culprit, Record):
    """A layer that is to blame, and the line where it is written."""

    __slots__ = ()


def placed_graph(
    network: Network, variables: VariableValues, high: int, given: InputShapes | None = None
) -> tuple[Graph, tuple[Problem, ...]]:
    """The network at its own or the given input, with the problems of its own where it is neither.

    It is then at the first size that fits. Raises StackError with those problems where no size
    that was tried fits. What a file leaves open is no problem of its own.
    """
    declared = network.inputs
    is_open = given is None and bool(open_axes(network))
    try:
        return network.graph(given, dict(variables)), ()
    except StackError as error:
        is_shape = all(problem.code.startswith(_SHAPE_CODES) for problem in error.problems)
        if given is not None or not (is_shape or is_open):
            raise
        problems = error
    for size in _tries(declared, high):
        shapes = {
            name: (shape[0], *(size if not (is_open and own) else own for own in shape[1:]))
            for name, shape in declared.items()
        }
        try:
            return network.graph(shapes, dict(variables)), () if is_open else problems.problems
        except StackError:
            continue
    raise problems


def open_axes(network: Network) -> set[tuple[str, int]]:
    """The inputs and axes, 0 behind the channels, whose size a model file leaves open."""
    return {
        (name, axis)
        for name, shape in network.inputs.items()
        for axis, size in enumerate(shape[1:])
        if not size
    }


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
        default is not None and "cin" in names_in(default.value)
        for scope in graph.scopes
        # A module of a model file is no block of one.
        if scope.source in moving and scope.block in template.blocks
        for default in template.blocks[scope.block].args.values()
    )


def _written(template: Template) -> Iterator[tuple[object, frozenset[str]]]:
    """Every value of the file's layers and blocks, and the words that are sizes where it stands."""
    blocks = template.blocks.values()
    shared = frozenset(template.variables)
    lists = [(template.layers, shared)]
    lists += [(block.layers, shared | block.args.keys()) for block in blocks]
    for layers, declared in lists:
        for layer in layers:
            for field in layer.values:
                yield field.value, frozenset(SIZES) - declared
    for block in blocks:
        for default in block.args.values():
            if default is not None:
                yield default.value, frozenset(SIZES) - shared


def _ask_for_sizes(template: Template) -> bool:
    """True where some expression asks for a size of its input, or of a layer by name."""
    return any(layers_in(value) or names_in(value) & sizes for value, sizes in _written(template))


def may_tell_axes_apart(template: Template) -> bool:
    """True where a value is a list of unequal numbers, or an expression names an axis.

    Whatever the conditions of layers come to at some size, without these one axis is as the other.
    """
    values = [*_written(template), *((field.value, _NONE) for field in template.variables.values())]
    return any(names_in(value) & sizes or _is_of_an_axis(value) for value, sizes in values)


def _is_of_an_axis(value: object) -> bool:
    if isinstance(value, Expression):
        return bool(value.layers)
    if isinstance(value, list):
        unequal = len(set(map(repr, value))) > 1 and not all(
            isinstance(item, str | ShapeOf) for item in value
        )
        return unequal or any(map(_is_of_an_axis, value))
    return isinstance(value, dict) and any(map(_is_of_an_axis, value.values()))


def _asks_for_cin(layer: LayerTemplate) -> bool:
    return any("cin" in names_in(field.value) for field in layer.values)


def most_placed(network: Network, graph: Graph) -> int:
    """How many sizes of an axis may be planned one by one."""
    most = MAX_PLACED // len(graph.layers)
    if network.operations:
        most = min(most, _MAX_READ // network.operations // len(axis_groups(graph)))
    return max(most, 1)


def why_planned(network: Network) -> str:
    """Why each size has to be planned anew."""
    if network.operations:
        return "the file has sizes written into it"
    return "an expression or `like` asks for sizes, or `cin` for channels made of them"


def refuse_too_many_planned(network: Network, base: Graph, count: int) -> None:
    """Raise StackError where so many sizes cannot be planned one by one in reasonable time."""
    most = most_placed(network, base)
    if count > most:
        layers = f"{len(base.layers):,} layers"
        long = in_words(network.operations, "operation") if network.operations else layers
        message = (
            f"{why_planned(network)}, so each of {count:,} sizes has to be planned anew; "
            f"with {long}, {most:,} are possible"
        )
        help = f"ask for fewer, as in --range 1:{most}"
        raise StackError([Problem("too-much-work", message, help=help, file=base.file)])


def walk_by_planning(
    network: Network,
    base: Graph,
    samples: Sequence[Sample],
    variables: VariableValues,
    groups: Sequence[AxisGroup],
) -> tuple[WalkedSamples, dict[int, Culprit]]:
    """The same as a walk, each sample placed on its own. Layers are numbers into the culprits.

    The axes of `groups` are judged.
    """
    names = list(base.inputs)
    columns = [
        Column(list(range(len(samples))), list(shapes)) for shapes in zip(*samples, strict=True)
    ]
    walk = WalkedSamples(len(samples), columns)
    culprits: dict[int, Culprit] = {}
    judged = Judged(JudgedAxes(base.inputs, groups))
    weights = judged.weights(base)
    for number, sample in enumerate(samples):
        try:
            graph = network.graph(dict(zip(names, sample, strict=True)), dict(variables))
        except StackError as error:
            first = error.problems[0]
            line = first.place.line if first.place else 0
            walk.failed[number] = _known(culprits, Culprit(first.layer, line))
            continue
        records = judged.records(graph)
        pairs = zip(graph.layers, records, strict=True)
        node = next((node for node, record in pairs if record.dropped), None)
        if node is not None:
            culprit = Culprit(node.name, node.template.node.place.line)
            walk.dropping[number] = _known(culprits, culprit)
        walk.inexact |= {number} if not all(record.is_exact for record in records) else set()
        walk.uneven |= {number} if not all(record.is_multiple for record in records) else set()
        walk.reweighted |= {number} if judged.weights(graph) != weights else set()
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
