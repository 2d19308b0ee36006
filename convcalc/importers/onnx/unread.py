"""What stands for an operation that no kind says: an opaque layer of its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.model import Operation
from convcalc.importers.onnx.reader import Subgraph
from convcalc.importers.onnx.shaping import is_elementwise, output_shapes
from convcalc.importers.onnx.shaping.told_macs import told_macs
from convcalc.importers.onnx.use import Use
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.opaque import Opaque
from convcalc.network.held import Held

if TYPE_CHECKING:
    from convcalc.importers.onnx.walk import OnnxWalk

# What compares, picks, sorts, counts, norms or draws: it multiplies no sums.
_WORDS = (
    "ArgMax ArgMin AveragePool BatchNormalization Bernoulli BitCast BlackmanWindow CenterCropPad "
    "Col2Im Compress ConstantOfShape CumProd CumSum Dropout Expand EyeLike Gather GatherElements "
    "GatherND GridSample GroupNormalization HammingWindow HannWindow Hardmax InstanceNormalization "
    "LRN LayerNormalization LogSoftmax LpNormalization LpPool MaxPool MaxRoiPool MaxUnpool "
    "MeanVarianceNormalization Multinomial NonMaxSuppression NonZero OneHot Pad RMSNormalization "
    "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range ReduceL1 ReduceL2 "
    "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
    "ReduceSumSquare Resize ReverseSequence RoiAlign Scatter ScatterElements ScatterND Shape Size "
    "Slice Softmax Split TensorScatter Tile TopK Trilu Unique Upsample"
)
_WITHOUT_PRODUCTS = frozenset(_WORDS.split())

# What makes fewer than its shape says, as the numbers want it.
_AT_MOST = frozenset({"NonMaxSuppression"})


def rest(use: Use, start: int, why: str) -> list[View]:
    """Opaque layers for the outputs from one on; what nobody reads is no layer.

    Raises StackError where a shape is not known.
    """
    operation, walk = use.operation, use.walk
    shapes = output_shapes(use)
    wanted = [name != "" and walk.is_read(name) for name in operation.outputs]
    read = _read(use, start)
    pairs = [*zip(wanted, shapes, strict=True)][start:] if shapes is not None else []
    if not pairs or not read or any(is_read and dims is None for is_read, dims in pairs):
        message = f"{operation.title} is no layer of any kind here"
        note = f"{why}; and the file does not say which shape comes out"
        raise use.builder.refuse(
            "unknown-operation", message, operation, note=note, help=_repair(use)
        )
    found: list[View] = []
    # One of them does all of the work.
    is_first = start == 0
    for is_read, dims in pairs:
        if is_read and dims is not None:
            macs = _macs(use, dims) if is_first else 0
            found.append(_opaque(walk, operation, read, dims, why, macs))
            is_first = False
        else:
            found.append(read[0])
    return found


def _repair(use: Use) -> str:
    """What makes a file say which shape comes out; inference finds one for tensors of ONNX's."""
    domain, _, word = use.operation.op.rpartition(".")
    if "Sequence" in word or "Optional" in word:
        return (
            "a sequence states no shapes: export the module without, as "
            "torch.onnx.export(..., dynamo=False) does with an EmbeddingBag"
        )
    if domain.startswith("com.microsoft"):
        return "take the file as it was before ONNX Runtime optimised or quantised it"
    if domain:
        return "export it so that the file states the shapes of this operation's outputs"
    return use.walk.repair


def _read(use: Use, start: int) -> list[View]:
    """What the layer reads: activations, and what was learnt; sizes and axes are no layers.

    Where the first output is a layer of its own, that has what was learnt.
    """
    places = [place for place in range(use.count) if use.has(place)]
    tensors = {place: use.tensor(place) for place in places}
    found = [
        use.view(place)
        for place, tensor in tensors.items()
        if isinstance(tensor, View)
        or (not start and use.operation.inputs[place] in use.walk.learnt and _is_array(tensor))
    ]
    if any(isinstance(tensor, View) for tensor in tensors.values()):
        return found
    return [use.view(place) for place in places if 0 not in use.dims(place)]


def _macs(use: Use, dims: Shape) -> int | None:
    """Multiply-accumulates, where they are known: by the reader of another format, or here."""
    op, told = use.operation.op, use.operation.attributes.get("macs")
    if type(told) is int:
        return told
    return 0 if is_elementwise(op) or op in _WITHOUT_PRODUCTS else told_macs(use, dims)


def _is_array(held: Held) -> bool:
    return held.count > 1 and 0 not in held.dims


def _opaque(
    walk: OnnxWalk,
    operation: Operation,
    read: Sequence[View],
    dims: Shape,
    why: str,
    macs: int | None,
) -> View:
    bound = "; as many as there are at most" if operation.op in _AT_MOST else ""
    fields: dict[str, object] = {"note": f"{operation.word}: {why}{bound}"}
    if not any(isinstance(one, Held | Subgraph) for one in operation.attributes.values()):
        # All numbers that an operation has are tensors that it reads.
        fields |= {"params": 0, "buffers": 0}
    if macs is not None:
        fields["macs"] = macs
    same = next((view for view in read if view.dims == dims), None)
    inputs = [view.at for view in read]
    if same is not None:
        if all(view.shape == same.shape for view in read) and is_elementwise(operation.op):
            fields["reads"] = "position"
        at = walk.builder.layer(Opaque, {"output": same.shape, **fields}, inputs, operation)
        return same.on(at)
    shape = tuple(size for size in dims if size != 1) or (1,)
    while len(shape) > 1 + MAX_RANK:
        shape = (shape[0] * shape[1], *shape[2:])
    at = walk.builder.layer(Opaque, {"output": shape, **fields}, inputs, operation)
    found = whole(at, shape, [(axis,) for axis in range(len(shape))]).reshaped(dims)
    if found is None:
        raise NoRuleError("its shape has too many axes")
    return found
