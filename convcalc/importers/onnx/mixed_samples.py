"""Where samples stand in the tensors of an ONNX graph, and what works along them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from convcalc.core.shapes import Shape
from convcalc.importers.along_samples import (
    UNKNOWN,
    Act,
    MixedSamplesError,
    Samples,
    Standing,
    axis_of_samples,
    handed_on,
)
from convcalc.importers.model import Model
from convcalc.importers.onnx.asked_sizes import slices
from convcalc.importers.onnx.shaping import is_elementwise
from convcalc.importers.onnx.use import Tensor, Use
from convcalc.importers.tensor_views import View

# Operations along one axis, and which one where they do not say.
_ALONG_ONE = {
    "ArgMax": 0, "ArgMin": 0, "GatherElements": 0, "Hardmax": -1, "LogSoftmax": -1,
    "LpNormalization": -1, "ScatterElements": 0, "Softmax": -1, "TopK": -1,
}  # fmt: skip
# Those whose second input is the axis.
_BY_INPUT = ("CumSum", "CumProd")
# Shares were over all axes from one on, the second if not said, up to this version.
_SHARES = ("Hardmax", "LogSoftmax", "Softmax")
_FLAT_SHARES = 12
# Norms over all axes from one on, the last if not said.
_FROM_ONE = ("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")

# What keeps the order of the elements.
_SHAPED = ("Flatten", "Reshape", "Squeeze", "Unsqueeze")

# Exporters write an end of at least so many for a slice of everything.
_FAR = 2**31 - 1


class SampleAxes(Standing):
    """The axis along which samples stand, for each tensor where a file has several of them."""

    def __init__(self, model: Model, batches: Mapping[str, int | None]) -> None:
        """`batches` are the axes of samples of the inputs."""
        super().__init__()
        found: set[Samples] = set()
        for name, axis in batches.items():
            if axis is not None and (size := model.inputs[name][axis]) != 1:
                self.axes[name] = axis
                found.add(size)
        self.samples: Samples = found.pop() if len(found) == 1 else 1
        if self.samples == 1:
            self.axes.clear()
        # What stands in the file as it is, and is no number that it works out from sizes.
        self._stored = {*model.constants}

    def of(self, names: Sequence[str]) -> int | None:
        """The axis of samples of the first of these tensors that has one; None where none has."""
        return next((self.axes[name] for name in names if name in self.axes), None)

    def refuse(self, use: Use) -> None:
        """Raises NoRuleError for an operation along samples."""
        if not self.axes or self.axes.keys().isdisjoint(use.operation.inputs):
            return
        axis = self.axes.get(use.operation.operand)
        if self._meets_others(use) or (axis is not None and axis in self._axes_along(use)):
            raise MixedSamplesError

    def _meets_others(self, use: Use) -> bool:
        """True where samples of one input meet those of another, each all."""
        op, inputs = use.operation.op, use.operation.inputs
        if op not in ("MatMul", "Where") and not is_elementwise(op):
            return False
        # Counted from the end, as broadcasting does.
        places = [
            self.axes[name] - len(use.dims(number)) if name in self.axes else None
            for number, name in enumerate(inputs)
        ]
        is_summed = op == "MatMul" and (places[0] == -1 or places[1] == -2)
        return is_summed or len({*places} - {None}) > 1

    def keep(self, use: Use, made: Sequence[Tensor]) -> None:
        """Notes where samples stand in the outputs. Raises NoRuleError where they were mixed."""
        if not self.axes:
            return
        operation = use.operation
        if {*operation.inputs} <= self._stored:
            self._stored.update(operation.outputs)
        read = [one for one in operation.inputs if one in self.axes]
        if not read:
            return
        is_changed = use.builder.listing.is_changed
        for name, tensor in zip(operation.outputs, made, strict=False):
            if not isinstance(tensor, View):
                continue
            stated = None if is_changed else use.walk.model.shapes.get(name)
            axis = axis_of_samples(tensor.dims, stated, self.samples)
            if axis is None:
                raise MixedSamplesError
            if axis == UNKNOWN:
                axis = self._handed_on(use, read[0], tensor)
            if axis != UNKNOWN:
                self.note(name, axis, self._through(use, axis, tensor.dims))

    def _through(self, use: Use, axis: int, found: Shape) -> int:
        """How many rounds of all samples an output has along an axis. Raises NoRuleError."""
        op, tensors, start = use.operation.op, use.walk.tensors, 0
        names: Sequence[str] = [*filter(None, use.operation.inputs)]
        act = Act.SHAPES if op in _SHAPED else Act.KEEPS
        if op == "Concat" and use.axis(len(found)) == axis:
            act, names = Act.JOINS, [one for one in names if 0 not in tensors[one].dims]
        elif op == "Split" and use.axis(len(found)) == axis:
            act = Act.CUTS
        elif op == "Slice":
            given = [use.sizes(place) for place in range(1, use.count) if use.has(place)]
            act = Act.CUTS
            starts = {at: places.start for at, places in slices(use, use.dims(), given)}
            start = starts.get(axis, 0)
        return self.through(act, names, lambda one: tensors[one].dims, axis, found, start)

    def _handed_on(self, use: Use, name: str, made: View) -> int:
        axis, dims = self.axes[name], use.walk.tensors[name].dims
        if use.operation.op == "Transpose":
            order = use.list("perm") or tuple(range(len(dims)))[::-1]
            return order.index(axis)
        return handed_on(axis, dims, made.dims)

    def _axes_along(self, use: Use) -> Collection[int]:
        """The axes of its first input that an operation works along."""
        op, rank = use.operation.op, len(use.dims())
        given: Sequence[int] = ()
        if op in _SHARES and use.opset <= _FLAT_SHARES:
            return range(use.axis(rank, 1), rank)
        if op in _FROM_ONE:
            return range(use.axis(rank, -1), rank)
        if op in _ALONG_ONE:
            given = (use.whole("axis", _ALONG_ONE[op]),)
        elif op in _BY_INPUT:
            given = use.sizes(1)
        elif op == "ReverseSequence":
            given = (use.whole("time_axis", 0),)
        elif op == "MeanVarianceNormalization":
            given = use.list("axes") or (0, 2, 3)
        elif op == "Slice":
            given = self._cut_axes(use)
        elif op == "Pad":
            given = _padded(use, rank)
        elif op == "Tile" and use.values(1) is not None:
            given = [axis for axis, times in enumerate(use.sizes(1)) if times != 1]
        elif op.startswith("Reduce"):
            given = use.list("axes") or (use.sizes(1) if use.has(1) else ())
            if not given and not use.whole("noop_with_empty_axes", 0):
                return range(rank)
        return use.axes(given, rank) if given else ()

    def _cut_axes(self, use: Use) -> list[int]:
        """Axes of a slice that are not read whole, in order."""
        if use.opset < 10:
            starts, ends = use.list("starts") or (), use.list("ends") or ()
            axes, steps = use.list("axes") or range(len(starts)), (1,) * len(starts)
        else:
            starts, ends = use.sizes(1), use.sizes(2)
            axes = use.sizes(3) if use.has(3) else range(len(starts))
            steps = use.sizes(4) if use.has(4) else (1,) * len(starts)
        every = self.samples if isinstance(self.samples, int) else _FAR
        # An end that the file works out from sizes is that of one sample.
        is_told = {*use.operation.inputs[1:3]} <= self._stored
        ranges = zip(axes, starts, ends, steps, strict=True)
        return [
            axis
            for axis, start, end, step in ranges
            if step != 1 or (is_told and (start or end < every))
        ]


def _padded(use: Use, rank: int) -> list[int]:
    """Axes at whose ends something is put."""
    pads = use.sizes(1) if use.has(1) else use.list("pads") or ()
    axes = use.sizes(3) if use.has(3) else range(rank)
    ends = zip(axes, pads, pads[len(pads) // 2 :], strict=False)
    return [axis for axis, before, after in ends if before or after]
