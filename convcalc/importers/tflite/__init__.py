"""TFLite files (LiteRT), read on the standard library: no buffers are read for a plan.

Their operators are said in ONNX's words, and read by ONNX's rules.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from convcalc.core.dtypes import DType
from convcalc.core.errors import Problem, StackError
from convcalc.core.text import are, in_words
from convcalc.importers.input_axes import InputAxes
from convcalc.importers.mapped import mapped
from convcalc.importers.model import Declared, Model
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.onnx.pieces import Pieces
from convcalc.importers.tflite.dilation import rejoined
from convcalc.importers.tflite.flat import FlatError
from convcalc.importers.tflite.reader import Reader
from convcalc.importers.tflite.values import File
from convcalc.importers.tflite.walk import TfliteWalk
from convcalc.importers.tflite.wording import worded
from convcalc.kinds.base.field_values import escaped
from convcalc.network import stem
from convcalc.network.held import Held, Made

# The newest of ONNX's operations, in whose words operators are said.
_OPSET = 21


def read(data: bytes, file: str, path: str) -> ForeignNetwork:
    """The network in a TFLite file: the one at `path`, or else in `data`.

    Raises StackError where the bytes are no model.
    """
    buffer = mapped(path, file) if path else data
    try:
        found = Reader(buffer, path or data).file()
        model = _model(found, file)
        inputs = tuple(_axes(name, declared) for name, declared in model.inputs.items())
    except FlatError as error:
        message = f"this is no whole TFLite model: {error}"
        help = "convert it again, or copy the whole file"
        problem = Problem("broken-model", escaped(message), help=help, file=file)
        raise StackError([problem]) from error
    return ForeignNetwork(model, TfliteWalk, inputs)


def _model(found: File, file: str) -> Model:
    if not found.operators:
        raise FlatError("it holds no operator")
    if not found.inputs:
        raise FlatError("it reads no input")
    if not found.outputs:
        raise FlatError("it has no output")
    said = worded(found, rejoined(found))
    labels = {one: found.tensors[one].label for one in found.outputs}
    inputs = {name: found.tensors[one].declared for name, one in found.inputs.items()}
    own = {found.tensors[one].label: name for name, one in found.inputs.items()}
    operations = tuple(
        replace(one, inputs=tuple(own.get(name, name) for name in one.inputs))
        for one in said.operations
    )
    constants = {name: one for name, one in said.constants.items() if name not in own}
    learnt = frozenset(name for name, one in constants.items() if _is_learnt(one))
    model = Model(
        file=file,
        name=stem(file).removesuffix(".tflite"),
        format="TFLite",
        producer=found.producer.removesuffix(" Converted."),
        inputs=inputs,
        operations=operations,
        outputs=tuple(own.get(label, label) for label in labels.values()),
        constants=constants,
        learnt=learnt,
        version=_OPSET,
        shapes={one.label: one.declared for one in found.tensors if one.is_known},
        notes=tuple(_notes(found)),
        elements={
            name: found.tensors[one].element
            for name, one in found.inputs.items()
            if found.tensors[one].scales is None
        },
        dtype=_dtype(found),
        unsaid=learnt,
    )
    return replace(model, operations=Pieces(model).of(model.operations))


def _is_learnt(held: Held) -> bool:
    """True for stored reals, which training can change; not for states that begin as zeros."""
    is_state = isinstance(held.source, Made) and held.source.how == "filled"
    return held.element in ("float32", "float64", "float16", "bfloat16") and not is_state


def _dtype(found: File) -> DType:
    """The type of what most operators make: int8 of a quantised file."""
    made = Counter(found.tensors[one].element for op in found.operators for one in op.outputs)
    return "int8" if made["int8"] + made["uint8"] > made["float32"] + made["int16"] else "float32"


def _notes(found: File) -> list[str]:
    notes = []
    words = {one.word for one in found.operators}
    if words & {"CONV_2D", "DEPTHWISE_CONV_2D"}:
        notes.append("parameters as stored there: converters fold batch norms into convolutions")
    made = (found.tensors[one] for op in found.operators for one in op.outputs)
    if any(one.scales is not None for one in made):
        notes.append(
            "quantised tensors are read as reals: numbers are not cut off where integers end"
        )
    if found.others:
        subgraphs = in_words(found.others, "more subgraph")
        notes.append(f"{subgraphs} {are(found.others)} not looked into")
    return notes


def _axes(name: str, declared: Declared) -> InputAxes:
    """How a tensor becomes an input: its first axis is the batch, its last the channels."""
    rank = len(declared)
    sizes = tuple(size if isinstance(size, int) else 0 for size in declared)
    is_batch = rank > 3 or (rank > 1 and (isinstance(declared[0], str) or declared[0] == 1))
    axes = tuple(range(int(is_batch), rank))
    return InputAxes(name, sizes, 0 if is_batch else None, (*axes[-1:], *axes[:-1]))
