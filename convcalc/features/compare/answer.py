"""`convcalc compare`: stacks of layers side by side, and where the balance between them turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from convcalc.core.errors import StackError
from convcalc.core.records import Hidden, Key, SizedAnswer, Sizes
from convcalc.core.shapes import Shape, elements
from convcalc.features.compare.figures import (
    OUTCOMES,
    ChannelRatio,
    MapRuns,
    Ratios,
    SizeRun,
    StackFigures,
)
from convcalc.features.compare.stacks import Axes, Channels, Stack, read_stack, refuse
from convcalc.features.compare.turning import OneSign, cost_runs, linear_root
from convcalc.kinds.base import WORK_CLASSES
from convcalc.network.arguments import refused, whole_number
from convcalc.shorthand.given_sizes import GivenSize, given_size, with_channels
from convcalc.shorthand.sizes import SizeRead, read_size

if TYPE_CHECKING:
    from convcalc.network import Network
    from convcalc.planning import Plan

MAX_PERIOD = 512
# Of a map, where nobody says how large it is.
USUAL_SIZE = 56
_ACTIVATION = WORK_CLASSES.index("activation")


class Measures(NamedTuple):
    """What a stack costs and sees, for one sample in float32.

    `weights` are the parameters without biases; `peak` and `kept` are bytes of activations: the
    most alive at once at inference, and what training keeps for the backward pass. `field` is
    that of the first output, None where it depends on the position too irregularly to follow.
    Of `lower_bounds` some layer does not tell its part; with `at_most` the field is an upper bound.
    """

    name: str
    field: Axes | None
    outputs: tuple[Shape, ...]
    params: int
    weights: int
    macs: int
    nonlinearities: int
    peak: int
    kept: int
    lower_bounds: tuple[str, ...] = ()
    at_most: bool = False

    @property
    def flops(self) -> int:
        """Floating-point operations: a multiply and an addition for each MAC."""
        return 2 * self.macs


class MapTurn(NamedTuple):
    """Signs of MACs(first) - MACs(other) over all square maps; empty where not looked for."""

    other: int
    runs: tuple[OneSign, ...]


class ChannelTurn(NamedTuple):
    """cin / cout at which the first stack and another cost the same; None where they never do.

    `above` is the sign of first - other above the ratio (or everywhere): -1 where the first is
    cheaper.
    """

    other: int
    metric: str
    ratio: Fraction | None
    above: int


@dataclass(frozen=True, slots=True)
class Comparison(SizedAnswer):
    """Stacks in the order asked for; the first is what the others are measured against.

    Channels, map and padding do not apply to files. `stacks` has None for a file; `least` is the
    smallest map that all stacks fit.
    """

    stacks: Hidden[tuple[Stack | None, ...]]
    measures: Hidden[tuple[Measures, ...]]
    channels: Channels
    size: Annotated[Sizes, Key("Size of the map, one number an axis.")]
    padded: Annotated[bool, Key("Whether layers are padded so that they keep the map.")]
    least: Hidden[int]
    map_turns: Hidden[tuple[MapTurn, ...]]
    channel_turns: Hidden[tuple[ChannelTurn, ...]]
    reading: Hidden[str] = ""

    @property
    def rank(self) -> int:
        """Spatial axes of the maps."""
        return len(self.size)

    @property
    @Key()
    def dtype(self) -> Literal["float32"]:
        """Type of all numbers, for bytes."""
        return "float32"

    @property
    @Key()
    def batch(self) -> Literal[1]:
        """Samples that costs are for."""
        return 1

    @property
    @Key(name="stacks")
    def figures(self) -> tuple[StackFigures, ...]:
        """The stacks in their order, with their figures."""
        first = self.measures[0]
        return tuple(
            StackFigures(one.name, stack is None, *one[1:], _ratios(first, one))
            for one, stack in zip(self.measures, self.stacks, strict=True)
        )

    @property
    @Key()
    def by_map_size(self) -> tuple[MapRuns, ...]:
        """On which square maps the first stack costs fewer MACs than each of the others."""
        return tuple(
            MapRuns(
                self.measures[0].name,
                self.measures[turn.other].name,
                tuple(SizeRun(run.first, run.last, OUTCOMES[run.sign]) for run in turn.runs),
            )
            for turn in self.map_turns
        )

    @property
    @Key()
    def by_channels(self) -> tuple[ChannelRatio, ...]:
        """At which ratio of channels its costs turn; empty where that was not asked."""
        return tuple(
            ChannelRatio(
                self.measures[0].name,
                self.measures[turn.other].name,
                turn.metric,
                None if turn.ratio is None else str(turn.ratio),
                OUTCOMES[turn.above],
            )
            for turn in self.channel_turns
        )


ANSWER = Comparison


def _ratios(first: Measures, other: Measures) -> Ratios:
    def ratio(figure: str) -> str | None:
        own, base = getattr(first, figure), getattr(other, figure)
        is_known = figure not in (*first.lower_bounds, *other.lower_bounds)
        return str(Fraction(own, base)) if base and is_known else None

    return Ratios(*map(ratio, ("params", "weights", "macs", "peak", "kept")))


def compare(
    *stacks: str | Network,
    channels: int = 64,
    cin: int | None = None,
    mid: int | None = None,
    cout: int | None = None,
    size: GivenSize | None = None,
    padded: bool = True,
) -> Comparison:
    """Stacks side by side, on maps of `size`, 56 on each axis unless it is given.

    One number of a size holds for each axis that the kernels list; of three the first are the
    channels in front, unless kernels list three axes. A stack is written as for
    `convcalc compare`: `3x3*3` is three in a row; a network stands for itself. `channels` are
    those everywhere, `cin` in front, `mid` between (as `cout` unless it is given), `cout` behind;
    where one of these is given, the ratio cin / cout is found at which costs turn. Raises
    StackError where a word does not parse or a stack does not fit.

    >>> found = compare("3x3*3", "7x7")
    >>> [one.macs for one in found.figures], [one.receptive_field for one in found.figures]
    ([346816512, 629407744], [(7, 7), (7, 7)])
    """
    if len(stacks) < 2:
        raise refused("give two stacks or more", "as in '3x3*3' 7x7")
    common = whole_number(channels, "channels", 1)
    read = _read_size([stack for stack in stacks if isinstance(stack, str)], size)
    cin = with_channels(read, cin, "cin", f"{size}")
    first, last = (
        common if value is None else whole_number(value, name, 1)
        for value, name in ((cin, "cin"), (cout, "cout"))
    )
    inner = last if mid is None else whole_number(mid, "mid", 1)
    found = compared(
        [stack if isinstance(stack, str) else stack.document.file for stack in stacks],
        Channels(first, inner, last),
        read.axes,
        padded=padded,
        with_ratio=(cin, cout, mid) != (None, None, None),
        networks=[None if isinstance(stack, str) else stack for stack in stacks],
    )
    return replace(found, reading=read.text)


def _read_size(words: Sequence[str], size: GivenSize | None) -> SizeRead:
    """The map's size on as many axes as the stacks' kernels list."""
    rank = max((read_stack(word).rank for word in words), default=0)
    if size is None:
        return read_size((USUAL_SIZE,) * (rank or 2), rank=rank or 2)
    return given_size(size, "size").read(rank, counts_weights=True)


def compared(
    words: Sequence[str],
    channels: Channels,
    size: Axes,
    *,
    padded: bool = True,
    with_ratio: bool = False,
    networks: Sequence[Network | None] = (),
) -> Comparison:
    """The stacks that `words` write; `networks` has the network of each word that names a file.

    `with_ratio` looks for the ratio cin / cout at which the costs turn. Raises StackError.
    """
    files = networks or [None] * len(words)
    stacks = tuple(
        read_stack(word) if network is None else None
        for word, network in zip(words, files, strict=True)
    )
    size = _on_every_axis(stacks, size)
    measures = []
    problems: list[StackError] = []
    for stack, network, word in zip(stacks, files, words, strict=True):
        try:
            if stack is not None:
                measures.append(measure_stack(stack, channels, size, padded))
            elif network is not None:
                measures.append(_measure_network(network, word))
        except StackError as error:
            problems.append(error)
    if problems:
        raise problems[0]
    least = max((s.least_size(len(size), padded) for s in stacks if s is not None), default=1)
    return Comparison(
        stacks,
        tuple(measures),
        channels,
        size,
        padded,
        least,
        _map_turns(stacks, channels, len(size), padded, least),
        _channel_turns(stacks, channels, size, padded) if with_ratio else (),
    )


def _on_every_axis(stacks: Sequence[Stack | None], size: Axes) -> Axes:
    """The size with one number an axis. Raises StackError where the stacks' axes differ."""
    known = [stack for stack in stacks if stack is not None]
    written = {stack.rank: stack for stack in known if stack.rank}
    if len(size) > 1:
        written.setdefault(len(size), known[0] if known else read_stack("3x3"))
    if len(written) > 1:
        (_, one), (rank, other) = list(written.items())[:2]
        if one is other:
            message = f"`{one.text}` has kernels for {one.rank} axes, the map has {rank}"
            refuse(one.text, message, "give --size one number an axis")
        message = f"`{other.text}` has kernels for {other.rank} axes, `{one.text}` for {one.rank}"
        refuse(other.text, message, "compare stacks for equally many axes")
    rank = next(iter(written), len(size))
    return size if len(size) == rank else size * rank


