"""A model file as a network: its graph is made anew for each set of input shapes."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.building import Builder, TurnedInputError
from convcalc.importers.graphs import graph_of
from convcalc.importers.input_axes import InputAxes
from convcalc.importers.listing import Listing
from convcalc.importers.model import Model
from convcalc.importers.placing import Memo, no_layer
from convcalc.importers.same_arrays import counts_of
from convcalc.importers.shared_sources import in_front
from convcalc.importers.tensor_views import View
from convcalc.kinds.base import Kind
from convcalc.kinds.base.field_values import escaped
from convcalc.network import MAX_LAYERS, Network
from convcalc.network.graph import Graph
from convcalc.network.template import Template

if TYPE_CHECKING:
    from convcalc.network.expressions import Number


class Walk:
    """One walk over a model at given input shapes: what the rules of a source fill in."""

    def __init__(
        self, model: Model, builder: Builder, views: Mapping[str, View], dims: Mapping[str, Shape]
    ) -> None:
        self.model = model
        self.builder = builder
        self.inputs = views
        self.dims = dims

    @abstractmethod
    def outputs(self) -> dict[str, View]:
        """Places every operation; the views of the model's outputs, by name."""


# Operations gone through to find out which of the inputs have their channels last.
_MOST_WALKED = 250_000
# What an open size is taken for, to see in which order the axes of an input are read.
_ANY_SIZE = 224


def _refuse_axes(one: InputAxes, model: Model) -> None:
    """Raises StackError for an input that has more axes than a map."""
    if len(one.order) > 1 + MAX_RANK:
        sizes = ", ".join(str(size) or "?" for size in model.inputs[one.name])
        message = (
            f"input `{one.name}` is [{sizes}]: {len(one.order)} axes beside its samples; "
            f"{1 + MAX_RANK} are read"
        )
        help = "export it with those joined that no layer tells apart"
        raise StackError([Problem("wrong-rank", escaped(message), help=help, file=model.file)])


