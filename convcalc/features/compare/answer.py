"""`convcalc compare`: stacks of layers side by side, and where the balance between them turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from convcalc.core.errors import StackError
from convcalc.core.records import Hidden, Key, SizedAnswer, Sizes
from convcalc.features.compare.balance import ChannelTurn, MapTurn, channel_turns, map_turns
from convcalc.features.compare.figures import (
    OUTCOMES,
    ChannelRatio,
    MapRuns,
    Ratios,
    SizeRun,
    StackFigures,
)
from convcalc.features.compare.measures import Measures, measure_network, measure_stack
from convcalc.features.compare.stacks import Axes, Channels, Stack, read_stack, refuse
from convcalc.network.arguments import refused, whole_number
from convcalc.shorthand.given_sizes import GivenSize, given_size, with_channels
from convcalc.shorthand.sizes import SizeRead, read_size

if TYPE_CHECKING:
    from convcalc.network import InputShapes, Network

# Of a map, where nobody says how large it is.
USUAL_SIZE = 56


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
    input: InputShapes | None = None,
) -> Comparison:
    """Stacks side by side, on maps of `size`, 56 on each axis unless it is given.

    One number of a size holds for each axis that the kernels list; of three the first are the
    channels in front, unless kernels list three axes. A stack is written as for
    `convcalc compare`: `3x3*3` is three in a row; a network stands for itself, at its own or this
    `input`. `channels` are those everywhere, `cin` in front, `mid` between (as `cout` unless it is
    given), `cout` behind; where one of these is given, the ratio cin / cout is found at which costs
    turn. Raises StackError where a word does not parse or a stack does not fit.

    >>> found = compare("3x3*3", "7x7")
    >>> [one.macs for one in found.figures], [one.receptive_field for one in found.figures]
    ([346816512, 629407744], [(7, 7), (7, 7)])
    """
    if len(stacks) < 2:
        raise refused("give two stacks or more", "as in '3x3*3' 7x7")
    common = whole_number(channels, "channels", 1)
    written = [stack for stack in stacks if isinstance(stack, str)]
    for name, value in {"size": size, "cin": cin, "cout": cout, "mid": mid}.items():
        if value is not None and not written:
            raise refused(f"{name} is of stacks, and these are networks", "give their map as input")
    read = _read_size(written, size)
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
        input=input,
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
    input: InputShapes | None = None,
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
                measures.append(measure_network(network, word, input))
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
        map_turns(stacks, channels, len(size), padded, least),
        channel_turns(stacks, channels, size, padded) if with_ratio else (),
    )


def _on_every_axis(stacks: Sequence[Stack | None], size: Axes) -> Axes:
    """The size with one number an axis. Raises StackError where the stacks' axes differ."""
    written: dict[int, Stack] = {}
    for stack in stacks:
        if stack is not None and stack.rank:
            written.setdefault(stack.rank, stack)
    if len(written) > 1:
        one, other = list(written.values())[:2]
        message = f"`{other.text}` has kernels for {other.rank} axes, `{one.text}` for {one.rank}"
        refuse(other.text, message, "compare stacks for equally many axes")
    for rank, stack in written.items():
        if len(size) not in (1, rank):
            message = f"`{stack.text}` has kernels for {rank} axes, the map has {len(size)}"
            refuse(stack.text, message, "give --size one number an axis")
    rank = next(iter(written), len(size))
    return size if len(size) == rank else size * rank