def measure_stack(stack: Stack, channels: Channels, size: Axes, padded: bool) -> Measures:
    """The planner's figures for the stack, a nonlinearity behind every layer."""
    from convcalc.network import loads
    from convcalc.planning import plan

    # Asked first, as it says in a sentence what does not fit.
    stack.walk(channels, size, padded)
    # The input is given to the planner: a file could not name one of any size.
    lines = ["convcalc: 1", f"input: {[1] * (1 + len(size))}", "layers:"]
    for conv in stack.convs(channels, padded):
        fields = conv.model_dump(exclude_defaults=True)
        listed = ", ".join(
            f"{name}: {list(value) if isinstance(value, tuple) else value}"
            for name, value in fields.items()
        )
        lines += [f"  - conv: {{{listed}}}", "  - relu"]
    network = loads("\n".join(lines))
    return _measured(plan(network, input=(channels.cin, *size)), stack.text)


def _measure_network(network: Network, name: str) -> Measures:
    from convcalc.planning import plan

    return _measured(plan(network), name)


def _measured(plan: Plan, name: str) -> Measures:
    graph = plan.graph
    biases = 0
    for row in plan.rows:
        if getattr(row.node.layer, "bias", False) is True and row.node.shares is None:
            weights = getattr(row.node.layer, "weights", None)
            x = graph.shape_of(row.node.inputs[0])
            biases += elements(weights(x).get("bias", (0,))) if weights else 0
    totals = plan.totals
    row = plan[plan.outputs[0]]
    field = row.receptive_field
    return Measures(
        name,
        None if field is None or field.is_global else field.size,
        tuple(map(graph.shape_of, graph.outputs)),
        totals.params,
        totals.params - biases,
        totals.macs,
        sum(row.node.facts.work[_ACTIVATION] > 0 for row in plan.rows),
        totals.memory.peak_activations,
        totals.memory.kept,
        tuple(figure for figure, total in _BOUNDED.items() if total in totals.lower_bounds),
        field is not None and field.at_most,
    )


