"""Layers that read nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tests.crosscheck.draws import Shape
from tests.reference.definition import (
    Definition,
    Grid,
    Layer,
    Reads,
    Weights,
    gathered,
    positions,
)


class Source(Definition):
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        return tuple(layer.shape)

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return []

    def work(self, layer: Layer) -> dict[str, int]:
        return {}


class Parameter(Source):
    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": tuple(layer.shape)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        return w["weight"]


class Constant(Source):
    defaults = {"value": None}

    def buffers(self, layer: Layer) -> dict[str, Shape]:
        return {"value": tuple(layer.shape)} if layer.value is None else {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        if layer.value is None:
            return w["value"]
        return gathered({index: float(layer.value) for index in positions(layer.shape)})


DEFINITIONS: dict[str, Definition] = {"parameter": Parameter(), "constant": Constant()}
