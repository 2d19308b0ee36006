"""The JSON of an exported program as a model: what goes in, and operations with their arguments.

Every tensor has its shape there, every input its role, every operation the modules that it was
called in. Source: `torch._export.serde.schema`, versions 8.1 and 8.20, the latter of PyTorch 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from convcalc.core.shapes import Shape
from convcalc.importers.model import Declared, Model, Module, Operation
from convcalc.importers.named_arguments import Tensor
from convcalc.importers.pytorch.archive import Archive
from convcalc.importers.pytorch.schema import (
    MalformedError,
    UntoldSizeError,
    argument,
    mapping,
    only,
    size_of,
    typed,
)
from convcalc.importers.pytorch.stored import LEFT_OUT, PICKLED, lying
from convcalc.network.held import Absent, Element, Held, InFile

FOLDER, ENDING = "models/", ".json"
EARLY = "serialized_exported_program.json"
_HELP = "write it with `torch.export.save(program, file)` of PyTorch 2.13"
# Its minor versions only add to it.
SCHEMA = 8
MAX_OPERATIONS = 1_000_000
# `torch.ScalarType` by its number.
_ELEMENTS: dict[object, Element] = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32",
    8: "float64", 12: "bool", 13: "bfloat16", 28: "uint16", 34: "uint32", 35: "uint64",
}  # fmt: skip
_RECURRENCES = frozenset({"aten.lstm", "aten.gru", "aten.rnn_tanh", "aten.rnn_relu"})
# What stands where PyTorch did not know the module.
_UNKNOWN = "_empty_nn_module_stack_from_metadata_hook"
# Python's operators, and what PyTorch calls them elsewhere.
_SPELT = {"__and__": "bitwise_and", "__or__": "bitwise_or", "__xor__": "bitwise_xor"}
# Roles of inputs, the key that names the array in the module, and whether training changes it.
_ROLES = {
    "parameter": ("parameter_name", True),
    "buffer": ("buffer_name", False),
    "tensor_constant": ("tensor_constant_name", False),
}
# Those of them that are attributes of a module.
_OF_MODULES = frozenset({"parameter", "buffer"})


@dataclass(frozen=True, slots=True, eq=False)
class Program(Model):
    """A model whose file says the shape of every tensor, and every number that it works out.

    Arguments of operations are by the name that PyTorch's schema has for them, in `attributes`;
    an operation's name is that of its first output. `example` are the shapes of all tensors in
    the example that was exported, `elements` their types, and `numbers` what it worked out of them.
    `batch` is the axis of the inputs along which there are samples, if there is one; that of
    states which recurrences begin with is always the second. Inputs of one axis that is as long as
    there are samples hold a number for each of them (time steps, classes), but for those of
    `no_numbers`.
    """

    example: Mapping[str, Shape] = field(default_factory=dict)
    elements: Mapping[str, Element] = field(default_factory=dict)
    numbers: Mapping[str, int | float | bool] = field(default_factory=dict)
    batch: int = 0
    no_numbers: frozenset[str] = frozenset()
    # Operations that spread what is learnt over the samples, and along which axis from the last.
    spread: Mapping[str, int] = field(default_factory=dict)
    # Whether no other reading is left, and what works along samples is opaque.
    is_settled: bool = False
    # The inputs that recurrences alone read, and begin with: `(layers, N, numbers)`.
    states: frozenset[str] = field(init=False, default=frozenset())
    # Samples of the example that was exported, where all of its inputs have as many.
    samples: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        # Asked of every operation, and each goes through all of them.
        object.__setattr__(self, "states", self._states())
        object.__setattr__(self, "samples", self._samples())

    @property
    def of_numbers(self) -> frozenset[str]:
        """The inputs that hold a number for each of several samples."""
        if self.batch or self.samples == 1:
            return frozenset()
        found = (name for name in self.inputs if self.example[name] == (self.samples,))
        return frozenset(found) - self.no_numbers

    def _states(self) -> frozenset[str]:
        read: set[str] = set()
        begun: set[str] = set()
        for one in self.operations:
            begins = begins_of(one)
            begun.update(begins)
            read.update(name for name in one.inputs if name not in begins)
        found = (begun - read).intersection(self.inputs)
        return frozenset(name for name in found if len(self.example[name]) == 3)

    def _samples(self) -> int:
        if self.is_whole:
            return 1
        axes = {name: self.axis_of(name) for name in self.inputs}
        counts = {self.example[name][axis] for name, axis in axes.items() if axis is not None}
        return counts.pop() if len(counts) == 1 else 1

    def axis_of(self, name: str) -> int | None:
        """The axis of an input along which there are samples; None where it has none."""
        axis = self._axis(name)
        return axis if len(self.example[name]) > max(1, axis) else None

    def _axis(self, name: str) -> int:
        return 1 if name in self.states else self.batch

    def of_a_sample(self, name: str, shape: Shape) -> Shape:
        """The sizes of an input but for how many samples there are."""
        axis = self._axis(name)
        return shape if self.is_whole else (*shape[:axis], *shape[axis + 1 :])


def begins_of(operation: Operation) -> list[str]:
    """The tensors that a recurrence begins with, its states and its cells; none of other ones."""
    if operation.op not in _RECURRENCES:
        return []
    found = operation.attributes.get("hx")
    return list(map(str, found if isinstance(found, list | tuple) else [found]))


def read_program(stream: BinaryIO, file: str, name: str, held_in: str | bytes = "") -> Program:
    """The program of a `.pt2` archive. Raises StackError where it is none that can be read.

    `held_in` is where its arrays lie: the path of the archive, or its bytes.
    """
    archive = Archive(stream, file)
    programs = [
        one
        for one in archive.entries
        if one == EARLY or (one.startswith(FOLDER) and one.endswith(ENDING))
    ]
    if len(programs) != 1:
        held = f"{len(programs)} exported programs" if programs else "no exported program"
        raise archive.refused(f"the archive holds {held} under `{FOLDER}`", _HELP)
    (entry,) = programs
    found = archive.json(entry)
    try:
        version = typed(typed(found, "schema_version", dict), "major", int)
        if version != SCHEMA:
            raise archive.refused(_of_version(version), _HELP)
        own_name = entry.removeprefix(FOLDER).removesuffix(ENDING)
        reading = _Reading(archive, file, held_in, typed(found, "graph_module", dict), own_name)
        return reading.program(name, str(found.get("torch_version", "")))
    except MalformedError as error:
        raise archive.broken(f"`{entry}`: {error}") from error


def _of_version(version: int) -> str:
    other = "of a PyTorch that is newer than this program" if version > SCHEMA else "too old"
    return f"the program is written in version {version} of its schema, {other}; {SCHEMA} is read"


class _Reading:
    """One pass over the graph of a program."""

    def __init__(
        self,
        archive: Archive,
        file: str,
        held_in: str | bytes,
        module: Mapping[str, Any],
        own_name: str,
    ) -> None:
        self.archive, self.file, self.held_in = archive, file, held_in
        self.graph = typed(module, "graph", dict)
        self.signature = typed(module, "signature", dict)
        self.numbers = self._numbers()
        self.shapes: dict[str, Shape] = {}
        self.elements: dict[str, Element] = {}
        self.declared: dict[str, Declared] = {}
        for name, meta in typed(self.graph, "tensor_values", dict).items():
            try:
                sizes = [size_of(one) for one in typed(mapping(meta), "sizes", list)]
            except UntoldSizeError:
                raise archive.refused(
                    f"a size of `{name}` depends on numbers that the network has in a run",
                    "pick places by their numbers, as in `x[:, places]`: a mask may leave any many",
                ) from None
            self.shapes[name] = tuple(size for size, _ in sizes)
            self.declared[name] = tuple(symbol or size for size, symbol in sizes)
            dtype = meta.get("dtype")
            self.elements[name] = _ELEMENTS.get(dtype if isinstance(dtype, int) else 0, "other")
        self.paths: dict[str, tuple[Module, ...]] = {}
        self.places = {}
        for key in ("weights", "constants"):
            place = f"data/{key}/{own_name}_{key}_config.json"
            if place in archive.entries:
                self.places[key] = typed(archive.json(place), "config", dict)
        is_pickled = any(one.endswith(".pt") for one in archive.entries)
        self.nowhere = PICKLED if is_pickled else LEFT_OUT

    def program(self, name: str, producer: str) -> Program:
        inputs: dict[str, Declared] = {}
        constants: dict[str, Held] = {}
        learnt = set()
        own_names: dict[str, str] = {}
        for spec in typed(self.signature, "input_specs", list):
            role, given = only(spec)
            if role == "user_input":
                form, arg = only(typed(given, "arg", dict))
                if form == "as_tensor":
                    inputs[typed(arg, "name", str)] = self._declared_of(typed(arg, "name", str))
            elif role in _ROLES:
                key, changes = _ROLES[role]
                tensor = typed(typed(given, "arg", dict), "name", str)
                constants[tensor] = self._held(tensor, typed(given, key, str))
                if changes:
                    learnt.add(tensor)
                if role in _OF_MODULES:
                    own_names[constants[tensor].name] = constants[tensor].name
        constants = self._of_one_parameter(constants)
        nodes = typed(self.graph, "nodes", list)
        if len(nodes) > MAX_OPERATIONS:
            raise MalformedError(f"{len(nodes):,} operations; {MAX_OPERATIONS:,} are read")
        operations = tuple(self._operation(mapping(node), n) for n, node in enumerate(nodes, 1))
        return Program(
            self.file,
            name,
            "PyTorch export",
            f"PyTorch {producer}".strip(),
            inputs,
            operations,
            self._outputs(),
            constants,
            frozenset(learnt),
            own_names=own_names,
            example=self.shapes,
            elements=self.elements,
            numbers=self.numbers,
        )

    def _declared_of(self, tensor: str) -> Declared:
        if tensor not in self.declared:
            raise MalformedError(f"the tensor `{tensor}` has no shape")
        return self.declared[tensor]

    def _outputs(self) -> tuple[str, ...]:
        outputs = []
        for spec in typed(self.signature, "output_specs", list):
            role, given = only(spec)
            if role == "user_output":
                form, arg = only(typed(given, "arg", dict))
                if form == "as_tensor":
                    outputs.append(typed(arg, "name", str))
        return tuple(outputs)

    def _numbers(self) -> dict[str, int | float | bool]:
        """The values that sizes had in the example."""
        numbers: dict[str, int | float | bool] = {}
        for key in ("sym_int_values", "sym_float_values", "sym_bool_values"):
            for name, value in mapping(self.graph.get(key) or {}).items():
                hint = mapping(value)
                hint = mapping(mapping(hint.get("as_expr", {})).get("hint") or hint)
                found = next(iter(hint.values()), None)
                if isinstance(found, int | float):
                    numbers[name] = found
        return numbers

    def _held(self, tensor: str, name: str) -> Held:
        """A weight or a constant, and where its bytes are."""
        dims = tuple(size if isinstance(size, int) else 0 for size in self._declared_of(tensor))
        element = self.elements[tensor]
        for key, config in self.places.items():
            entry = config.get(name)
            if isinstance(entry, dict):
                return Held(name, dims, element, self._bytes(entry, key, dims, element))
        return Held(name, dims, element, self.nowhere)

    def _of_one_parameter(self, constants: Mapping[str, Held]) -> dict[str, Held]:
        """The same arrays; those whose numbers lie in one place are one parameter, the first one.

        Arrays without numbers all lie in one place, whatever they are.
        """
        first: dict[object, str] = {}
        origins = {}
        for held in constants.values():
            if isinstance(held.source, InFile) and held.source.length:
                place = held.source.start, held.dims, held.source.strides
                origins[held.name] = first.setdefault(place, held.name)
        shared = {one for name, one in origins.items() if name != one}
        return {
            tensor: replace(held, origin=origins[held.name])
            if origins.get(held.name) in shared
            else held
            for tensor, held in constants.items()
        }

    def _bytes(
        self, entry: Mapping[str, Any], folder: str, dims: Shape, element: Element
    ) -> InFile | Absent:
        """Where an array lies; nowhere for what was left out, or pickled."""
        storage = self.archive.payload(f"data/{folder}/{entry.get('path_name')}")
        if storage is None:
            return LEFT_OUT
        if entry.get("use_pickle"):
            return PICKLED
        meta = mapping(entry.get("tensor_meta"))
        strides = [size for size, _ in map(size_of, typed(meta, "strides", list))]
        offset, _ = size_of(meta.get("storage_offset"))
        return lying(self.held_in, storage, dims, element, strides, offset)

    def _operation(self, node: Mapping[str, Any], number: int) -> Operation:
        arguments = {}
        for one in typed(node, "inputs", list):
            form, value = only(typed(mapping(one), "arg", dict))
            arguments[typed(one, "name", str)] = argument(form, value)
        outputs: list[str] = []
        for one in typed(node, "outputs", list):
            form, value = only(one)
            found = argument(form, value)
            outputs += found if isinstance(found, tuple) else [found or ""]
        target = typed(node, "target", str)
        metadata = node.get("metadata")
        stack = metadata.get("nn_module_stack") if isinstance(metadata, dict) else None
        return Operation(
            _word(target),
            str(node.get("name") or next(iter(outputs), "")),
            tuple(map(str, _tensors(arguments.values()))),
            tuple(map(str, outputs)),
            arguments,
            self._path(stack if isinstance(stack, str) else ""),
            number,
        )

    def _path(self, stack: str) -> tuple[Module, ...]:
        """The modules that an operation was called in, outermost first.

        They stand as `L__self__c,c,torch.nn.modules.conv.Conv2d`, one behind the other.
        """
        found = self.paths.get(stack)
        if found is None:
            modules = []
            for called in stack.split(";"):
                _, _, rest = called.partition(",")
                name, _, kind = rest.rpartition(",")
                # A module that is called twice has `@1` behind its name; early files say whose
                # attribute it is.
                name = name.partition("@")[0].removeprefix("L['self']").removeprefix(".")
                if name and name != _UNKNOWN:
                    modules.append(Module(name, kind.rpartition(".")[2]))
            found = self.paths[stack] = tuple(modules)
        return found


def _tensors(values: Any) -> list[Tensor]:
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, tuple):
            found += [one for one in value if isinstance(one, Tensor)]
    return found


def _word(target: str) -> str:
    """An operator without its package and its overload.

    >>> _word("torch.ops.aten.conv2d.default"), _word("_operator.mul")
    ('aten.conv2d', 'operator.mul')
    """
    if target.startswith("torch.ops."):
        package, _, rest = target.removeprefix("torch.ops.").partition(".")
        name = rest.partition(".")[0]
        return f"{package}.{_SPELT.get(name, name)}"
    return target.lstrip("_")
