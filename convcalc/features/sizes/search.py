"""`convcalc sizes`: the input sizes that a network takes, axis by axis, and who is to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.features.sizes.answer import (
    CRITERIA,
    MOST_EXPLAINED,
    USUAL,
    AxisSizes,
    Blame,
    SizesAnswer,
)
from convcalc.features.sizes.axis_groups import AxisGroup, axis_groups, refuse_too_many
from convcalc.features.sizes.chosen_sizes import ChosenSizes, axes_asked
from convcalc.features.sizes.expect import ExpectCheck
from convcalc.features.sizes.held_files import held
from convcalc.features.sizes.independence import is_symmetric, tied_layers
from convcalc.features.sizes.judged_layers import JudgedAxes
from convcalc.features.sizes.pattern import to_bits
from convcalc.features.sizes.place import (
    Culprit,
    may_tell_axes_apart,
    most_placed,
    open_axes,
    placed_graph,
    refuse_too_many_planned,
    sizes_enter_expressions,
    walk_by_planning,
    why_planned,
)
from convcalc.features.sizes.walk import Sample, WalkedSamples, Walker
from convcalc.network import arguments
from convcalc.shorthand.given_sizes import GivenSize, Size, given_size

if TYPE_CHECKING:
    from convcalc.network import InputShapes, Network, VariableValues


# A walk, and the layers to blame by the numbers that it has for them.
_Walked = tuple[WalkedSamples, dict[int, Culprit]]

MAX_RANGE = 65_536
# The largest size that is checked unless another is asked for.
MOST = 1024
_Range = range


def sizes(
    network: Network,
    *,
    range: tuple[int, int] | range | None = None,
    require: Sequence[str] = USUAL,
    near: GivenSize | None = None,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
) -> SizesAnswer:
    """The input sizes that a network takes, judged one by one on each axis.

    `range` has the smallest and the largest size to check: 1 and 1024 unless it is given, fewer
    where a long network has to be planned at each, or beyond `near`, the size whose nearest good
    ones are wanted: a number for every axis, one for each, or the channels before these. `input`
    has other sizes than the file's, with which the other axes stand; where a model file leaves
    sizes open, it has those that are taken for them.
    `require` names what a good size has to be, of `convcalc.features.sizes.answer.CRITERIA`.
    Raises StackError for a network that cannot be placed at any size, or has no axes, and for
    arguments that mean nothing.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [3, 64, 64]\\nlayers: [max_pool: 2, max_pool: 2]")
    >>> sizes(net, range=(1, 16)).axes[0].members()
    [4, 8, 12, 16]
    """
    wanted = None if near is None else given_size(near, "near")
    asked = {arguments.one_of(word, CRITERIA, "require") for word in require}
    if range is not None:
        checked, name = arguments.span(range, "range", 1), "range"
    else:
        around = max(wanted.read().axes or wanted.numbers) if wanted else 0
        checked, name = _Range(1, max(MOST, around + around // 4 + 64) + 1), "near"
    if len(checked) > MAX_RANGE:
        raise arguments.refused(f"{name}: at most {MAX_RANGE:,} sizes are checked", "ask for fewer")
    required = [criterion for criterion in CRITERIA if criterion in asked]
    may_shorten = range is None and (wanted is None or network.operations > 0)
    return checked_sizes(
        network,
        checked[0],
        checked[-1],
        required,
        wanted,
        variables,
        input,
        may_shorten=may_shorten,
    )


def checked_sizes(
    network: Network,
    low: int = 1,
    high: int = MOST,
    required: Sequence[str] = USUAL,
    near: Size | None = None,
    variables: VariableValues | None = None,
    input: InputShapes | None = None,
    *,
    may_shorten: bool = False,
) -> SizesAnswer:
    """The same for values that are known to fit: sizes from `low` to `high`. Raises StackError.

    `may_shorten`: those that are too many to be planned one by one are left out, from the largest;
    of a model file, those farthest from its own size or from `near`.
    """
    question = _Question(network, low, high, tuple(required), near, dict(variables or {}), input)
    return question.answer(may_shorten)


class _Question:
    def __init__(
        self,
        network: Network,
        low: int,
        high: int,
        required: tuple[str, ...],
        near: Size | None,
        variables: VariableValues,
        input: InputShapes | None,
    ) -> None:
        self.network, self.low, self.high, self.required = network, low, high, required
        self.variables = variables
        self.graph, self.declared = placed_graph(network, variables, high, input)
        self.open = open_axes(network)
        self.groups = axis_groups(self.graph)
        if not self.groups:
            shown = Problem(
                "wrong-rank",
                "the network's inputs have no axes whose size could change",
                help="vectors [F] have channels only; `convcalc plan --input` takes another "
                "number of them",
                file=network.document.file,
            )
            raise StackError([shown], network.document.text)
        refuse_too_many(self.groups, self.graph, high - low + 1)
        self.near = None if near is None else axes_asked(near, self.groups, self.graph)
        self.expect = ExpectCheck(network, variables, self.graph)
        self.chosen = ChosenSizes(
            network, self.graph, self.groups, required, variables, self.expect
        )

    def answer(self, may_shorten: bool) -> SizesAnswer:
        samples = [self._samples(group) for group in self.groups]
        walks = self._walks(samples)
        by_planning = sizes_enter_expressions(self.network, self.graph, [w for w, _ in walks])
        tried: int | None = None
        if self.network.operations and not by_planning:
            walked = [walk for walk, _ in walks]
            tried = held(self.network, self.graph, self.groups, samples, walked)
            by_planning = tried is None
        tied: list[int] = []
        if by_planning:
            if may_shorten:
                self._shorten()
                samples = [self._samples(group) for group in self.groups]
            walks = self._planned(samples)
        else:
            tied = tied_layers(self.graph, [walk for walk, _ in walks])
        axes = [
            self._axis(group, some, walk, culprits)
            for group, some, (walk, culprits) in zip(self.groups, samples, walks, strict=True)
        ]
        return SizesAnswer(
            self.network.name,
            self.graph.inputs,
            tuple(axes),
            self.required,
            tuple(self._culprit(index) for index in tied),
            by_planning,
            self.declared,
            self.chosen.smallest(axes),
            None if self.near is None else self.chosen.near(axes, self.near),
            tuple(node.name for node in self.graph.layers if not node.layer.runs),
            tried,
            why_planned(self.network),
        )

    def _shorten(self) -> None:
        """Leaves out the sizes that are too many to be planned one by one."""
        most = most_placed(self.network, self.graph)
        if self.network.operations:
            # What is written into a file is about its own size.
            shapes = self.graph.inputs.values()
            middle = max(self.near or [size for shape in shapes for size in shape[1:]])
            self.low = max(self.low, min(middle - most // 2, self.high - most + 1))
        self.high = min(self.high, self.low + most - 1)

    def _samples(self, group: AxisGroup) -> list[Sample]:
        """The inputs with every size of the range on the axis of `group`."""
        shapes = tuple(self.graph.inputs.values())
        return [group.resized(shapes, size) for size in range(self.low, self.high + 1)]

    def _walks(self, samples: Sequence[list[Sample]]) -> list[_Walked]:
        def walked(group: AxisGroup, some: Sequence[Sample]) -> _Walked:
            walk = Walker(self.graph, JudgedAxes(self.graph.inputs, [group])).walk(some)
            blamed = {*walk.failed.values(), *walk.dropping.values()}
            return walk, {index: self._culprit(index) for index in blamed}

        return self._each(samples, walked, self._is_symmetric)

    def _planned(self, samples: Sequence[list[Sample]]) -> list[_Walked]:
        """The same, each size planned anew. Raises StackError where they are too many."""
        refuse_too_many_planned(self.network, self.graph, self.high - self.low + 1)

        def walked(group: AxisGroup, some: Sequence[Sample]) -> _Walked:
            return walk_by_planning(self.network, self.graph, some, self.variables, [group])

        # A size that is written into a model file is one axis's own.
        is_alike = (
            self._is_symmetric
            and not self.network.operations
            and not may_tell_axes_apart(self.network.template)
        )
        return self._each(samples, walked, is_alike)

    def _each(
        self,
        samples: Sequence[list[Sample]],
        walked: Callable[[AxisGroup, Sequence[Sample]], _Walked],
        is_alike: bool,
    ) -> list[_Walked]:
        """The walk of each group; `is_alike`: all axes of the same inputs have one."""
        walks: list[_Walked] = []
        first: dict[tuple[int, ...], _Walked] = {}
        for group, some in zip(self.groups, samples, strict=True):
            known = first.get(group.inputs) if is_alike else None
            walks.append(known or walked(group, some))
            first.setdefault(group.inputs, walks[-1])
        return walks

    @cached_property
    def _is_symmetric(self) -> bool:
        return is_symmetric(self.graph) and self.expect.is_symmetric

    def _culprit(self, index: int) -> Culprit:
        node = self.graph.nodes[index]
        return Culprit(node.name, node.template.node.place.line)

    def _axis(
        self,
        group: AxisGroup,
        samples: Sequence[Sample],
        walk: WalkedSamples,
        culprits: Mapping[int, Culprit],
    ) -> AxisSizes:
        everything = (1 << walk.count) - 1
        legal = everything & ~_set(walk.failed, walk.count)
        sets: dict[str, int | None] = {
            "legal": legal,
            "pixels": legal & ~_set(walk.dropping, walk.count),
            "exact": legal & ~_set(walk.inexact, walk.count),
            "strides": legal & ~_set(walk.uneven, walk.count),
            "weights": legal & ~_set(walk.reweighted, walk.count),
        }
        good = everything
        for criterion in self.required:
            if criterion != "expect":
                good &= sets[criterion] or 0
        if self.expect.is_stated:
            is_required = "expect" in self.required
            candidates = good & legal if is_required else legal
            sets["expect"] = self.expect.holding(samples, walk, candidates, is_required)
            if is_required:
                good &= sets["expect"] or 0
        shape = list(self.graph.inputs.values())[group.inputs[0]]
        names = list(self.graph.inputs)
        named = {(names[at], group.axis) for at in group.inputs}
        return AxisSizes(
            tuple(names[at] for at in group.inputs),
            group.axis,
            len(shape) - 1,
            None if self.open.intersection(named) else shape[1 + group.axis],
            self.low,
            self.high,
            sets,
            good,
            tuple(self._explained(list(_blames(walk, culprits)), samples)),
        )

    def _explained(self, blames: Sequence[Blame], samples: Sequence[Sample]) -> Iterable[Blame]:
        """The blames, the first ones that do not stand with what their layer says."""
        for number, blame in enumerate(blames):
            if blame.why != "stands" or number >= MOST_EXPLAINED:
                yield blame
                continue
            at = blame.bits.bit_length() - 1
            problem = self.chosen.problem(samples[at])
            note = problem.note if problem and problem.layer == blame.culprit.layer else ""
            yield replace(blame, example=(self.low + at, note))


def _set(samples: Iterable[int], count: int) -> int:
    chosen = set(samples)
    return to_bits(sample in chosen for sample in range(count))


def _blames(walk: WalkedSamples, culprits: Mapping[int, Culprit]) -> Iterable[Blame]:
    for why, blamed in (("stands", walk.failed), ("drops", walk.dropping)):
        layers: dict[int, list[int]] = {}
        for sample, layer in blamed.items():
            if why == "stands" or sample not in walk.failed:
                layers.setdefault(layer, []).append(sample)
        for layer in sorted(layers, key=lambda layer: len(layers[layer]), reverse=True):
            yield Blame(culprits[layer], why, _set(layers[layer], walk.count))
