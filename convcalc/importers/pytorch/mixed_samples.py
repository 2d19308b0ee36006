"""Which axes the operations of a program name, where its samples stand, what works along them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.along_samples import (
    UNKNOWN,
    Act,
    MixedSamplesError,
    Standing,
    axis_of_samples,
    handed_on,
)
from convcalc.importers.model import Operation
from convcalc.importers.named_axes import NoAxisError, counted, listed
from convcalc.importers.pytorch.program import Program
from convcalc.importers.pytorch.spread_samples import Spreads
from convcalc.importers.pytorch.values import Filled, Stored
from convcalc.importers.tensor_views import View

# What names an axis, and works along none: it moves, joins or takes places as they are.
_WORDS = (
    "cat chunk concat concatenate diagonal expand_as flatten movedim narrow permute select "
    "select_scatter size slice slice_scatter split split_with_sizes squeeze stack sym_size "
    "tensor_split transpose unbind unflatten unsafe_chunk unsafe_split unsqueeze"
)
_MOVES = frozenset(f"aten.{word}" for word in _WORDS.split())
# Arguments that name axes, but for those of one that says there how often.
_AXES = ("dim", "dims", "axis", "dim0", "dim1", "start_dim", "end_dim", "source", "destination")
# Of them those that take places of an axis, which goes.
_PICKS = ("aten.select", "aten.unbind")
# What puts a new axis there.
_NEW = ("aten.stack", "aten.unsqueeze")
# What adds to the ends of axes, or cuts there.
_BORDERS = ("aten.pad", "aten.constant_pad_nd")
_ORDERS = ("aten.permute", "aten.transpose")
_CUTS = "chunk narrow slice split split_with_sizes tensor_split unsafe_chunk unsafe_split"
_SHAPES = "_unsafe_view flatten reshape squeeze unflatten unsqueeze view"
_ACTS = {
    f"aten.{word}": act
    for words, act in (
        (_SHAPES, Act.SHAPES),
        ("cat concat concatenate", Act.JOINS),
        (_CUTS, Act.CUTS),
    )
    for word in words.split()
}

# What works place by place on several tensors, spread over each other.
_JOINED = (
    "add addcdiv addcmul atan2 bitwise_and bitwise_or bitwise_xor div eq fmod ge gt le lerp "
    "logical_and logical_or logical_xor lt maximum minimum mul ne pow remainder rsub sub "
    "true_divide where xlogy"
)
_SPREADS = frozenset(f"aten.{word}" for word in _JOINED.split())


# Sums along the last axis of one tensor, and that or the one before of the other.
_PRODUCTS = frozenset(("aten.matmul", "aten.mv", "aten.dot", "aten.linear"))
_CONVOLUTIONS = frozenset(
    [
        "aten.convolution",
        *(f"aten.conv{word}{n}d" for word in ("", "_transpose") for n in (1, 2, 3)),
    ]
)

_TENSORS = (View, Stored, Filled)
# What takes the type of its input, and none of its numbers.
_OF_TYPES = "aten.new_"


class BatchElsewhereError(Exception):
    """The program works along the axis that was taken for the batch.

    `inputs` are those that were taken for a number of each sample, where that may be the fault.
    """

    def __init__(self, inputs: frozenset[str] = frozenset()) -> None:
        super().__init__(inputs)
        self.inputs = inputs


class SampleAxes(Standing):
    """The axis along which samples stand, for each tensor of an example of several."""

    def __init__(self, program: Program, is_changed: bool) -> None:
        super().__init__()
        self._program = program
        self._is_changed = is_changed
        self._stated = {} if is_changed else program.example
        if program.samples > 1:
            axes = ((name, program.axis_of(name)) for name in program.inputs)
            self.axes = {name: axis for name, axis in axes if axis is not None}
        # Inputs that are taken for a number of each sample, and what is made of them alone: by
        # its name, of which of these inputs.
        self._of_numbers = {name: frozenset({name}) for name in program.of_numbers}
        self.axes |= dict.fromkeys(self._of_numbers, 0)
        is_apart = is_changed or program.samples == 1 or program.is_settled
        self._spreads = None if is_apart else Spreads(program)

    def check(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """Raises NoAxisError for an axis that is not there, NoRuleError for one of samples.

        Raises BatchElsewhereError where what was taken for a number of each sample is none.
        """
        if operation.op in _SPREADS and self._meets_others(operation, values):
            raise self._mixed(operation)
        if operation.op in _PRODUCTS and self._multiplies_number(operation, values):
            raise self._mixed(operation)
        first = next(iter(operation.inputs), "")
        value = values.get(first)
        if value is None:
            return
        if self.axes.get(first) in _taken(operation, len(value.dims)):
            raise self._mixed(operation)

    def _multiplies_number(self, operation: Operation, values: Mapping[str, Any]) -> bool:
        """True where an operand of a product is a vector that was taken for a number of each."""
        read = [name for name in operation.inputs if name in self._of_numbers]
        return any(len(values[name].dims) == 1 for name in read)

    def _meets_others(self, operation: Operation, values: Mapping[str, Any]) -> bool:
        """True where samples of one tensor meet those of another, each all."""
        # Counted from the end, as broadcasting does.
        read = [name for name in operation.inputs if name in self.axes]
        return len({self.axes[name] - len(values[name].dims) for name in read}) > 1

    def _mixed(self, operation: Operation) -> Exception:
        """What to raise for an operation along samples."""
        doubtful = self._numbers_in(operation.inputs)
        if doubtful and not self._is_changed:
            return BatchElsewhereError(doubtful)
        return MixedSamplesError()

    def _numbers_in(self, names: Iterable[str]) -> frozenset[str]:
        """The inputs taken for numbers of samples that these tensors are made of, alone."""
        none: frozenset[str] = frozenset()
        return none.union(*(self._of_numbers.get(name, none) for name in names))

    def groups_of_one(self, operation: Operation, values: Mapping[str, Any]) -> dict[str, int]:
        """The `groups` of a convolution for one sample, where those of the file are for all.

        A kernel for each sample makes one convolution of all samples in channels, with groups for
        each of them. Raises BatchElsewhereError where samples meet in a convolution.
        """
        groups = operation.attributes.get("groups", 1)
        is_apart = self._is_changed or self._program.samples == 1
        if is_apart or operation.op not in _CONVOLUTIONS or not isinstance(groups, int):
            return {}
        x, weight, *_ = operation.inputs
        channels = len(values[x].dims) - len(values[weight].dims) + 1
        along, of_kernels = (self._axis_of(name, values[name].dims) for name in (x, weight))
        rounds = self.rounds(x)
        is_of_each = of_kernels == 0 and rounds == self.rounds(weight)
        if along == channels:
            if is_of_each and not groups % (rounds * self._program.samples):
                return {"groups": groups // self._program.samples}
        elif of_kernels is None and (along is None or along < channels):
            return {}
        elif along is None and of_kernels == 0 and groups == 1:
            # Kernels of every sample on one map, which is nobody's.
            return {}
        raise BatchElsewhereError

    def _axis_of(self, name: str, dims: Shape) -> int | None:
        """The axis of samples by the file's own shape; None where it has none, or none tells."""
        axis = axis_of_samples(dims, self._stated.get(name), self._program.samples)
        return None if axis == UNKNOWN else axis

    def refuse_spread(self, operation: Operation) -> None:
        """Raises SpreadSamplesError where samples meet what is there for all of them."""
        others = [name for name in operation.inputs if name not in self.axes]
        if self._spreads is not None and len(others) < len(operation.inputs):
            self._spreads.refuse(others)

    def refuse_outputs(self) -> None:
        """Raises SpreadSamplesError where outputs of samples stand beside some of all of them."""
        outputs = self._program.outputs
        if self._spreads is not None and not self.axes.keys().isdisjoint(outputs):
            self._spreads.refuse_apart(name for name in outputs if name not in self.axes)

    def trace(self, operation: Operation, values: Mapping[str, Any], *, is_worked: bool) -> None:
        """Keeps what an operation made, which may be for all samples, or of one that no rule found.

        `is_worked` says that it multiplied.
        """
        made = [one for one in operation.outputs if isinstance(values.get(one), _TENSORS)]
        if self._spreads is None or not self.axes.keys().isdisjoint(made):
            return
        read = [name for name in operation.inputs if name in self.axes]
        if not read or operation.op.startswith(_OF_TYPES):
            dims = {name: values[name].dims for name in made}
            names = () if read else operation.inputs
            self._spreads.note(operation, names, dims, is_worked=is_worked)
        elif self._of_numbers.keys().isdisjoint(read):
            for name in made:
                axis = self._axis_of(name, values[name].dims)
                if axis is not None:
                    self.note(name, axis, self.rounds(read[0]))

    def axis_through(
        self, operation: Operation, name: str, values: Mapping[str, Any]
    ) -> int | None:
        """Where samples stand in an output that no rule finds, by where they stand in an input.

        That is none of its axes where it takes them all, and None where it is not told.
        """
        rank = len(self._program.example.get(name, ()))
        if operation.name in self._program.spread:
            return rank + self._program.spread[operation.name]
        read = [one for one in operation.inputs if values.get(one) is not None]
        for one in read:
            axis = self._axis_of(one, values[one].dims)
            if axis is not None and len(values[one].dims) == rank:
                # Kernels make channels of what comes out.
                is_kernel = operation.op in _CONVOLUTIONS and one != read[0]
                return 1 if is_kernel else axis
        return rank if self._takes_all(operation, read, values) else None

    def _takes_all(
        self, operation: Operation, read: Sequence[str], values: Mapping[str, Any]
    ) -> bool:
        """True where an operation works along samples, and leaves none of their axis."""
        if not read:
            return False
        dims = values[read[0]].dims
        try:
            return self._axis_of(read[0], dims) in _taken(operation, len(dims))
        except NoAxisError:
            return False

    def keep(self, operation: Operation, made: Sequence[Any], values: Mapping[str, Any]) -> None:
        """Notes where samples stand in the outputs. Raises NoRuleError where they were mixed."""
        read = [one for one in operation.inputs if one in self.axes]
        if read and self._of_numbers.keys() >= {*read}:
            self._of_numbers |= dict.fromkeys(operation.outputs, self._numbers_in(read))
        if operation.name in self._program.spread:
            rank = len(made[0].dims)
            self.note(operation.name, rank + self._program.spread[operation.name], 1)
            return
        for name, value in zip(operation.outputs, made, strict=False):
            if not read or not isinstance(value, View):
                continue
            axis = axis_of_samples(value.dims, self._stated.get(name), self._program.samples)
            if axis is None:
                raise self._mixed(operation)
            if axis == UNKNOWN and operation.op not in _ORDERS:
                axis = handed_on(self.axes[read[0]], values[read[0]].dims, value.dims)
            if axis != UNKNOWN:
                act = _act(operation, axis, len(values[read[0]].dims))
                rounds = self.through(
                    act, operation.inputs, lambda one: values[one].dims, axis, value.dims
                )
                self.note(name, axis, rounds)

    def ahead_of(self, name: str, values: Mapping[str, Any]) -> int:
        """Elements before the samples of a tensor; 0 where it is not known where they stand."""
        return self.ahead(name, values[name].dims) if name in self.axes else 0


