"""A walk over an ONNX graph: small tensors are worked out, everything else becomes layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.building import Builder, NoRuleError
from convcalc.importers.model import Model, Operation
from convcalc.importers.network import Walk
from convcalc.importers.onnx import rules
from convcalc.importers.onnx.folding import FoldError
from convcalc.importers.onnx.rules.pointwise import function
from convcalc.importers.onnx.shapes import is_elementwise, only_picks, output_shapes
from convcalc.importers.onnx.small_tensors import folded
from convcalc.importers.onnx.use import Tensor, Use
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.identity_family import Identity
from convcalc.kinds.opaque import Opaque
from convcalc.network.held import Held

# What comes of inputs and attributes that are too few, too many, or of the wrong type.
_ODD = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)


class OnnxWalk(Walk):
    """One walk at given input shapes; `tensors` are those that are known so far, by name."""

    # What makes a file say which shapes come out.
    repair = "run onnx's shape inference on it first: onnx.shape_inference.infer_shapes_path"

    def __init__(
        self, model: Model, builder: Builder, views: Mapping[str, View], dims: Mapping[str, Shape]
    ) -> None:
        super().__init__(model, builder, views, dims)
        self.opset = model.version
        self.tensors: dict[str, Tensor] = {**model.constants, **views}
        # Names of stored tensors that training changes, and of what is made of them.
        self.learnt = set(model.learnt)
        self._read = {name for one in model.operations for name in one.inputs} | {*model.outputs}
        # Held arrays that became layers, and by which name.
        self._sources: dict[str, View] = {}

    def outputs(self) -> dict[str, View]:
        """Places every operation that an output depends on; the views of the outputs."""
        for operation in needed(self.model):
            self._place(operation)
        found = {}
        last = self.model.operations[-1]
        makers = {name: one for one in self.model.operations for name in one.outputs}
        for name in self.model.outputs:
            tensor = self.tensors.get(name)
            if tensor is None:
                message = f"nothing makes the output `{name}`"
                raise self.builder.refuse("broken-model", message, last)
            if isinstance(tensor, Held):
                continue
            found[name] = self._output(tensor, makers.get(name, last))
        if not found:
            raise self.builder.refuse("empty-network", "no output depends on an input", last)
        return found

    def _output(self, view: View, operation: Operation) -> View:
        """The view with each axis of the tensor an axis of its own, the channels first."""
        builder = self.builder
        axes = [axis for axis in view.axes if axis]
        if set(axes) - set(view.own):
            first = next((axis for axis in axes if set(axis) & set(view.own[0])), None)
            ordered = sorted(axes, key=lambda axis: axis != first) or [()]
            try:
                view = builder.arranged(view, ordered, operation)
            except NoRuleError:
                view = builder.plain(view, operation)
        if view.at < builder.input_count:
            view = view.on(builder.layer(Identity, {}, (view.at,), operation))
        return view

    def _place(self, operation: Operation) -> None:
        for name in operation.inputs:
            if name and name not in self.tensors:
                message = f"{operation.title} reads `{name}`, which nothing before it makes"
                raise self.builder.refuse("broken-model", message, operation)
        use = Use(self, operation)
        try:
            made = folded(use)
            if made is None:
                found = rules.RULES.get(operation.op)
                made = found(use) if found is not None else function(use)
        except NoRuleError as error:
            made = self._unknown(use, str(error))
        except FoldError as error:
            message = f"{operation.title} cannot be worked out"
            raise self.builder.refuse(
                "broken-model", message, operation, note=str(error), help=self.builder.listing.baked
            ) from error
        except _ODD as error:
            # Whatever a stranger's file may hold, it is a finding.
            message = f"{operation.title} is not as the operation wants it"
            note = f"{type(error).__name__}: {error}"
            raise self.builder.refuse("broken-model", message, operation, note=note) from error
        for name, tensor in zip(operation.outputs, made, strict=False):
            self.tensors[name] = tensor
            if isinstance(tensor, Held) and not self.learnt.isdisjoint(operation.inputs):
                self.learnt.add(name)

    def is_read(self, name: str) -> bool:
        """True where an operation reads the tensor, or it is an output of the network."""
        return name in self._read

    def _unknown(self, use: Use, why: str) -> Sequence[Tensor]:
        """Opaque layers of the shapes that come out. Raises StackError where none are known."""
        operation = use.operation
        try:
            shapes = output_shapes(use)
        except (NoRuleError, *_ODD):
            shapes = None
        read = [use.view(place) for place in range(use.count) if use.has(place)]
        read = [view for view in read if self._is_calculated(view)] or read
        if shapes is None or not read:
            message = f"{operation.title} is no layer of any kind here"
            note = f"{why}; and the file does not say which shape comes out"
            raise self.builder.refuse(
                "unknown-operation", message, operation, note=note, help=self.repair
            )
        # What nobody reads is no layer.
        return [
            self._opaque(operation, read, dims, why) if self.is_read(name) else read[0]
            for name, dims in zip(operation.outputs, shapes, strict=False)
        ]

    def _is_calculated(self, view: View) -> bool:
        return bool(self.builder.placed[view.at].inputs) or view.at < self.builder.input_count

    def _opaque(self, operation: Operation, read: Sequence[View], dims: Shape, why: str) -> View:
        """What no kind says, with its shape; an elementwise function costs no MACs."""
        fields: dict[str, object] = {"note": f"{operation.word}: {why}"}
        if is_elementwise(operation.op) or only_picks(operation.op):
            fields |= {"params": 0, "buffers": 0, "macs": 0}
        same = next((view for view in read if view.dims == dims), None)
        if same is not None:
            if all(view.shape == same.shape for view in read) and is_elementwise(operation.op):
                fields["reads"] = "position"
            at = self.builder.layer(
                Opaque, {"output": same.shape, **fields}, [view.at for view in read], operation
            )
            return same.on(at)
        shape = tuple(size for size in dims if size != 1) or (1,)
        while len(shape) > 1 + MAX_RANK:
            shape = (shape[0] * shape[1], *shape[2:])
        at = self.builder.layer(
            Opaque, {"output": shape, **fields}, [view.at for view in read], operation
        )
        found = whole(at, shape, [(axis,) for axis in range(len(shape))]).reshaped(dims)
        assert found is not None
        return found

    def as_view(self, held: Held, name: str, operation: Operation) -> View:
        """A held array as a layer that reads nothing, its axes as they are."""
        known = self._sources.get(name)
        if known is None:
            view = self.builder.held_view(held)
            axes = [axis for axis in view.axes if axis] or [()]
            known = self.builder.source(held, view, axes, name in self.learnt, operation)
            self._sources[name] = known
        return known


def needed(model: Model) -> list[Operation]:
    """The operations that an output depends on, in their order."""
    wanted = set(model.outputs)
    found = []
    for operation in reversed(model.operations):
        if not wanted.isdisjoint(operation.outputs):
            found.append(operation)
            wanted.update(operation.inputs)
    return found[::-1]
