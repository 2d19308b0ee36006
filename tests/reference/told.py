"""Layers that are as somebody says, and not known beyond that."""

from __future__ import annotations

from tests.crosscheck.draws import Shape
from tests.reference.definition import Axis, Definition, Layer, Reads, shifted, sides, spread


class Opaque(Definition):
    defaults = {"params": None, "buffers": None, "macs": None, "reads": None}

    def output(self, layer: Layer) -> Shape:
        return tuple(layer.x[at] if size is None else size for at, size in enumerate(layer.output))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [_reads(layer.reads, x) for x in layer.inputs]

    def counts(self, layer: Layer) -> tuple[int, int]:
        return layer.params or 0, layer.buffers or 0

    def macs(self, layer: Layer) -> int:
        return int(layer.macs or 0)

    def work(self, layer: Layer) -> dict[str, int]:
        # Not told.
        return {}


def _reads(how: object, x: Shape) -> list[Reads] | None:
    rank = len(x) - 1
    if how in (None, "all") or not rank:
        return None
    if how == "position":
        return [shifted(0)] * rank
    assert isinstance(how, dict)
    columns = zip(
        x[1:],
        spread(how["k"], rank),
        spread(how.get("s", 1), rank),
        sides(how.get("p", 0), rank),
        spread(how.get("d", 1), rank),
        strict=True,
    )
    return [Axis(i, k, s, b, a, d).taps for i, k, s, (b, a), d in columns]


DEFINITIONS: dict[str, Definition] = {"opaque": Opaque()}
