"""What makes numbers of words and categories, and mends pictures: elements that are looked up.

None of it multiplies or learns: what is known is the shape.
"""

from __future__ import annotations

from collections.abc import Callable

from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View

_WHY = "it looks elements up"
# How a set of categories is told: one number each, or one of all that there are.
_EACH, _ONE, _ALL = "int", "one_hot", ("multi_hot", "count", "tf_idf")


def element_by_element(layer: Layer, x: Value, *_: object) -> View:
    """Another number for each."""
    view = layer.view(x)
    return layer.opaque(view.dims, [view], _WHY, 0, 0)


def categories(size: str, default: str) -> Callable[..., View]:
    """Numbers of categories, of which the field `size` tells how many there are."""

    def rule(layer: Layer, x: Value, *_: object) -> View:
        view = layer.view(x)
        mode = layer.word("output_mode", default=default)
        if mode == _EACH:
            return layer.opaque(view.dims, [view], _WHY, 0, 0)
        count = layer.whole(size)
        if mode in _ALL:
            return layer.opaque((*view.dims[:-1], count), [view], _WHY, 0, 0)
        if mode != _ONE:
            raise NoRuleError(f"its `output_mode` is {mode:.40}")
        lead = view.dims[:-1] if view.dims[-1] == 1 else view.dims
        return layer.opaque((*lead, count), [view], _WHY, 0, 0)

    return rule


RULES: dict[str, Callable[..., object]] = {
    "CategoryEncoding": categories("num_tokens", "multi_hot"),
    **dict.fromkeys(("Hashing", "Discretization"), categories("num_bins", _EACH)),
    **dict.fromkeys(("IntegerLookup", "StringLookup"), categories("vocabulary_size", _EACH)),
    **dict.fromkeys(("AutoContrast", "Equalization"), element_by_element),
}
