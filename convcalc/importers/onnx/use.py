"""One operation as its rule sees it: attributes with their defaults, and what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from convcalc.core.shapes import Shape
from convcalc.importers.building import Builder
from convcalc.importers.model import Operation
from convcalc.importers.onnx.folding import Small
from convcalc.importers.onnx.origins import MADE_BY_TORCHSCRIPT
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.base import Kind
from convcalc.network.held import Held, Written

if TYPE_CHECKING:
    from convcalc.importers.onnx.walk import OnnxWalk

# What a tensor of the file is here: an activation, or something that the file holds.
Tensor = View | Held
Rule = Callable[["Use"], Sequence[Tensor]]
RULES: dict[str, Rule] = {}


def rule(*ops: str) -> Callable[[Rule], Rule]:
    """The rule of these operations."""

    def kept(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return kept


class Use:
    """An operation in its place."""

    def __init__(self, walk: OnnxWalk, operation: Operation) -> None:
        self.walk = walk
        self.operation = operation
        # Inputs that are read otherwise than they are stored, by their places.
        self.instead: Mapping[int, Held] = {}

    @property
    def builder(self) -> Builder:
        """Where layers are placed."""
        return self.walk.builder

    @property
    def opset(self) -> int:
        """The version of the standard operations."""
        return self.walk.opset

    # Attributes.

    def number(self, name: str, default: float) -> float:
        """An attribute that is a number."""
        found = self.operation.attributes.get(name, default)
        return found if isinstance(found, (int, float)) else default

    def whole(self, name: str, default: int) -> int:
        """An attribute that is an integer."""
        return int(self.number(name, default))

    def word(self, name: str, default: str) -> str:
        """An attribute that is a text."""
        found = self.operation.attributes.get(name, default)
        return found if isinstance(found, str) else default

    def list(self, name: str) -> tuple[int, ...] | None:
        """An attribute that is a list of integers; None where there is none."""
        found = self.operation.attributes.get(name)
        return tuple(map(int, found)) if isinstance(found, tuple) else None

    def axis(self, rank: int, default: int = 0, name: str = "axis") -> int:
        """An attribute that is an axis, counted from 0."""
        (axis,) = self.axes((self.whole(name, default),), rank)
        return axis

    def axes(self, given: Sequence[int], rank: int) -> tuple[int, ...]:
        """Axes counted from 0. Raises StackError for one that a tensor of this rank has not."""
        for axis in given:
            if not -rank <= axis < rank:
                message = f"{self.operation.title} names axis {axis} of {rank}"
                raise self.builder.refuse("broken-model", message, self.operation)
        return tuple(axis % rank for axis in given)

    # What it reads.

    def has(self, place: int) -> bool:
        """True where the input of this number is there."""
        names = self.operation.inputs
        return place < len(names) and names[place] != ""

    @property
    def count(self) -> int:
        """How many inputs it has."""
        return len(self.operation.inputs)

    def tensor(self, place: int = 0) -> Tensor:
        """An input. Raises StackError where there is none."""
        if not self.has(place):
            message = f"{self.operation.title} has no input {place + 1}"
            raise self.builder.refuse("broken-model", message, self.operation)
        return self.instead.get(place) or self.walk.tensors[self.operation.inputs[place]]

    def tensors(self) -> Iterator[Tensor]:
        """All inputs."""
        return map(self.tensor, range(self.count))

    def view(self, place: int = 0) -> View:
        """An input as an activation; what the file holds becomes a layer that reads nothing."""
        found = self.tensor(place)
        if isinstance(found, View):
            return found
        return self.walk.as_view(found, self.operation.inputs[place], self.operation)

    def held(self, place: int) -> Held:
        """An input that the file holds. Raises NoRuleError where it is calculated."""
        found = self.tensor(place)
        if isinstance(found, Held):
            return found
        raise NoRuleError(f"its input {place + 1} is calculated, not stored")

    def dims(self, place: int = 0) -> Shape:
        """The shape of an input."""
        return self.tensor(place).dims

    def values(self, place: int) -> Small | None:
        """The elements of an input, where they are known."""
        return values_of(self.tensor(place)) if self.has(place) else None

    def sizes(self, place: int) -> tuple[int, ...]:
        """The elements of an input as integers. Raises NoRuleError where they are not known."""
        found = self.values(place)
        if found is None:
            raise NoRuleError(f"its input {place + 1} is known only when it runs")
        return found.whole

    def is_learnt(self, place: int = 0) -> bool:
        """True for an input that training changes, or that is made of one."""
        return self.operation.inputs[place] in self.walk.learnt

    def is_made(self, place: int) -> bool:
        """True for an input that the exporter put there, or that the file says is no parameter."""
        return not self.is_learnt(place) or self.operation.inputs[place].startswith(
            MADE_BY_TORCHSCRIPT
        )

    def counts(self, place: int) -> bool:
        """True for a stored input whose numbers are learnt.

        One number is none that is learnt, unless the file says so.
        """
        name, tensor = self.operation.inputs[place], self.tensor(place)
        if name not in self.walk.learnt or not isinstance(tensor, Held):
            return False
        return tensor.count > 1 or self.walk.is_told(name)

    def counts_learnt(self, counts: Sequence[int]) -> bool:
        """True where learnt arrays are not counted as they are if outputs of so many numbers are.

        They are read again or in part, or more or fewer come out: a layer has to say so.
        """
        learnt = dict(self._learnt_arrays())
        if any(self.walk.is_read_again(name) or one.is_part for name, one in learnt.items()):
            return True
        return bool(learnt) and sum(prod(one.dims) for one in learnt.values()) != sum(counts)

    @property
    def reads_learnt(self) -> bool:
        """True where it reads an array that training changes."""
        return any(True for _ in self._learnt_arrays())

    def learnt_arrays(self) -> Sequence[Held]:
        """The arrays that it reads and that training changes."""
        return [one for _, one in self._learnt_arrays()]

    def _learnt_arrays(self) -> Iterator[tuple[str, Held]]:
        for place, name in enumerate(self.operation.inputs):
            if name and self.counts(place):
                yield name, self.held(place)

    @property
    def looks_up(self) -> bool:
        """True where it takes rows of its first input, a learnt table, by its second."""
        is_table = self.is_learnt() and len(self.dims(0)) == 2
        return is_table and self.whole("axis", 0) in (0, -2) and self.dims(1) not in ((), (0,))

    def single(self, place: int) -> float | None:
        """The number that an input is, where all of its elements are that number."""
        found = self.values(place)
        if found is None or len(set(found.values)) != 1:
            return None
        return found.values[0] if len(found.values) == prod(found.dims) else None

    # What it becomes.

    def pointwise(self, kind: type[Kind], **fields: Any) -> tuple[View]:
        """A layer that works on each element of its first input."""
        return (self.builder.pointwise(kind, fields, self.view(), self.operation),)

    def layer(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        *inputs: View,
        held: Mapping[str, Held] | None = None,
    ) -> int:
        """Places a layer; its index."""
        return self.builder.layer(kind, fields, [view.at for view in inputs], self.operation, held)

    def arranged(self, view: View, wanted: Sequence[tuple[int, ...]]) -> View:
        """The view laid out as `wanted`."""
        return self.builder.arranged(view, wanted, self.operation)

    def isolated(self, view: View, axis: int) -> tuple[View, int]:
        """The view with the tensor's `axis` an axis of its own, and which one that is."""
        wanted = alone(view, axis)
        view = self.arranged(view, wanted)
        return view, place_of(view, axis)

    def cut(self, view: View, axis: int, start: int, stop: int) -> View:
        """The places [start, stop) of the tensor's `axis`."""
        if (start, stop) == (0, view.dims[axis]):
            return view
        from convcalc.importers.cutting import cutting

        place, unit = view.leading(axis), 1
        size, is_inside = view.dims[axis], place is not None
        if place is not None:
            # The outer part of one of our axes: what lies inside comes along.
            unit = view.shape[place] // size
        else:
            view, place = self.isolated(view, axis)
        at = self.layer(*cutting(size, start, stop, place, unit), view)
        if is_inside:
            return view.cut(at, axis, stop - start)
        return view.resized(at, place, stop - start, axis)

    def made(self, how: str, dims: Shape, *others: Held, **fields: object) -> tuple[Held]:
        """A held array that is made of the first input."""
        return (self.held(0).made(how, dims, *others, **fields),)


