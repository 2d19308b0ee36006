"""ONNX files, read on the standard library: no weights are loaded for a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from convcalc.core.errors import Problem, StackError
from convcalc.importers.input_axes import InputAxes
from convcalc.importers.mapped import mapped
from convcalc.importers.model import Declared, Model, Operation, readers_of
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.onnx.batches import batch_axes, batches
from convcalc.importers.onnx.causal_masks import causal_masks
from convcalc.importers.onnx.functions import written_out
from convcalc.importers.onnx.lowering import lowered
from convcalc.importers.onnx.notes import doubtful, notes, unsaid
from convcalc.importers.onnx.origins import Origins, is_real, origins
from convcalc.importers.onnx.pieces import Pieces
from convcalc.importers.onnx.reader import File, Graph, Reader
from convcalc.importers.onnx.scopes import all_told
from convcalc.importers.onnx.small_tensors import written_by
from convcalc.importers.onnx.stored_again import stored_again
from convcalc.importers.onnx.stored_once import each_its_own
from convcalc.importers.onnx.walk import OnnxWalk
from convcalc.importers.onnx.wire import Buffer, WireError
from convcalc.kinds.base.field_values import MAX_COUNT, escaped
from convcalc.network import stem
from convcalc.network.held import Held


def read(data: bytes, file: str, path: str) -> ForeignNetwork:
    """The network in an ONNX file: the one at `path`, or else in `data`.

    Raises StackError where the bytes are no model.
    """
    buffer: Buffer = mapped(path, file) if path else data
    try:
        found = Reader(buffer, path or data).file()
        known = origins(found.graph, buffer, path or data)
        graph, known = each_its_own(found.graph, known)
        graph = replace(graph, operations=all_told(graph.operations, graph.programs))
        model = _model(replace(found, graph=graph), file, path or data, known)
        network = _network(model)
    except WireError as error:
        message = f"this is no whole ONNX model: {error}"
        help = "export it again, or copy the whole file"
        raise StackError(
            [Problem("broken-model", escaped(message), help=help, file=file)]
        ) from error
    return _whole(network) or network


def _network(model: Model) -> ForeignNetwork:
    axes = batch_axes(model, readers_of(model.operations))
    inputs = tuple(_axes(name, model.inputs[name], batch) for name, batch in axes.items())
    return ForeignNetwork(model, OnnxWalk, inputs)


def _whole(network: ForeignNetwork) -> ForeignNetwork | None:
    """The network of which all of an input is one sample, where it cannot be planned otherwise.

    Several maps may be the frames of one clip, which are joined or moved among each other.
    """
    model = network.model
    if not batches(model, readers_of(model.operations)) or network.is_plannable():
        return None
    try:
        whole = _network(model.whole())
    except StackError:
        # They have more axes than a sample has.
        return None
    has_batch = any(one.batch is not None for one in whole.input_axes)
    return whole if not has_batch and whole.is_plannable() else None


def _model(found: File, file: str, held_in: str | bytes, known: Origins) -> Model:
    graph = found.graph
    if not graph.operations:
        raise WireError("it holds no operation")
    constants = {name: known.named(held) for name, held in graph.initializers.items()}
    constants = {name: _turned_back(held, constants, known) for name, held in constants.items()}
    if known.is_told:
        constants, known = stored_again(constants, known)
    learnt = frozenset(name for name, held in constants.items() if known.is_learnt(held))
    inputs: dict[str, Declared] = {}
    for name, info in graph.inputs.items():
        if name in constants:
            continue
        if info.dims is None:
            raise WireError(f"input {name!r:.60} has no shape")
        for size in info.dims:
            if isinstance(size, int) and not 0 <= size <= MAX_COUNT:
                raise WireError(f"input {name!r:.60} has the size {size}")
        inputs[name] = tuple(size or "?" for size in info.dims)
    if not inputs:
        raise WireError("it reads no input")
    if len(set(graph.outputs)) != len(graph.outputs) or not graph.outputs:
        raise WireError("its outputs have no names of their own")
    if found.producer.startswith("pytorch"):
        # What it writes into an operation is no parameter; others write all weights so.
        constants |= {one.result: written_by(one, held) for one, held in _written(graph)}
    shapes = {name: one.dims for name, one in graph.infos.items() if one.dims is not None}
    # Equal arrays under names of their own.
    copies = [name for one in graph.operations if one.op == "Identity" for name in one.outputs]
    model = Model(
        file=file,
        name=stem(file).removesuffix(".onnx"),
        format="ONNX",
        producer=found.producer,
        inputs=inputs,
        operations=_in_plain_words(graph, found, constants, inputs),
        outputs=tuple(graph.outputs),
        constants=constants,
        learnt=learnt,
        version=found.opset,
        shapes=shapes,
        notes=notes(graph, known, found.producer),
        held_in=held_in,
        elements={name: graph.inputs[name].element for name in inputs},
        causal=causal_masks(graph),
        unsaid=unsaid([*learnt, *copies], known),
        doubtful=doubtful(graph, known, found.producer),
        derived=frozenset(name for name, held in constants.items() if known.is_derived(held)),
        own_names={name: known.own_name_of(name) for name in [*constants, *copies]},
    )
    operations = Pieces(model).of(model.operations)
    if found.producer.startswith("tf2onnx"):
        from convcalc.importers.tensorflow_names import scoped

        operations = scoped(operations)
    return replace(model, operations=operations)


def _in_plain_words(
    graph: Graph, found: File, constants: Mapping[str, Held], inputs: Mapping[str, Declared]
) -> tuple[Operation, ...]:
    """The operations, those of functions, fused ones and quantised ones written out."""
    operations = written_out(graph, found.functions)
    if any(one.op.startswith("com.microsoft.") for one in operations):
        from convcalc.importers.onnx.fused import unfused

        shapes = {**inputs, **{name: held.dims for name, held in constants.items()}}
        operations = unfused(operations, graph.outputs, found.opset, shapes)
    return lowered(operations, found.opset, constants)


def _written(graph: Graph) -> Iterator[tuple[Operation, Held]]:
    """The operations that are an array of real numbers, and that."""
    for one in graph.operations:
        value = one.attributes.get("value") if one.op == "Constant" else None
        if isinstance(value, Held) and value.count > 1 and is_real(value) and one.outputs:
            yield one, value


def _turned_back(held: Held, constants: Mapping[str, Held], known: Origins) -> Held:
    """A matrix that the exporter turned and stored again: that of which it was made, turned."""
    whole = constants.get(held.origin, held)
    if whole is held or len(held.dims) != 2 or held.dims != whole.dims[::-1]:
        return held
    if held.dims == whole.dims and held.name not in known.turned:
        # It may be the same as it stood.
        return held
    return whole.made("arranged", held.dims, sizes=whole.dims, axes=(1, 0))


def _axes(name: str, declared: Declared, batch: int | None) -> InputAxes:
    """How a tensor becomes an input of one sample."""
    sizes = tuple(size if isinstance(size, int) else 0 for size in declared)
    order = tuple(axis for axis in range(len(declared)) if axis != batch)
    return InputAxes(name, sizes, batch, order)