# Figures that are lower bounds where a total of the network is one.
_BOUNDED = {
    "params": "params",
    "weights": "params",
    "macs": "macs",
    "flops": "flops",
    "kept": "training",
}


def _map_turns(
    stacks: Sequence[Stack | None], channels: Channels, rank: int, padded: bool, least: int
) -> tuple[MapTurn, ...]:
    first, *others = stacks
    turns = []
    for number, other in enumerate(others, 1):
        if first is None or other is None or first.period * other.period > MAX_PERIOD:
            continue
        turns.append(MapTurn(number, _runs(first, other, channels, rank, padded, least)))
    return tuple(turns)


def _runs(
    first: Stack, other: Stack, channels: Channels, rank: int, padded: bool, least: int
) -> tuple[OneSign, ...]:
    def difference(size: int) -> int:
        on = (size,) * rank
        return first.macs(channels, on, padded) - other.macs(channels, on, padded)

    return cost_runs(difference, least, degree=rank, period=first.period * other.period)


def _channel_turns(
    stacks: Sequence[Stack | None], channels: Channels, size: Axes, padded: bool
) -> tuple[ChannelTurn, ...]:
    """Weights and MACs are linear in cin: only layers before the first mixing one know it."""
    first, *others = stacks
    turns = []
    for number, other in enumerate(others, 1):
        if first is None or other is None:
            continue
        for metric, cost in (("weights", _weights), ("MACs", Stack.macs)):
            turn = _channel_turn(first, other, channels, size, padded, cost)
            if turn is not None:
                turns.append(ChannelTurn(number, metric, *turn))
    return tuple(turns)


_Cost = Callable[[Stack, Channels, Axes, bool], int]


def _channel_turn(
    first: Stack, other: Stack, channels: Channels, size: Axes, padded: bool, cost: _Cost
) -> tuple[Fraction | None, int] | None:
    unit = first.group_unit * other.group_unit

    def difference(cin: int) -> int:
        given = Channels(cin, channels.mid, channels.cout)
        return cost(first, given, size, padded) - cost(other, given, size, padded)

    try:
        at_one, at_two = difference(unit), difference(2 * unit)
    except StackError:
        # Channels that only one of the stacks can take, such as a depthwise multiple.
        return None
    found = linear_root(at_one, at_two, unit)
    if found is not None:
        root, above = found
        return root / channels.cout, above
    return None, (at_two > 0) - (at_two < 0)


def _weights(stack: Stack, channels: Channels, size: Axes, padded: bool) -> int:
    x: Shape = (channels.cin, *size)
    total = 0
    for conv in stack.convs(channels, padded):
        total += elements(conv.weights(x)["weight"])
        x = conv.output(x)
    return total
