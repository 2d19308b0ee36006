"""The base of layers that read nothing."""

from __future__ import annotations

from typing import ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base.kind import Kind
from convcalc.kinds.base.stated import Facts


class SourceKind(Kind):
    """A kind that reads nothing and has a shape of its own."""

    is_source: ClassVar[bool] = True

    def shape_of(self) -> Shape:
        """The shape of what it gives."""
        raise LookupError(f"{self.kind} states no shape")

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        params = sum(map(elements, self.weights_of(inputs).values()))
        buffers = sum(map(elements, self.buffers_of(inputs).values()))
        output = self._common(self.shape_of())
        return Facts(output, params, buffers)
