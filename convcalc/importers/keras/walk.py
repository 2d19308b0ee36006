"""The walk over a Keras model: each call of a layer read by the rule of its class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from convcalc.core.shapes import Shape, format_shape
from convcalc.importers.building import Builder
from convcalc.importers.fitting import check_fit
from convcalc.importers.keras.arguments import low_rank_of
from convcalc.importers.keras.config import KerasModel
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.mixed_samples import SampleAxes
from convcalc.importers.keras.rules import AS_INTEGERS, rule_of
from convcalc.importers.keras.rules.functions import LAMBDA, given_shape
from convcalc.importers.keras.weights import Asked, Weights
from convcalc.importers.model import Model, Operation, makers_of
from convcalc.importers.named_arguments import UNFIT, filled_in, looked_up, why_unfit
from convcalc.importers.named_axes import NoAxisError
from convcalc.importers.network import Walk
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call, few
from convcalc.importers.pytorch.rules.attending import PIECES_OF_ATTENTION
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.tensor_views import View
from convcalc.network.held import Absent, Element, Held

_EXPORT = 'in Python: model.export("model.onnx", format="onnx"), and give that'
# By the version of Keras: what makes a file state the shape behind a layer.
_HELP = {
    2: f"save it with Keras 3, which writes shapes: model.save('model.keras'); or {_EXPORT}",
    3: f"put keras.layers.Identity() behind it and save the model again, which writes its shape; "
    f"or {_EXPORT}",
}


class KerasWalk(Walk):
    """One walk at given input shapes; all of it is of one sample."""

    def __init__(
        self, model: Model, builder: Builder, views: Mapping[str, View], dims: Mapping[str, Shape]
    ) -> None:
        super().__init__(model, builder, views, dims)
        assert isinstance(model, KerasModel)
        self.model: KerasModel = model
        self.values: dict[str, Value] = dict(views)
        self.sources: dict[Held, View] = {}
        self.held: dict[str, dict[str, Held]] = {}
        self.wanted = _wanted(model)
        self._along = SampleAxes(model.inputs)
        self.is_changed = any(
            not _agrees(size[1:], model.inputs[name][1:]) for name, size in dims.items()
        )

    def outputs(self) -> dict[str, View]:
        """Places every operation; the views of the outputs, by name."""
        for operation in self.model.operations:
            if any(name in self.wanted for name in operation.outputs):
                self._place(operation)
        makers = makers_of(self.model)
        return {
            name: self._output(
                self.values[name], makers.get(name) or Operation("output", name, (), ())
            )
            for name in self.model.outputs
        }

    def _output(self, value: Value, operation: Operation) -> View:
        """The output with each axis of the tensor an axis of its own, as far as ours are enough."""
        call = Call(self.builder, operation, self.sources, frozenset())
        try:
            view = call.view(value)
            axes = [axis for axis in view.axes if axis]
            if set(axes) != {axis for axis in view.own if axis}:
                view = call.arranged(view, few([*axes[-1:], *axes[:-1]], 1))
        except NoRuleError as error:
            raise self._refusal(operation, str(error)) from error
        return self.builder.output(view, operation)

    def _place(self, operation: Operation) -> None:
        call = Call(self.builder, operation, self.sources, frozenset(), self.wanted)
        layer = Layer(call, self._array, self.model.version)
        start = len(self.builder.placed)
        try:
            self._along.check(operation, self.values)
            found = self._found(layer)
            self._along.keep(operation, found, self.values)
        except NoAxisError as error:
            message = f"{operation.title} {error}"
            raise self.builder.refuse("broken-model", message, operation) from error
        except NoRuleError as error:
            kwargs: Any = operation.attributes["kwargs"]
            # A file may have a class of that name; its arguments are no operations.
            last = kwargs.get("last") if operation.op == PIECES_OF_ATTENTION else None
            if isinstance(last, Operation):
                self.builder.undo(start)
                self._as_written(last)
                return
            found = self._unread(layer, str(error))
        except UNFIT as error:
            found = self._unread(layer, why_unfit(error, "fields"))
        self.builder.undo(start, found)
        for name, value in zip(operation.outputs, found, strict=False):
            if value is not None:
                self._check(operation, name, value)
                self.values[name] = value
        missing = [name for name in operation.outputs if name not in self.values]
        if self.wanted.intersection(missing):
            raise self._refusal(operation, "it has fewer outputs than are read")

    def _as_written(self, last: Operation) -> None:
        """Places an operation and what leads to it, which were taken for one layer."""
        leading, wanted = [last], {*last.inputs}
        for operation in reversed(self.model.operations):
            if wanted.intersection(operation.outputs).difference(self.values):
                leading.append(operation)
                wanted.update(operation.inputs)
        self.wanted |= wanted
        for operation in reversed(leading):
            self._place(operation)

    def _found(self, layer: Layer) -> list[Any]:
        operation = layer.operation
        if layer.stored_as and (layer.stored_as, operation.op) not in AS_INTEGERS:
            raise NoRuleError(f"its weights are stored as {layer.stored_as}")
        rule = rule_of(operation.op)
        if rule is None:
            raise NoRuleError("no layer of ours does this")
        known = partial(looked_up, self.values)
        args = filled_in(operation.attributes["args"], known)
        kwargs = filled_in(operation.attributes["kwargs"], known)
        check_fit(rule, (layer, *args), kwargs)
        made = rule(layer, *args, **kwargs)
        found = made if isinstance(made, list) else [made]
        if not all(one is None or isinstance(one, View | Stored | Filled) for one in found):
            raise NoRuleError("it gives several tensors as one")
        return found

    def _array(
        self, operation: Operation, inside: str, name: str, dims: Shape, element: Element
    ) -> Held:
        """An array of a layer, one and the same for every call of it."""
        group: str = operation.attributes["stored"]  # type: ignore[assignment]
        layers: tuple[str, ...] = operation.attributes["layers"]  # type: ignore[assignment]
        arrays = self.held.setdefault(f"{group}{inside}", {})
        if name not in arrays:
            weights = self.model.weights
            asked = Asked(group, inside, len(arrays), name, layers, dims, element)
            source = weights if isinstance(weights, Absent) else weights.source(asked)
            arrays[name] = Held(asked.label, dims, element, source)
            low = low_rank_of(operation.attributes["config"], name)
            if low and isinstance(weights, Weights) and weights.has_low_rank:
                if element != "float32":
                    raise NoRuleError("low-rank arrays stand beside its integers")
                thin = [
                    self._array(operation, inside, f"lora_{name}_{end}", shape, element)
                    for end, shape in (("a", (*dims[:-1], low.rank)), ("b", (low.rank, dims[-1])))
                ]
                arrays[name] = arrays[name].made("low_rank", dims, *thin, by=low.scale)
        return arrays[name]

    def _unread(self, layer: Layer, why: str) -> list[Value | None]:
        """What stands for a layer that no rule reads: its shape, as far as the file states it."""
        operation = layer.operation
        views = [
            layer.view(value)
            for name in operation.inputs
            if not isinstance(value := self.values[name], Filled)
        ]
        found: list[Value | None] = []
        for name in operation.outputs:
            if name not in self.wanted:
                found.append(None)
                continue
            dims = self._stated(name)
            if dims is None and operation.op == LAMBDA:
                dims, why = given_shape(layer, views, why)
            if dims is None:
                raise self._refusal(operation, why, _HELP[self.model.version])
            figures = (None, None) if not any(found) else (0, 0)
            try:
                found.append(layer.opaque(dims, views, why, *figures))
            except NoRuleError as error:
                raise self._refusal(operation, f"{why}, and {error}") from error
        return found

    def _stated(self, name: str) -> Shape | None:
        """The shape of a tensor that the file states, for one sample."""
        declared = self.model.shapes.get(name)
        if declared is None or self.is_changed:
            return None
        sizes = (1, *declared[1:])
        return tuple(one for one in sizes if isinstance(one, int)) if "" not in sizes else None

    def _check(self, operation: Operation, name: str, value: Value) -> None:
        """Holds the shape that was found against the one that the file states."""
        declared = self.model.shapes.get(name)
        if declared is None or self.is_changed or not isinstance(value, View | Stored | Filled):
            return
        if not _agrees(value.dims[1:], declared[1:]):
            stated = "x".join(str(size or "?") for size in declared[1:]) or "a number"
            found = format_shape(value.dims[1:]) if value.dims[1:] else "a number"
            raise self._refusal(operation, f"it comes to {found}, and the file says {stated}")

    def _refusal(self, operation: Operation, why: str, help: str = _EXPORT) -> Exception:
        return self.builder.refuse(
            "unknown-operation",
            f"{operation.title} cannot be read: {why}",
            operation,
            help=help,
        )


def _wanted(model: Model) -> frozenset[str]:
    """The tensors that outputs are made of; others are of masks alone."""
    found = set(model.outputs)
    for one in reversed(model.operations):
        if found.intersection(one.outputs):
            found.update(one.inputs)
    return frozenset(found)


def _agrees(dims: Shape, declared: tuple[int | str, ...]) -> bool:
    """True where every declared size is this one, or open."""
    return len(dims) == len(declared) and all(
        size == told or isinstance(told, str) for size, told in zip(dims, declared, strict=True)
    )
