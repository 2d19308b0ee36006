"""A norm that is not here, from its own page."""

from collections.abc import Sequence
from math import prod, sqrt

from tests.crosscheck.draws import Shape
from tests.reference.definition import Definition, Grid, InPlace, Layer, Weights, gathered


class RivalNorm(InPlace):
    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": (layer.x[0],)}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": 2 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        lengths = [sqrt(sum(v * v for v in x.channel(c))) for c in range(x.channels)]
        mean = sum(lengths) / len(lengths)
        return gathered(
            {i: v * (1 + w["weight"][(i[0],)] * lengths[i[0]] / mean) for i, v in x.values.items()}
        )


DEFINITIONS: dict[str, Definition] = {"rival_norm": RivalNorm()}
