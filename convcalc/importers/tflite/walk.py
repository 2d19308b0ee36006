"""The walk over a TFLite file: ONNX's, held against the shapes that the file states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from convcalc.core.shapes import Shape, format_shape
from convcalc.importers.building import Builder
from convcalc.importers.model import Model, Operation, dims_of
from convcalc.importers.onnx.use import Tensor, Use
from convcalc.importers.onnx.walk import OnnxWalk
from convcalc.importers.tensor_views import View


class TfliteWalk(OnnxWalk):
    """One walk at given input shapes."""

    repair = "convert the model without it, up to the operator before"

    def __init__(
        self, model: Model, builder: Builder, views: Mapping[str, View], dims: Mapping[str, Shape]
    ) -> None:
        stated = {name: dims_of(sizes) for name, sizes in model.inputs.items()}
        if any(
            mine not in (0, its)
            for name, sizes in dims.items()
            for mine, its in zip(stated[name][1:], sizes[1:], strict=False)
        ):
            # What the file states is of another size.
            model = replace(model, shapes={})
        super().__init__(model, builder, views, dims)
        self._used = {name for one in model.operations for name in one.inputs}

    def place(self, operation: Operation) -> None:
        """Works out an operation: its layers are placed, its outputs known."""
        super().place(operation)
        for name in operation.outputs:
            stated = self.model.shapes.get(name)
            if stated is not None and not _fits(self.tensors[name].dims, stated):
                found = format_shape(self.tensors[name].dims)
                says = ", ".join(map(str, stated))
                message = f"{operation.title} makes {found}, and the file says [{says}]"
                raise self.builder.refuse("broken-model", message, operation)

    def _unknown(self, use: Use, why: str) -> Sequence[Tensor]:
        # Most files have nothing that is not known.
        from convcalc.importers.onnx.shaping import output_shapes

        operation = use.operation
        told = str(operation.attributes.get("why", why))
        found = output_shapes(use) or [None] * len(operation.outputs)
        open_ends = [
            name
            for name, dims in zip(operation.outputs, found, strict=True)
            if dims is None and self._is_open_end(name)
        ]
        if open_ends:
            # At the end nothing depends on it: one number stands for what comes out.
            shapes = {**self.model.shapes, **dict.fromkeys(open_ends, (1,))}
            self.model = replace(self.model, shapes=shapes)
            told = f"{told}; the file states no shape of it, and one number stands here"
        return super()._unknown(use, told)

    def _is_open_end(self, name: str) -> bool:
        """True for a tensor of a shape that is not stated, which no operation reads."""
        return name not in self.model.shapes and name not in self._used


def _fits(dims: Shape, stated: Sequence[int | str]) -> bool:
    """True where a shape is the one that is stated, whose open sizes are any."""
    return len(dims) == len(stated) and all(
        its in (mine, "?") for mine, its in zip(dims, stated, strict=True)
    )
