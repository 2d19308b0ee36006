"""Code of Keras' users: it is never run, and what shape comes of it may not be told."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.core.shapes import Shape
from convcalc.importers.keras.layer import Layer
from convcalc.importers.tensor_views import View

LAMBDA = "Lambda"


def given_shape(layer: Layer, views: Sequence[View], why: str) -> tuple[Shape | None, str]:
    """The shape of what a function gives, where the file states none, and how that is known.

    It is the layer's `output_shape` where it was given one. Most functions change numbers alone:
    else it is taken to be the input's, and said so.
    """
    told = layer.field("output_shape", default=None)
    if isinstance(told, list) and all(type(size) is int and size > 0 for size in told):
        return (1, *told), why
    if told is None and len(views) == 1:
        return views[0].dims, "the shape that it gives is not in the file; its input's is taken"
    return None, why
