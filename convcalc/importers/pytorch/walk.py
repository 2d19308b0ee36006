"""The walk over an exported program: each operation read by its rule, as layers of ours."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from convcalc.core.shapes import Shape, format_shape
from convcalc.importers.along_samples import MixedSamplesError
from convcalc.importers.building import Builder
from convcalc.importers.fitting import check_fit
from convcalc.importers.model import Model, Operation, makers_of
from convcalc.importers.named_arguments import UNFIT, Named, Number, filled_in, looked_up, why_unfit
from convcalc.importers.named_axes import NoAxisError
from convcalc.importers.network import Walk
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch import unread
from convcalc.importers.pytorch.call import Call, few
from convcalc.importers.pytorch.mixed_samples import BatchElsewhereError, SampleAxes
from convcalc.importers.pytorch.program import Program, begins_of
from convcalc.importers.pytorch.rules import looks_on, rule_of
from convcalc.importers.pytorch.rules.attending import PIECES_OF_ATTENTION
from convcalc.importers.pytorch.rules.parts import PIECES_OF_PHASES, part
from convcalc.importers.pytorch.rules.putting import put
from convcalc.importers.pytorch.spread_samples import for_one
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.pytorch.writing import Write, Writes, is_write
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View
from convcalc.kinds.base.stated import MAX_SIZE
from convcalc.network.held import Held

# What the schemas call the first tensor, and other words for one thing.
_NAMES = {
    "self": "x",
    "input": "x",
    "mat2": "other",
    "shape": "size",
    "ord": "p",
    "split_sizes": "split_size",
}
# Sums over whole numbers that a program works out.
_OF_NUMBERS: dict[str, Callable[..., Any]] = {
    "operator.add": operator.add,
    "operator.sub": operator.sub,
    "operator.mul": operator.mul,
    "operator.floordiv": operator.floordiv,
    "operator.mod": operator.mod,
    "operator.neg": operator.neg,
}
# What was found to be one, and may be its pieces all the same.
_OF_PIECES = (PIECES_OF_ATTENTION, PIECES_OF_PHASES)
# Sequences that an operator works along: its arguments, and which of their axes.
_ALONG: dict[str, dict[str, int]] = {
    "aten.scaled_dot_product_attention": {"query": -2, "key": -2, "value": -2},
    "aten.bmm": {"self": -1, "mat2": -2},
    "aten.matmul": {"self": -1, "other": -2},
    PIECES_OF_ATTENTION: {"query": -2, "value": -2},
}


class ProgramWalk(Walk):
    """One walk at given input shapes; all of it is of one sample."""

    def __init__(
        self, model: Model, builder: Builder, views: Mapping[str, View], dims: Mapping[str, Shape]
    ) -> None:
        super().__init__(model, builder, views, dims)
        assert isinstance(model, Program)
        self.program = model
        self.values: dict[str, Value | None] = dict(views)
        self.numbers: dict[str, Any] = {}
        self.sources: dict[Held, View] = {}
        self.writes = Writes(model)
        self.wanted = self.writes.wanted
        self.is_changed = any(
            model.of_a_sample(name, size) != model.of_a_sample(name, model.example.get(name, ()))
            for name, size in dims.items()
        )
        self._along = SampleAxes(model, self.is_changed)

    def outputs(self) -> dict[str, View]:
        """Places every operation that leads to an output; the views of the outputs, by name."""
        for name, held in self.program.constants.items():
            view = held_view(held)
            if not held.dims:
                view = view._replace(axes=())
            self.values[name] = Stored(held, view, name in self.program.learnt)
        for operation in self.program.operations:
            if self.writes.wanted.intersection(operation.outputs):
                self._place(operation)
        self._along.refuse_outputs()
        found = {}
        makers = makers_of(self.program)
        for name in dict.fromkeys(self.program.outputs):
            value = self.values.get(name)
            if value is not None:
                maker = makers.get(name) or Operation("output", name, (), ())
                found[name] = self._output(name, value, maker)
        return found

    def _output(self, name: str, value: Value, operation: Operation) -> View:
        """The output with each axis of the tensor an axis of its own."""
        if not isinstance(value, View | Stored | Filled):
            message = f"the output `{name}` is no tensor"
            raise self.builder.refuse("broken-model", message, operation)
        call = self._call(operation)
        try:
            view = call.view(value)
            axes = [axis for axis in view.axes if axis]
            if set(axes) - set(view.own):
                first = next((axis for axis in axes if set(axis) & set(view.own[0])), None)
                ordered = sorted(axes, key=lambda axis: axis != first) or [()]
                view = call.arranged(view, few(ordered))
        except NoRuleError as error:
            raise self._refusal(operation, str(error)) from error
        return self.builder.output(view, operation)

    def _place(self, operation: Operation) -> None:
        if operation.op in _OF_NUMBERS or operation.op == "aten.sym_size":
            self._count(operation)
            return
        call = self._call(operation)
        start = len(self.builder.placed)
        try:
            found = self._empty(operation) or self._tried(call)
        except NoAxisError as error:
            message = f"{operation.title} {error}"
            raise self.builder.refuse("broken-model", message, operation) from error
        except NoRuleError as error:
            last = operation.attributes.get("last")
            # A file may have an operator of that name; its arguments are no operations.
            if operation.op in _OF_PIECES and isinstance(last, Operation):
                self.builder.undo(start)
                self._as_written(last)
                return
            if rule_of(operation.op) is not None:
                self._along.refuse_spread(operation)
            found = self._unread(call, str(error), error.macs)
            if isinstance(error, MixedSamplesError):
                self.builder.mixing += [one.layer for one in self.builder.placed[start:]]
        except UNFIT as error:
            found = self._unread(call, why_unfit(error, "arguments"))
        for name, value in zip(operation.outputs, found, strict=False):
            self._check(operation, name, value)
            self.values[name] = value
        # What is only written into takes no layer.
        self.builder.undo(start, () if looks_on(operation.op) else found)
        is_worked = any(one.facts.macs for one in self.builder.placed[start:])
        self._along.trace(operation, self.values, is_worked=is_worked)
        write = self.writes.writes.get(operation.number)
        if write and found and found[0] is not None:
            self._written(write, found[0])

    def _as_written(self, last: Operation) -> None:
        """Places an operation and what leads to it, which were taken for one layer."""
        wanted, leading = {*last.inputs}, [last]
        for operation in reversed(self.program.operations):
            new = wanted.intersection(operation.outputs).difference(self.values)
            if new and operation.number < last.number:
                leading.append(operation)
                wanted.update(operation.inputs)
        self.wanted |= wanted
        for operation in reversed(leading):
            self._place(operation)

    def _call(self, operation: Operation) -> Call:
        example = {} if self.is_changed else self.program.example
        return Call(
            self.builder,
            operation,
            self.sources,
            self.writes.tied,
            self.wanted,
            self.program.elements,
            self.program.samples,
            self.program.batch,
            example.get(next(iter(operation.inputs), "")),
            example.get(operation.name),
            self._along.ahead_of(next(iter(operation.inputs), ""), self.values),
        )

    def _written(self, write: Write, value: Value) -> None:
        """Lets everybody who reads the memory from now on read what was written there."""
        self.values[write.tensor] = value
        for look in write.back:
            base = look.operand
            value = self._put(look, self.values.get(base), value)
            self.values[base] = value
        for look in write.again:
            if is_write(look.op):
                self.values[look.result] = self.values[look.operand]
            else:
                self.values[look.result], *_ = self._found(self._call(look))

    def _put(self, look: Operation, whole: Value | None, part: Value) -> Value:
        """The tensor `whole` with what was written into `part`, which `look` made of it."""
        call = self._call(look)
        if whole is None:
            raise self._refusal(look, "of what it looks at nothing is known")
        if is_write(look.op):
            return part
        try:
            return put(call, whole, part, **self._arguments(look))
        except (NoRuleError, *UNFIT) as error:
            if self.is_changed or look.operand not in self.program.example:
                raise self._refusal(look, str(error)) from error
            (found,) = unread.placed(call, [whole, part], [whole.dims], str(error), None)
            assert found is not None
            return found

    def _empty(self, operation: Operation) -> list[Any]:
        """What stands for outputs that have no elements."""
        shapes = [self.program.example.get(name) for name in operation.outputs]
        if any(shape is None or 0 not in shape for shape in shapes):
            return []
        return [Filled(shape, 0) for shape in shapes if shape is not None]

    def _arguments(self, operation: Operation) -> dict[str, Any]:
        found = {
            _NAMES.get(name, name): self._valued(value)
            for name, value in operation.attributes.items()
        }
        axis = self.program.spread.get(operation.name)
        if axis is not None:
            for_one(operation, axis, self.program.samples, found)
        return found

    def _tried(self, call: Call) -> list[Any]:
        try:
            return self._found(call)
        except BatchElsewhereError:
            if self.program.is_settled:
                raise MixedSamplesError from None
            raise

    def _found(self, call: Call) -> list[Any]:
        operation = call.operation
        rule = rule_of(operation.op)
        if rule is None:
            raise NoRuleError("no layer of ours does this")
        if not looks_on(operation.op) and self._is_constant(operation):
            raise NoRuleError("it is worked out of constants")
        self._refuse_mixed(operation)
        self._along.check(operation, self.values)
        arguments = self._arguments(operation)
        check_fit(rule, (call,), arguments)
        arguments |= self._along.groups_of_one(operation, self.values)
        found = rule(call, **arguments)
        made = found if isinstance(found, list) else [found]
        if any(one is None and call.is_read(number) for number, one in enumerate(made)):
            raise NoRuleError("more of it is read than is known")
        self._along.keep(operation, made, self.values)
        return made

    def _refuse_mixed(self, operation: Operation) -> None:
        """Raises BatchElsewhereError where the operator works along samples."""
        if self.is_changed:
            return
        for name in begins_of(operation):
            # Layers and directions, of which there may be several where there is one sample.
            if isinstance(self.values.get(name), View):
                self._refuse_fewer(name, 0)
        if self.program.samples == 1:
            return
        # Letters of an equation say by themselves what is summed over.
        along = {} if operation.attributes.get("letters") else dict(_ALONG.get(operation.op, {}))
        if "batch_first" in operation.attributes:
            along["input"] = 1 if operation.attributes["batch_first"] else 0
        for word, axis in along.items():
            self._refuse_fewer(operation.attributes.get(word), axis)

    def _refuse_fewer(self, name: object, axis: int) -> None:
        """Raises BatchElsewhereError where a tensor has fewer along an axis than in the example."""
        value, stated = self.values.get(str(name)), self.program.example.get(str(name), ())
        if value is None or len(value.dims) != len(stated) or len(stated) < 2:
            return
        if value.dims[axis] != stated[axis]:
            raise BatchElsewhereError

    def _is_constant(self, operation: Operation) -> bool:
        """True where all that it reads are stored tensors which are not learnt."""
        values = [self.values.get(name) for name in operation.inputs]
        return bool(values) and all(
            isinstance(one, Filled) or (isinstance(one, Stored) and not one.is_learnt)
            for one in values
        )

    def _unread(self, call: Call, why: str, macs: int | None = None) -> list[Value | None]:
        """What stands for an operation that no rule reads: its shape, as far as it is known."""
        operation = call.operation
        values = [self.values.get(name) for name in operation.inputs]
        shapes = [
            self._of_one_sample(name, self._along.axis_through(operation, name, self.values))
            for name in operation.outputs
        ]
        wanted = [name in self.wanted for name in operation.outputs]
        if self.is_changed or any(
            shape is None and is_wanted for shape, is_wanted in zip(shapes, wanted, strict=True)
        ):
            raise self._refusal(operation, why)
        known = [one for one in values if one is not None]
        if not unread.is_of_input(call, known):
            return [self._constant(call, number) for number in range(len(shapes))]
        return unread.placed(call, known, shapes, why, macs)

    def _constant(self, call: Call, number: int) -> Value | None:
        """A constant that the program works out of constants, for one sample."""
        name = call.operation.outputs[number]
        shape = self.program.example.get(name)
        if shape is None or not call.is_read(number):
            return None
        try:
            arguments = self._arguments(call.operation)
        except NoRuleError:
            arguments = None
        along = self._along.axis_through(call.operation, name, self.values)
        if self.program.spread and along is not None:
            return unread.constant(call, self._of_one_sample(name, along) or (), number, arguments)
        found = unread.constant(call, shape, number, arguments)
        batch, samples = self.program.batch, self.program.samples
        if samples > 1 and shape[batch : batch + 1] == (samples,):
            return part(call, found, batch, 0, 1)
        return found

    def _of_one_sample(self, name: str, along: int | None = None) -> Shape | None:
        """The shape of a tensor that the file states, less all samples but one.

        They stand `along` an axis, if at all, where that is known.
        """
        shape = self.program.example.get(name)
        samples = self.program.samples
        for axis in (self.program.batch, 0) if along is None else (along,):
            if shape and len(shape) > axis and samples > 1 and shape[axis] % samples == 0:
                return (*shape[:axis], shape[axis] // samples, *shape[axis + 1 :])
        return shape

    def _valued(self, argument: Any) -> Any:
        """An argument with tensors and numbers in place of their names."""
        return filled_in(argument, self._known)

    def _known(self, name: Named) -> Any:
        return self._number(name) if isinstance(name, Number) else looked_up(self.values, name)

    def _number(self, name: str) -> int | float | bool:
        if name in self.numbers:
            found: int | float | bool = self.numbers[name]
            return found
        if name in self.program.numbers:
            return self.program.numbers[name]
        raise NoRuleError(f"it reads the number `{name}`, which is not known")

    def _count(self, operation: Operation) -> None:
        """A number that the program works out from sizes."""
        try:
            given = [self._valued(value) for value in operation.attributes.values()]
            if operation.op == "aten.sym_size":
                found: Any = given[0].dims[given[1]]
            else:
                found = _worked_out(operation.op, given)
        except (NoRuleError, *UNFIT):
            # What the file says it was in the example.
            return
        for name in operation.outputs:
            self.numbers[name] = found

    def _check(self, operation: Operation, name: str, value: Any) -> None:
        """Holds the shape that was found against the one that the file states."""
        stated = self._of_one_sample(name)
        if not isinstance(value, View | Stored | Filled) or stated is None or self.is_changed:
            return
        if value.dims != stated and not self._is_one_sample(value.dims, name):
            raise self._refusal(
                operation,
                f"it comes to {_written(value.dims)}, and the file says {_written(stated)}",
            )

    def _is_one_sample(self, dims: Shape, name: str) -> bool:
        """True where the file states this shape, with all of its samples along one axis or none."""
        stated = self.program.example[name]
        if len(stated) != len(dims):
            return False
        unequal = [pair for pair in zip(dims, stated, strict=True) if pair[0] != pair[1]]
        factors = [all_ == one * self.program.samples for one, all_ in unequal]
        return len(unequal) <= 1 and all(factors)

    def _refusal(self, operation: Operation, why: str) -> Exception:
        return self.builder.refuse(
            "unknown-operation",
            f"{operation.title} cannot be read: {why}",
            operation,
        )


def _worked_out(op: str, given: Sequence[Any]) -> int | float:
    """Raises TypeError for what is no number, and OverflowError for one that is no size."""
    if not all(isinstance(value, int | float) for value in given):
        # A text or a list times a number is so many copies of it.
        raise TypeError("it is worked out of something that is no number")
    found: int | float = _OF_NUMBERS[op](*given)
    if abs(found) > MAX_SIZE:
        raise OverflowError(f"it comes to more than {MAX_SIZE}")
    return found


def _written(shape: Iterable[int]) -> str:
    return format_shape(tuple(shape)) if tuple(shape) else "a number"