class ForeignNetwork(Network):
    """A network that was read from a model file of another program.

    `model` is what the file says, `walk` the class of the walk that places its operations.
    """

    is_text = False

    def __init__(self, model: Model, walk: type[Walk], inputs: tuple[InputAxes, ...]) -> None:
        self.model = model
        self.dtype = model.dtype
        self._walk = walk
        self._axes = inputs
        for one in inputs:
            _refuse_axes(one, model)
        self._unlearnt = {
            held.parameter for name, held in model.constants.items() if name not in model.learnt
        }
        self._memo = Memo()
        self._listing = Listing(model)
        self._made: dict[tuple[tuple[Shape, ...], int], Graph] = {}
        # Whether it can be planned at some sizes, asked again for each size that cannot.
        self._planned: dict[tuple[tuple[Shape, ...], int], bool] = {}
        self._is_settled = False
        self._turned: set[int] = set()
        # Whether the order of the inputs' axes is that of a graph that was placed.
        self._has_order = False
        # Learnt arrays that are to be layers of their own, since several layers would count them.
        self._apart: set[str] = set()
        # Of the last graph: the tensors that its outputs are, its layers that work along samples.
        self.output_views: dict[str, View] = {}
        self.mixing: Sequence[Kind] = ()
        template = Template(model.name, {one.name: one.shape for one in inputs})
        super().__init__(template, self._listing.document)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know of the file."""
        return self.model.notes

    @property
    def operations(self) -> int:
        """How many operations the file has, which are gone through for each set of shapes."""
        return len(self.model.operations)

    @property
    def inputs(self) -> dict[str, Shape]:
        """The declared input shapes, by name, channels first; 0 for a size that is open."""
        self._settle()
        return {one.name: one.shape for one in self._axes}

    def is_plannable(self) -> bool:
        """True where it can be planned at the sizes that the file declares."""
        try:
            self.graph()
        except StackError:
            return False
        return True

    def _settle(self) -> None:
        """Finds the order of the inputs' axes: that in which the first layers read them."""
        if self._is_settled:
            return
        self._is_settled = True
        sizes = {one.name: tuple(size or _ANY_SIZE for size in one.shape) for one in self._axes}
        try:
            made = self._graph(sizes, MAX_LAYERS)
        except StackError:
            # Whoever plans it is told.
            return
        if not any(0 in one.shape for one in self._axes):
            self._made[tuple(one.shape for one in self._axes), MAX_LAYERS] = made

    @property
    def input_axes(self) -> tuple[InputAxes, ...]:
        """How the tensors that go in become these inputs."""
        self._settle()
        return self._axes

    def _expanded(
        self, inputs: dict[str, Shape], variables: Mapping[str, Number], max_layers: int
    ) -> Graph:
        self._refuse_open(inputs)
        key = (tuple(inputs.values()), max_layers)
        if key not in self._made:
            self._made.clear()
            self._made[key] = self._graph(inputs, max_layers)
        return self._made[key]

    def _graph(self, inputs: dict[str, Shape], max_layers: int) -> Graph:
        work = 0
        while True:
            try:
                made = self._walked(inputs, max_layers)
            except TurnedInputError as turned:
                work += len(self.model.operations)
                if work > _MOST_WALKED:
                    raise self._too_much() from None
                # Who reads it in yet another order has a layer before that moves its axes.
                self._turned.add(turned.at)
                if self._has_order:
                    # Only at these sizes, of which some are 1.
                    continue
                axes = list(self._axes)
                before = axes[turned.at]
                after = before.turned(turned.order).upright()
                axes[turned.at] = after
                self._axes = tuple(axes)
                sizes = dict(zip(before.order, inputs[before.name], strict=True))
                inputs = {**inputs, before.name: tuple(sizes[axis] for axis in after.order)}
            else:
                self._has_order = True
                return made

    def _too_much(self) -> StackError:
        message = (
            f"the {self.model.format} file has {len(self.model.operations):,} operations, and is "
            f"gone through anew for each input with channels last; {len(self._turned):,} were"
        )
        help = "export it with channels first, or with fewer inputs"
        return StackError([Problem("too-much-work", message, help=help, file=self.model.file)])

    def _walked(self, inputs: dict[str, Shape], max_layers: int) -> Graph:
        changed = [one for one in self._axes if inputs[one.name] != one.shape]
        self._listing.is_changed = bool(changed)
        try:
            return self._placed(inputs, max_layers)
        except StackError as error:
            if not changed:
                raise
            help = escaped(self._way_out(inputs, changed, max_layers))
            raise self._refusal(error, help) from None

    def _way_out(
        self, inputs: Mapping[str, Shape], changed: Sequence[InputAxes], max_layers: int
    ) -> str:
        """What to do where the file cannot be planned at these sizes; empty if at none."""
        if not self._is_planned(1, changed, max_layers):
            return ""
        for one in changed:
            if inputs[one.name][0] != one.shape[0] != 0:
                return f"`{one.name}` has {one.shape[0]} channels in the file: {_sizes(changed)}"
        if any(self._is_planned(times, changed, max_layers) for times in (2, 3, 4)):
            file = shlex.quote(self.model.file)
            return f"other sizes fit: `convcalc sizes {file}` lists them"
        sizes = _sizes(changed)
        return f"the file was traced for {sizes} and has sizes written into it; use that size"

    def _refusal(self, error: StackError, help: str) -> StackError:
        """The same error at sizes that were asked for: at its own, the file is no broken one."""
        if not help:
            return error
        slugs = {"broken-model": "wrong-value"}
        problems = [
            problem
            if problem.slug == "too-many-layers"
            else replace(problem, slug=slugs.get(problem.slug, problem.slug), help=help)
            for problem in error.problems
        ]
        return StackError(problems, error.source)

    def _is_planned(self, times: int, changed: Sequence[InputAxes], max_layers: int) -> bool:
        """True where the file plans with its own sizes, those of these inputs so many times."""
        sizes = {one.name: _times(one.shape, times if one in changed else 1) for one in self._axes}
        key = (tuple(sizes.values()), max_layers)
        if key not in self._planned:
            try:
                self._placed(sizes, max_layers)
            except (StackError, TurnedInputError):
                self._planned[key] = False
            else:
                self._planned[key] = True
        return self._planned[key]

    def _placed(self, inputs: Mapping[str, Shape], max_layers: int) -> Graph:
        builder = Builder(self._listing, self._memo, max_layers, self._turned, self._apart)
        views, dims = {}, {}
        for one in self._axes:
            dims[one.name] = one.dims(inputs[one.name])
            place = {axis: (number,) for number, axis in enumerate(one.order)}
            axes = [place.get(axis, ()) for axis in range(len(one.sizes))]
            views[one.name] = builder.input(one.name, inputs[one.name], axes)
        found = self._walk(self.model, builder, views, dims).outputs()
        if len(builder.placed) == builder.input_count:
            raise no_layer(self.model.file)
        outputs = [view.at for view in found.values()]
        number = builder.order_anew(builder.read(in_front(builder.placed), outputs))
        found = {name: view._replace(at=number[view.at]) for name, view in found.items()}
        counts = counts_of(builder.placed, builder.stored.in_opaque, self._unlearnt)
        if not self._apart:
            self._apart = {name for name, one in counts.items() if one.is_too_often}
            if self._apart:
                return self._placed(inputs, max_layers)
        self.output_views, self.mixing = found, builder.mixing
        return graph_of(self.model, self._listing, builder, found, counts)

    def _refuse_open(self, inputs: Mapping[str, Shape]) -> None:
        open_now = [one for one in self._axes if 0 in inputs[one.name]]
        if open_now:
            one = open_now[0]
            declared = self.model.inputs[one.name]
            axes = [str(declared[axis]) or "?" for axis in one.order]
            message = f"input `{one.name}` has open sizes: [{', '.join(axes)}]"
            given = " ".join(self._given(one.name, inputs[one.name]) for one in open_now)
            help = f"give its sizes, channels first: {given}"
            problem = Problem("wrong-value", escaped(message), help=escaped(help))
            raise StackError([problem.at(None, self.model.file)])

    def _given(self, name: str, shape: Shape) -> str:
        """How the sizes of an input are given on the command line, any for those that are open."""
        sizes = "x".join(str(size or _ANY_SIZE) for size in shape)
        named = f"{name}={sizes}" if len(self._axes) > 1 else sizes
        return f"--input {shlex.quote(named)}"


def _times(shape: Shape, times: int) -> Shape:
    """The channels, and so many times the sizes; any for those that are open.

    >>> _times((3, 8, 9), 2), _times((3, 0, 9), 1)
    ((3, 16, 18), (3, 224, 9))
    """
    channels, *sizes = shape
    return (channels or _ANY_SIZE, *(times * (size or _ANY_SIZE) for size in sizes))


def _sizes(inputs: Sequence[InputAxes]) -> str:
    """Their own sizes in words, ? for an open one."""
    return " and ".join("x".join(str(size or "?") for size in one.shape) for one in inputs)


__all__ = ["ForeignNetwork", "Walk"]