def _act(operation: Operation, axis: int, rank: int) -> Act:
    """What an operation does with places along an axis. Raises NoRuleError where none can tell."""
    act = _ACTS.get(operation.op, Act.KEEPS)
    # What joins or cuts works along the first axis if it names none.
    if act in (Act.JOINS, Act.CUTS) and (_named(operation, rank) or [0]) != [axis]:
        return Act.KEEPS
    if act is Act.CUTS and operation.attributes.get("start"):
        # A number that the file has written into it counts all samples.
        raise MixedSamplesError
    return act


def _taken(operation: Operation, rank: int) -> list[int]:
    """The axes that an operation works along, of a tensor of so many. Raises NoAxisError."""
    named = _named(operation, rank)
    if operation.op in _PICKS:
        # The first one if it names none.
        return named or [0]
    return [] if operation.op in _MOVES else named


def _named(operation: Operation, rank: int) -> list[int]:
    """The axes that an operation names, of a tensor of so many. Raises NoAxisError."""
    given = operation.attributes
    normed = given.get("normalized_shape")
    if isinstance(normed, tuple | list):
        return counted(range(-len(normed), 0), rank)
    if operation.op in _BORDERS:
        # Two numbers for each axis, the last one first.
        pads = listed(given.get("pad"))
        pairs = zip(pads[::2], pads[1::2], strict=False)
        return counted([-at for at, pair in enumerate(pairs, 1) if pair != (0, 0)], rank)
    words = () if operation.op == "aten.tile" else _AXES
    named = [axis for word in words for axis in listed(given.get(word))]
    if operation.op == "aten.roll" and not named:
        return [*range(rank)]
    return counted(named, rank + (operation.op in _NEW))