def alone(view: View, axis: int) -> tuple[tuple[int, ...], ...]:
    """The axes of our layer with those parts that make up the tensor's `axis` in one of its own.

    As they are, where that is so; else the tensor's axes, the channels first.
    """
    parts = view.axes[axis]
    if parts in view.own:
        return view.own
    if not parts:
        return (*view.own, ()) if () not in view.own else view.own
    left = [tuple(part for part in own if part not in parts) for own in view.own]
    kept = [own for own in left if own]
    # It stands where its first part stood.
    place = next(at for at, own in enumerate(view.own) if parts[0] in own)
    before = sum(1 for own in left[:place] if own) + (view.own[place][0] != parts[0])
    return (*kept[:before], parts, *kept[before:])


def place_of(view: View, axis: int) -> int:
    """Which of our axes the tensor's `axis` is."""
    return view.own.index(view.axes[axis])


# Types of whole numbers by their number in TensorProto.DataType.
WHOLE_TYPES = frozenset({2, 3, 4, 5, 6, 7, 12, 13})


def of_whole_numbers(element: str) -> bool:
    """True for an element type of whole numbers."""
    return element.startswith(("int", "uint"))


def values_of(tensor: Tensor) -> Small | None:
    """The elements of what the file holds, where they were read."""
    if isinstance(tensor, Held) and isinstance(tensor.source, Written):
        values = tensor.source.values
        if len(values) == prod(tensor.dims):
            return Small(tensor.dims, values)
    return None


def held_of(values: Small, like: Held | None = None) -> Held:
    """Elements that were worked out, as the file would hold them."""
    is_whole = {*map(type, values.values)} <= {int, bool}
    element = like.element if like is not None else "int64" if is_whole else "float32"
    name = like.name if like is not None else ""
    return Held(name, values.dims, element, Written(values.values))
