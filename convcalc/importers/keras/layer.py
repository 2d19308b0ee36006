"""One call of a layer on its way to layers of ours: its fields, its arrays, and its tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isfinite
from typing import Any

from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.keras.arguments import stored_as
from convcalc.importers.model import Module, Operation
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.values import Stored, Value
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.base import Kind
from convcalc.kinds.opaque import Opaque
from convcalc.network.held import Element, Held, Written

Arrays = Callable[[Operation, str, str, Shape, Element], Held]
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Layer:
    """A call of a layer.

    `arrays` gives the array of a call by the part of the layer that has it, its name, and its
    shape; `version` is 2 or 3, that of Keras.
    """

    call: Call
    arrays: Arrays
    version: int

    @property
    def operation(self) -> Operation:
        """The call as the file has it."""
        return self.call.operation

    @property
    def config(self) -> Mapping[str, Any]:
        """The fields that the layer was made with."""
        found: Mapping[str, Any] = self.operation.attributes["config"]  # type: ignore[assignment]
        return found

    # Fields.

    def field(self, *names: str, default: Any = _MISSING) -> Any:
        """A field by its name, or by older ones. Raises NoRuleError where it is missing."""
        for name in names:
            if self.config.get(name) is not None:
                return self.config[name]
        if default is _MISSING:
            raise NoRuleError(f"it has no `{names[0]}`")
        return default

    def whole(self, *names: str, default: Any = _MISSING) -> int:
        """A whole number."""
        found = self.field(*names, default=default)
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if not isinstance(found, int) or isinstance(found, bool):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return found

    def number(self, *names: str, default: Any = _MISSING) -> float:
        """A finite number, which older files wrote as an array of one."""
        found = self.field(*names, default=default)
        if isinstance(found, dict):
            found = found.get("value", found.get("config"))
        if not isinstance(found, int | float) or isinstance(found, bool) or not isfinite(found):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return found

    def flag(self, *names: str, default: Any = _MISSING) -> bool:
        """True or false, which numpy's are written as 1 or 0."""
        found = self.field(*names, default=default)
        if found not in (0, 1):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return bool(found)

    def word(self, *names: str, default: Any = _MISSING) -> str:
        """A word, in small letters."""
        found = self.field(*names, default=default)
        if not isinstance(found, str):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return found.lower()

    def sizes(self, *names: str, rank: int, default: Any = _MISSING) -> tuple[int, ...]:
        """A whole number an axis; one alone holds for all."""
        found = self.field(*names, default=default)
        values = found if isinstance(found, list | tuple) else (found,) * rank
        if len(values) == 1:
            values = tuple(values) * rank
        if len(values) != rank or not all(_is_whole(one) for one in values):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}, for {rank} axes")
        return tuple(values)

    @property
    def is_channels_first(self) -> bool:
        """True where the channels stand before the map."""
        return bool(self.field("data_format", default="") == "channels_first")

    # Parts of a layer that become layers of their own.

    def part(self, word: str, op: str = "") -> Layer:
        """A part of the layer, in its module."""
        name = f"{self.operation.name}.{word}"
        path = (*self.operation.path, Module(name, op or word))
        return self.of(replace(self.operation, name=name, path=path, op=op or word))

    def beside(self, word: str) -> Layer:
        """What is done behind the layer, as a module beside it."""
        name = f"{self.operation.name}.{word}"
        path = (*self.operation.path[:-1], Module(name, word))
        return self.of(replace(self.operation, name=name, path=path, op=word))

    def made_with(self, config: Mapping[str, Any]) -> Layer:
        """The same with other fields."""
        attributes = {**self.operation.attributes, "config": config}
        return self.of(replace(self.operation, attributes=attributes))

    def named(self, name: object) -> Layer:
        """The same with a name more for its arrays, where they are stored by names."""
        attributes = self.operation.attributes
        layers: tuple[object, ...] = attributes["layers"]  # type: ignore[assignment]
        more = (name,) if isinstance(name, str) else ()
        return self.of(
            replace(self.operation, attributes={**attributes, "layers": (*layers, *more)})
        )

    def of(self, operation: Operation) -> Layer:
        """The same as another operation."""
        return replace(self, call=self.call._replace(operation=operation))

    # Arrays.

    def array(self, name: str, dims: Shape, learnt: bool = True, inside: str = "") -> Stored:
        """An array of the layer, or of what is `inside` of it, in the layout of the file.

        Arrays are asked for in the order in which the layer makes them: files count them.
        """
        return self._array(name, dims, learnt, inside, "float32")

    def _array(self, name: str, dims: Shape, learnt: bool, inside: str, element: Element) -> Stored:
        where = f"/{inside}" if inside else ""
        held = self.arrays(self.operation, where, name, dims, element)
        return Stored(held, held_view(held), learnt)

    @property
    def stored_as(self) -> str:
        """What the layer's matrix is stored as; "" for the reals that it is."""
        return stored_as(self.config)

    def matrix(self, name: str, dims: Shape) -> Stored:
        """An array of the layer that may be stored as integers; `scaled` makes reals of it."""
        return self._array(name, dims, True, "", "int8" if self.stored_as else "float32")

    def scaled(self, matrix: Stored, name: str, dims: Shape, over: Shape) -> Stored:
        """The matrix over its scales, an array that stands behind its others, seen as `over`."""
        if not self.stored_as:
            return matrix
        scale = self.array(name, dims).held
        return matrix._replace(held=matrix.held.made("over", matrix.held.dims, scale, shape=over))

    def written(self, name: str, values: Sequence[Any]) -> Stored:
        """Numbers that stand among the fields or arguments, in lists of lists for several axes.

        Raises NoRuleError where the lists have unequal lengths, or hold something else.
        """
        dims: Shape = (len(values),)
        numbers = tuple(values)
        while numbers and isinstance(numbers[0], list | tuple):
            lengths = {len(one) if isinstance(one, list | tuple) else -1 for one in numbers}
            if len(lengths) > 1:
                raise NoRuleError(f"the rows of its `{name}` have unequal lengths")
            dims = (*dims, *lengths)
            numbers = tuple(chain.from_iterable(numbers))
        if not numbers or not all(
            isinstance(one, int | float) and isfinite(one) for one in numbers
        ):
            raise NoRuleError(f"its `{name}` is no array of numbers")
        held = Held(f"{self.operation.name}/{name}", dims, "float32", Written(numbers))
        return Stored(held, held_view(held), False)

    # Tensors.

    def view(self, value: Value) -> View:
        """The tensor as a layer."""
        return self.call.view(value)

    def views(self, values: object) -> list[View]:
        """The tensors among what a call gives, one or several, but for those of one number."""
        every = values if isinstance(values, list | tuple) else [values]
        return [self.view(one) for one in every if isinstance(one, View | Stored)]

    def map(self, value: Value, rank: int) -> View:
        """The tensor of a map as `(N, C, *S)`. Raises NoRuleError where it has other axes."""
        view = self.view(value)
        if len(view.axes) != rank + 2:
            raise NoRuleError(f"its input has {len(view.axes)} axes")
        return self.channels_second(view)

    def channels_second(self, view: View) -> View:
        """`(N, *S, C)` as `(N, C, *S)`."""
        last = len(view.axes) - 1
        if self.is_channels_first or last < 2:
            return view
        return view.transposed([0, last, *range(1, last)])

    def as_it_was(self, view: View) -> View:
        """`(N, C, *S)` as the source has it: `channels_second` the other way round."""
        last = len(view.axes) - 1
        if self.is_channels_first or last < 2:
            return view
        return view.transposed([0, *range(2, last + 1), 1])

    # Layers.

    def layer(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        *inputs: View,
        held: Mapping[str, Held] | None = None,
    ) -> int:
        """Places a layer; its index."""
        return self.call.layer(kind, fields, *inputs, held=held)

    def same(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        view: View,
        held: Mapping[str, Held] | None = None,
    ) -> View:
        """A layer that keeps the shape, however the axes lie."""
        return self.call.same(kind, fields, view, held)

    def opaque(
        self,
        dims: Shape,
        inputs: Sequence[View],
        why: str,
        params: int | None = None,
        macs: int | None = None,
        buffers: int | None = None,
    ) -> View:
        """A layer that is told, not known, with a tensor of `dims` behind it."""
        same = next((view for view in inputs if view.dims == dims), None)
        shape = same.shape if same is not None else own_shape(dims, self.is_channels_first)
        fields = {
            "output": shape,
            "params": params,
            "buffers": buffers if params is None else buffers or 0,
            "macs": macs,
            "reads": None,
            "note": f"{self.operation.op}: {why}"[:120],
        }
        at = self.layer(Opaque, fields, *dict.fromkeys(inputs))
        return same.on(at) if same is not None else laid(at, shape, dims, self.is_channels_first)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _order(dims: Shape, is_first: bool) -> list[int]:
    """The axes of a tensor `(N, *S, C)` as our layer has them: channels, samples if any, map."""
    rank = len(dims)
    axes = [*range(1, rank)] if is_first or rank < 2 else [rank - 1, *range(1, rank - 1)]
    if dims[:1] not in ((1,), ()):
        axes.insert(1, 0)
    return axes


def own_shape(dims: Shape, is_first: bool) -> Shape:
    """The shape of our layer for a tensor `(N, *S, C)`.

    >>> own_shape((1, 28, 32, 3), False), own_shape((1, 10), False), own_shape((1,), False)
    ((3, 28, 32), (10,), (1,))
    >>> own_shape((5, 7, 3), False)
    (3, 5, 7)
    """
    shape = tuple(dims[axis] for axis in _order(dims, is_first))
    if len(shape) > 1 + MAX_RANK:
        raise NoRuleError("its shape has too many axes")
    return shape or (1,)


def laid(at: int, shape: Shape, dims: Shape, is_first: bool) -> View:
    """The tensor of `own_shape`."""
    order = _order(dims, is_first)
    return whole(at, shape, [(order.index(n),) if n in order else () for n in range(len(dims))])
