"""`upsample`: every unit of the output at its place between the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, prod

from tests.crosscheck.draws import Case, Shape
from tests.reference import pools
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    Layer,
    Reads,
    Weights,
    gathered,
    positions,
)

MEAN_OF_BINS = pools.DEFINITIONS["adaptive_avg_pool"]
# Keys' cubic with PyTorch's parameter.
CUBIC = -0.75
# Pixels on each side that go into a unit.
REACH = {"nearest": 0, "nearest-exact": 0, "linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 2}


class Upsample(Definition):
    defaults = {
        "scale_factor": None, "output_size": None, "mode": "nearest", "align_corners": False,
    }  # fmt: skip

    def output(self, layer: Layer) -> Shape:
        if layer.output_size is not None:
            return (layer.x[0], *layer.each("output_size"))
        factors = layer.each("scale_factor")
        return (layer.x[0], *(floor(n * f) for n, f in zip(layer.x[1:], factors, strict=True)))

    def _steps(self, layer: Layer) -> list[Fraction]:
        """Pixels from one unit to the next, on each axis."""
        found = []
        factors = layer.each("scale_factor")
        for n, count, factor in zip(layer.x[1:], self.output(layer)[1:], factors, strict=True):
            if layer.align_corners:
                # One of one stays where it is.
                found.append(Fraction(n - 1, count - 1) if count > 1 else Fraction(n == 1))
            elif layer.mode.endswith("linear") and n == count:
                found.append(Fraction(1))
            else:
                found.append(Fraction(n, count) if factor is None else 1 / Fraction(str(factor)))
        return found

    def _places(self, layer: Layer, unit: int, step: Fraction) -> list[tuple[int, float]]:
        """(position, share) of each pixel that goes into one unit, borders not minded."""
        if layer.mode == "nearest":
            return [(floor(unit * step), 1.0)]
        if layer.mode == "nearest-exact":
            # Under the centre of the new pixel.
            return [(floor((unit + Fraction(1, 2)) * step), 1.0)]
        at = unit * step
        if not layer.align_corners:
            at = (unit + Fraction(1, 2)) * step - Fraction(1, 2)
        pixel = floor(at)
        share = float(at - pixel)
        if layer.mode != "bicubic":
            return [(pixel, 1 - share), (pixel + 1, share)]
        shares = [_cubic(1 + share), _cubic(share), _cubic(1 - share), _cubic(2 - share)]
        return [(pixel + k - 1, weight) for k, weight in enumerate(shares)]

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        if layer.mode == "area":
            return MEAN_OF_BINS.reads(self._pooled(layer))
        return [[self._read(layer, step) for step in self._steps(layer)]]

    def _read(self, layer: Layer, step: Fraction) -> Reads:
        return lambda u: [pixel for pixel, share in self._places(layer, u, step) if share]

    def _pooled(self, layer: Layer) -> Layer:
        """Of `area` PyTorch's documentation says that it is adaptive average pooling."""
        fields = {"output_size": list(self.output(layer)[1:])}
        return Layer(Case("adaptive_avg_pool", fields, layer.inputs), {})

    def work(self, layer: Layer) -> dict[str, int]:
        if layer.mode == "area":
            return {"upsample": MEAN_OF_BINS.work(self._pooled(layer))["pool"]}
        neighbours = max(1, 2 * REACH[layer.mode])
        return {"upsample": prod(self.output(layer)) * neighbours**layer.rank}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        if layer.mode == "area":
            return MEAN_OF_BINS.values(self._pooled(layer), inputs, w)
        axes = [
            [
                [(min(max(p, 0), n - 1), share) for p, share in self._places(layer, unit, step)]
                for unit in range(count)
            ]
            for n, count, step in zip(
                x.sizes, self.output(layer)[1:], self._steps(layer), strict=True
            )
        ]
        found: dict[Index, float] = {}
        for at in positions(map(len, axes)):
            near = [along[place] for along, place in zip(axes, at, strict=True)]
            for c in range(x.channels):
                total = 0.0
                for choice in positions(map(len, near)):
                    picked = [n[k] for n, k in zip(near, choice, strict=True)]
                    shares = prod(share for _, share in picked)
                    total += shares * x[c, *(pixel for pixel, _ in picked)]
                found[c, *at] = total
        return gathered(found)


def _cubic(distance: float) -> float:
    d, a = abs(distance), CUBIC
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


DEFINITIONS: dict[str, Definition] = {"upsample": Upsample()}
