"""A walk over an ONNX graph: small tensors are worked out, everything else becomes layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from convcalc.core.shapes import Shape, format_shape
from convcalc.importers.building import Builder
from convcalc.importers.model import Model, Operation, makers_of, needed, readers_of
from convcalc.importers.network import Walk
from convcalc.importers.onnx.batches import batch_axes, batches
from convcalc.importers.onnx.folding import FoldError
from convcalc.importers.onnx.lowering import MOVES_INTEGERS, lowered
from convcalc.importers.onnx.mixed_samples import SampleAxes
from convcalc.importers.onnx.origins import is_real
from convcalc.importers.onnx.reader import Graph
from convcalc.importers.onnx.rules import rule_of
from convcalc.importers.onnx.scopes import without_calls
from convcalc.importers.onnx.small_tensors import folded
from convcalc.importers.onnx.stored_samples import of_one_sample
from convcalc.importers.onnx.use import WHOLE_TYPES, Tensor, Use, of_whole_numbers
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.network.held import Held, Made

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

# Operations that read a matrix, and which of their inputs it is; their third is a bias.
_MATRICES = {"Gather": 0, "MatMul": 1, "Gemm": 1, "Linear": 1}

# What gives truths or places, whatever numbers it reads.
_OF_WHOLE_NUMBERS = frozenset({
    "And", "ArgMax", "ArgMin", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less",
    "LessOrEqual", "NonZero", "Not", "Or", "Shape", "Size", "Xor",
})  # fmt: skip
_DECIDES = frozenset({
    "And", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less", "LessOrEqual", "Not",
    "Or", "Xor",
})  # fmt: skip
# The number of bool in TensorProto.DataType.
_BOOL = 9


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
        # Integers of reals, which stand for them here: their scale, if it is one, and their zero.
        self.quantised: dict[str, tuple[float | None, str]] = {}
        self.operations = needed(model.operations, model.outputs)
        self.readers = readers_of(self.operations)
        self._modules: dict[str, frozenset[str]] = {}
        sizes = batches(model, self.readers)
        self._along = SampleAxes(model, batch_axes(model, self.readers))
        self.samples = sizes.pop() if len(sizes) == 1 else 1
        self._read = {*self.readers, *model.outputs}
        # Names of tensors of whole numbers, as far as they are known to be.
        self.truths = {name for name, one in model.elements.items() if one == "bool"}
        self.whole = {name for name, one in model.elements.items() if of_whole_numbers(one)}
        # Held arrays that became layers, and by which name and shape.
        self._sources: dict[tuple[str, Shape], View] = {}
        self._tied: frozenset[str] | None = None

    def outputs(self) -> dict[str, View]:
        """Places every operation that an output depends on; the views of the outputs."""
        for operation in self.operations:
            self.place(operation)
        found = {}
        last = self.model.operations[-1]
        makers = makers_of(self.model)
        for name in self.model.outputs:
            tensor = self.tensors.get(name)
            if tensor is None:
                message = f"nothing makes the output `{name}`"
                raise self.builder.refuse("broken-model", message, last)
            if isinstance(tensor, Held):
                continue
            self._check_samples(makers.get(name, last), name, tensor, fewest=1)
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
        return builder.output(view, operation)

    def place(self, operation: Operation) -> None:
        """Works out an operation: its layers are placed, its outputs known."""
        for name in operation.inputs:
            if name and name not in self.tensors:
                message = f"{operation.title} reads `{name}`, which nothing before it makes"
                raise self.builder.refuse("broken-model", message, operation)
        use = Use(self, operation)
        start = len(self.builder.placed)
        try:
            self._along.refuse(use)
            if self.samples > 1:
                use.instead = of_one_sample(use)
            made = folded(use) or self._later(use) or rule_of(operation.op)(use)
            made = self._with_the_rest(use, made)
            self._along.keep(use, made)
        except NoRuleError as error:
            made = self._unknown(use, str(error))
        except FoldError as error:
            message = f"{operation.title} cannot be worked out"
            raise self.builder.refuse(
                "broken-model", message, operation, note=str(error)
            ) from error
        except _ODD as error:
            # Whatever a stranger's file may hold, it is a finding.
            message = f"{operation.title} is not as the operation wants it"
            note = f"{type(error).__name__}: {error}"
            raise self.builder.refuse("broken-model", message, operation, note=note) from error
        self.builder.undo(start, made)
        if self._gives_whole(operation):
            self.whole.update(operation.outputs)
        if self._gives_truths(operation):
            self.truths.update(operation.outputs)
        self._keep_scale(operation)
        for name, tensor in zip(operation.outputs, made, strict=False):
            self.tensors[name] = tensor
            self._check_samples(operation, name, tensor)
            # Sizes of what is learnt are numbers of the file.
            if not isinstance(tensor, Held) or operation.op in ("Shape", "Size"):
                continue
            if self._is_of_learnt(use, tensor):
                self.learnt.add(name)

    def _is_of_learnt(self, use: Use, made: Held) -> bool:
        """True for what is made of learnt numbers: of a single one it is one, or is filled."""
        return any(
            name in self.learnt and (made.count == 1 or use.counts(place))
            for place, name in enumerate(use.operation.inputs)
        )

    def _keep_scale(self, operation: Operation) -> None:
        """Integers that are put elsewhere stay on their scale."""
        scale = self.quantised.get(operation.operand) if operation.inputs else None
        if scale is not None and operation.op in MOVES_INTEGERS:
            self.quantised.update(dict.fromkeys(operation.outputs, scale))

    def _later(self, use: Use) -> Sequence[Tensor] | None:
        """What is worked out when the network runs, of constants alone; None for all else."""
        if not all(isinstance(self.tensors.get(name), Held) for name in use.operation.inputs):
            return None
        from convcalc.importers.onnx.later import later

        return later(use)

    def _gives_whole(self, operation: Operation) -> bool:
        if operation.op == "Cast":
            return operation.attributes.get("to") in WHOLE_TYPES
        if operation.op in _OF_WHOLE_NUMBERS:
            return True
        return bool(operation.inputs) and all(map(self.is_whole, operation.inputs))

    def _gives_truths(self, operation: Operation) -> bool:
        if operation.op == "Cast":
            return operation.attributes.get("to") == _BOOL
        is_moved = operation.op in MOVES_INTEGERS and bool(operation.inputs)
        return operation.op in _DECIDES or (is_moved and self.is_of_truths(operation.operand))

    def is_of_truths(self, name: str) -> bool:
        """True for a tensor of truths, also where the file states no element type of it."""
        return name in self.truths

    def is_whole(self, name: str) -> bool:
        """True for a tensor of whole numbers."""
        tensor = self.tensors.get(name)
        return (isinstance(tensor, Held) and of_whole_numbers(tensor.element)) or name in self.whole

    def _unknown(self, use: Use, why: str) -> Sequence[Tensor]:
        """Opaque layers of the shapes that come out. Raises StackError where none are known."""
        return self._opaque(use, 0, why)

    def _opaque(self, use: Use, start: int, why: str) -> Sequence[Tensor]:
        # Most files have nothing that is not known.
        from convcalc.importers.onnx import unread

        return unread.rest(use, start, why)

    def _with_the_rest(self, use: Use, made: Sequence[Tensor]) -> Sequence[Tensor]:
        """What a rule made, and opaque layers for outputs of which it knows nothing."""
        rest = use.operation.outputs[len(made) :]
        if not any(name and self.is_read(name) for name in rest):
            return made
        return [*made, *self._opaque(use, len(made), "it is an output beside the first")]

    def of_one_sample(self, dims: Shape) -> Shape:
        """A shape that the file has written into it, less all samples but one."""
        if self.samples == 1 or not dims or dims[0] % self.samples:
            return dims
        return (dims[0] // self.samples, *dims[1:])

    def axis_of_samples(self, names: Sequence[str]) -> int | None:
        """The axis along which the file has several samples in one of these, from the last, -1.

        None for none, and where they stand in none of them.
        """
        axes = self._along.axes
        return next((axes[one] - len(self.tensors[one].dims) for one in names if one in axes), None)

    def _check_samples(
        self, operation: Operation, name: str, tensor: Tensor, fewest: int = 0
    ) -> None:
        """Raises StackError where a file of several samples cannot be planned for one.

        All of them stand along one axis, or along `fewest` at least.
        """
        stated = self.model.shapes.get(name)
        if self.samples == 1 or stated is None or not isinstance(tensor, View):
            return
        sizes = tuple(size for size in stated if isinstance(size, int))
        if self.builder.listing.is_changed or len(sizes) < len(stated):
            return
        unequal = [pair for pair in zip(tensor.dims, sizes, strict=False) if pair[0] != pair[1]]
        are_theirs = all(one * self.samples == all_ for one, all_ in unequal)
        if len(sizes) == len(tensor.dims) and fewest <= len(unequal) <= 1 and are_theirs:
            return
        message = f"{operation.title} works on {self.samples} samples at once"
        note = f"{format_shape(tensor.dims)} here for one, and {format_shape(sizes)} in the file"
        help = "export the model with a batch of 1, or an open one"
        raise self.builder.refuse("broken-model", message, operation, note=note, help=help)

    def as_written(self, operation: Operation, *behind: Operation) -> Sequence[Tensor]:
        """The outputs of an operation by its pieces, as if they had not been found to be one.

        `behind` are operations between them and the last one.
        """
        if "pieces" not in operation.attributes:
            # A file may have an operator that is called as what was found again is.
            raise NoRuleError("it is no operator of ONNX")
        pieces = operation.attributes["pieces"], behind, (operation.attributes["last"],)
        written = [one for group in pieces for one in cast(tuple[Operation, ...], group)]
        self._read.update(name for one in written for name in one.inputs)
        for one in written:
            # What several of them are made of is there already.
            if not all(name in self.tensors for name in one.outputs):
                self.place(one)
        return [self.tensors[name] for name in operation.outputs]

    def branch(self, graph: Graph, operation: Operation) -> Sequence[Tensor]:
        """The outputs of a graph that stands inside of an operation, in the operation's place."""
        from convcalc.importers.onnx.pieces import Pieces

        self.tensors.update(graph.initializers)
        self.learnt.update(name for name, held in graph.initializers.items() if is_real(held))
        constants = {**self.model.constants, **graph.initializers}
        plain = lowered(graph.operations, self.opset, constants)
        own = tuple(replace(one, number=operation.number) for one in plain)
        outputs = tuple(graph.outputs)
        inside = replace(self.model, constants=constants, operations=own, outputs=outputs)
        self._read.update(name for one in own for name in one.inputs)
        self._read.update(outputs)
        for one in needed(Pieces(inside).of(own), outputs):
            self.place(one)
        return [self.tensors[name] for name in outputs]

    def is_read(self, name: str) -> bool:
        """True where an operation reads the tensor, or it is an output of the network."""
        return name in self._read

    def is_tied(self, matrix: Held) -> bool:
        """True for a matrix that dense layers use with several biases, or as a table as well."""
        if self._tied is None:
            self._tied = tied(self.operations, self.model.constants)
        return stored_as(matrix) in self._tied

    def is_read_again(self, name: str) -> bool:
        """True for a tensor that several operations read; a copy is one of its own."""
        return len(self._ops_reading(name)) > 1

    def is_told(self, name: str) -> bool:
        """True for what the file itself says to be a parameter of the program."""
        model = self.model
        is_own = bool(model.own_names.get(name)) and name not in model.unsaid
        return is_own and name in self.learnt

    def is_read_alike(self, name: str) -> bool:
        """True for a tensor that operations of one word read, however many."""
        return len({*self._ops_reading(name)}) <= 1

    def _ops_reading(self, name: str) -> list[str]:
        return [one.op for one in self.readers.get(name, ()) if one.op != "Identity"]

    def modules_reading(self, name: str) -> frozenset[str]:
        """The modules that read a tensor, whichever call of them."""
        if name not in self._modules:
            readers = self.readers.get(name, ())
            self._modules[name] = frozenset(without_calls(one.name) for one in readers)
        return self._modules[name]

    def as_view(self, held: Held, name: str, operation: Operation) -> View:
        """A held array as a layer that reads nothing, its axes as they are."""
        key = name, held.dims
        known = self._sources.get(key)
        if known is None:
            known = self.builder.stored.layer_of(held, name in self.learnt, operation)
            self._sources[key] = known
        return known


def stored_as(held: Held) -> str:
    """What an array is called that was only turned: by its origin, or else by the file."""
    while isinstance(held.source, Made) and held.source.how == "arranged":
        held = held.source.of[0]
    return held.parameter


def tied(read: Sequence[Operation], constants: Mapping[str, Held]) -> frozenset[str]:
    """Stored matrices that several layers use, with unequal biases or as a table."""
    partners: dict[str, set[str]] = {}
    turned = {one.result: one.operand for one in read if one.op == "Transpose"}
    for operation in read:
        place = _MATRICES.get(operation.op)
        if place is None or len(operation.inputs) <= place:
            continue
        name = operation.inputs[place]
        held = constants.get(turned.get(name, name))
        if held is not None:
            partners.setdefault(stored_as(held), set()).add("".join(operation.inputs[2:3]))
    return frozenset(name for name, biases in partners.items() if len(biases) > 1)
