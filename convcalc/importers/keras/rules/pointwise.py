"""Functions of single elements, also those that a layer has as `activation`, and identities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from convcalc.importers.keras.arguments import class_of
from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import norms
from convcalc.importers.pytorch.rules.joins import joined, plus, times
from convcalc.importers.pytorch.values import Value, resized
from convcalc.importers.tensor_views import View
from convcalc.kinds import find_kind
from convcalc.kinds.activation_family import Activation
from convcalc.kinds.arithmetic_family import Add, Mul
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.bent_family import Elu, Hardsigmoid, Hardtanh, LeakyRelu, Threshold
from convcalc.kinds.glu_family import Glu
from convcalc.kinds.identity_family import Identity
from convcalc.kinds.learnt_family import Scale
from convcalc.kinds.prelu import Prelu
from convcalc.kinds.softmax_family import LogSoftmax, Softmax

# Keras' words for functions that have another one here.
_WORDS = {
    "exponential": "Exp",
    "swish": "Silu",
    "hard_silu": "Hardswish",
    "hard_swish": "Hardswish",
}
# Words that are no function at all.
_NONE = ("linear", Identity.kind)
# Constants that are not those of our kinds; the older hard sigmoid was steeper.
_FIELDS: dict[str, dict[str, Any]] = {LeakyRelu.kind: {"negative_slope": 0.2}}
_OF_TWO: dict[str, dict[str, Any]] = {Hardsigmoid.kind: {"alpha": 0.2}}


def _kind_of(word: str) -> type[Activation] | None:
    """Our kind of a function.

    >>> _kind_of("hard_sigmoid").kind, _kind_of("swish").kind, _kind_of("sparsemax")
    ('hardsigmoid', 'silu', None)
    """
    spelt = word_of(_WORDS[word]) if word in _WORDS else word
    for name in (spelt, spelt.replace("_", "")):
        kind = find_kind(name)
        if kind is not None and issubclass(kind, Activation):
            return kind
    return None


def activation_of(word: str) -> str | None:
    """A function by the name of a class or of a function, as `applied` knows it.

    >>> activation_of("HardSigmoid"), activation_of("relu"), activation_of("Sort")
    ('hard_sigmoid', 'relu', None)
    """
    found = word_of(word) if word[:1].isupper() else word
    return None if _kind_of(found) is None else found


def applied(layer: Layer, view: View, word: str) -> View:
    """A function by Keras' word for it, with the constants that it has there."""
    if word in _NONE:
        return view
    for kind in (Softmax, LogSoftmax):
        if word == kind.kind:
            return norms.shares(kind)(layer.call, view, -1)
    if word == Glu.kind:
        return _glu(layer, view, -1)
    found = _kind_of(word)
    if found is None:
        return layer.opaque(view.dims, [view], f"the function `{word}`", 0, 0)
    fields = _OF_TWO.get(found.kind) if layer.version == 2 else None
    return layer.same(found, fields or _FIELDS.get(found.kind, {}), view)


def _glu(layer: Layer, view: View, axis: int) -> View:
    moved = layer.call.channels_first(view, axis)
    at = layer.layer(Glu, {}, moved)
    channels = layer.call.builder.shape(at)[0]
    return resized(moved, at, 0, axis % len(moved.axes), channels)


def activated(layer: Layer, view: View) -> View:
    """The layer's `activation` behind it."""
    spec = layer.field("activation", default=None)
    return view if spec is None else _of_spec(layer, view, spec)


def _of_spec(layer: Layer, view: View, spec: object) -> View:
    """A function as a layer names it: a word, a class with fields, or a function of its own."""
    if isinstance(spec, str):
        return view if spec in _NONE else applied(layer.beside(spec.lower()), view, spec.lower())
    if not isinstance(spec, Mapping):
        raise NoRuleError(f"its activation is {spec!s:.40}")
    held = spec.get("config")
    if spec.get("class_name") == "function" and isinstance(held, str | dict):
        word = held if isinstance(held, str) else held.get("name")
        return _of_spec(layer, view, str(word))
    kind = class_of(spec)
    behind = layer.beside(kind.lower().rpartition(".")[2])
    rule = RULES.get(kind)
    if rule is None:
        return behind.opaque(view.dims, [view], f"the function `{kind}`", None, 0)
    config = held if isinstance(held, dict) else {}
    found: View = rule(behind.made_with(config), view)  # type: ignore[assignment]
    return found


def activation(layer: Layer, x: Value) -> View:
    """A layer that is a function."""
    spec = layer.field("activation")
    view = layer.view(x)
    # The function is the layer itself.
    return (
        applied(layer, view, spec.lower()) if isinstance(spec, str) else _of_spec(layer, view, spec)
    )


def relu(layer: Layer, x: Value) -> View:
    """The rectifier: from a threshold on, up to a bound, with a slope below."""
    view = layer.view(x)
    slope = layer.number("negative_slope", default=0)
    threshold = layer.number("threshold", default=0)
    most = layer.field("max_value", default=None)
    return rectified(layer, view, slope, threshold, most)


def rectified(layer: Layer, view: View, slope: float, threshold: float, most: float | None) -> View:
    """x from the threshold on, cut at `most`, and slope (x - threshold) below it."""
    if most is not None:
        if slope or threshold:
            why = "it has a bound, and a slope or a threshold"
            return layer.opaque(view.dims, [view], why, 0, 0)
        if most == 6:
            return applied(layer, view, word_of("Relu6"))
        return layer.same(Hardtanh, {"min_val": 0, "max_val": most}, view)
    if threshold:
        if slope:
            return layer.opaque(view.dims, [view], "it has a threshold and a slope", 0, 0)
        return layer.same(Threshold, {"threshold": threshold, "value": 0}, view)
    if slope:
        return layer.same(LeakyRelu, {"negative_slope": slope}, view)
    return applied(layer, view, word_of("Relu"))


def leaky_relu(layer: Layer, x: Value) -> View:
    """x, or a part of it where negative."""
    slope = layer.number("negative_slope", "alpha", default=0.3)
    return layer.same(LeakyRelu, {"negative_slope": slope}, layer.view(x))


def elu(layer: Layer, x: Value) -> View:
    """x, or an exponential where negative."""
    return layer.same(Elu, {"alpha": layer.number("alpha", default=1.0)}, layer.view(x))


def thresholded(layer: Layer, x: Value) -> View:
    """x above a threshold, else 0."""
    return rectified(layer, layer.view(x), 0, layer.number("theta", default=1.0), None)


def softmax(layer: Layer, x: Value, mask: object = None) -> View:
    """Shares along an axis, or over several."""
    view = layer.view(x)
    if mask is not None:
        return layer.opaque(view.dims, [view], "it is under a mask", 0, 0)
    axis = layer.field("axis", default=-1)
    axes = [one % len(view.axes) for one in (axis if isinstance(axis, list) else [axis])]
    kept = [n for n in range(len(view.axes)) if n not in axes]
    order = [*kept, *axes]
    moved = view.transposed(order)
    lead = moved.dims[: len(kept)]
    flat = moved.reshaped((*lead, prod(moved.dims[len(kept) :])))
    split = flat and norms.shares(Softmax)(layer.call, flat, -1).reshaped(moved.dims)
    if split is None:
        raise NoRuleError("its axes cannot be told apart")
    return split.transposed([order.index(n) for n in range(len(order))])


def prelu(layer: Layer, x: Value) -> View:
    """A learnt slope where negative: one in all, or one of each channel."""
    view = layer.view(x)
    shared = layer.field("shared_axes", default=[])
    axes = [axis % len(view.axes) for axis in (shared if isinstance(shared, list) else [shared])]
    sizes = [1 if axis in axes else size for axis, size in enumerate(view.dims)][1:]
    own = [axis for axis, size in enumerate(sizes, 1) if size > 1]
    if len(own) > 1:
        count = prod(sizes)
        return layer.opaque(view.dims, [view], "a slope for each element", count, 0)
    alpha = layer.array("alpha", tuple(sizes))
    held = {"weight": layer.call.array(alpha, (prod(sizes),))}
    if not own:
        return layer.same(Prelu, {}, view, held)
    moved = layer.call.channels_first(view, own[0])
    return layer.same(Prelu, {"parameters": "channels"}, moved, held)


def rescaling(layer: Layer, x: Value) -> View:
    """x scale + offset."""
    view = layer.view(x)
    for kind, name, nothing in ((Mul, "scale", 1), (Add, "offset", 0)):
        value = layer.field(name, default=nothing)
        values = value if isinstance(value, list | tuple) else [value]
        if len(set(values)) == 1:
            number = float(values[0])
            view = (times if kind is Mul else plus)(layer.call, view, number)
        else:
            numbers = layer.written(name, [float(one) for one in values])
            view = layer.view(joined(layer.call, kind, view, numbers))
    return view


def layer_scale(layer: Layer, x: Value) -> View:
    """A learnt factor of each channel. Source: ConvNeXt of `keras.applications`."""
    view = layer.call.channels_first(layer.view(x), -1)
    gamma = layer.array("gamma", view.dims[-1:])
    return layer.same(Scale, {}, view, {"weight": layer.call.array(gamma)})


def scaled_sum(layer: Layer, x: tuple[Value, ...]) -> View:
    """The first tensor and a part of the second. Source: Inception-ResNet v2 of the same."""
    scaled = times(layer.part("scale").call, layer.view(x[1]), layer.number("scale"))
    return layer.view(joined(layer.part("add").call, Add, layer.view(x[0]), scaled))


def as_it_is(layer: Layer, x: Value, *_: object, **__: object) -> Value:
    """What changes no number, once training is over."""
    return x


_AS_THEY_ARE = (
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianNoise GaussianDropout "
    "AlphaDropout ActivityRegularization Masking Identity RandomFlip RandomRotation RandomZoom "
    "RandomTranslation RandomContrast RandomBrightness RandomHeight RandomWidth RandomShear "
    "RandomHue RandomSaturation RandomSharpness RandomGrayscale RandomInvert RandomPosterization "
    "RandomColorJitter RandomColorDegeneration RandomErasing RandomGaussianBlur "
    "RandomPerspective RandomElasticTransform MixUp CutMix AugMix RandAugment Solarization "
    "StochasticDepth"
)
RULES: dict[str, Callable[..., object]] = {
    "Activation": activation,
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "ELU": elu,
    "ThresholdedReLU": thresholded,
    "Softmax": softmax,
    "PReLU": prelu,
    "Rescaling": rescaling,
    "LayerScale": layer_scale,
    "CustomScaleLayer": scaled_sum,
    **dict.fromkeys(_AS_THEY_ARE.split(), as_it_is),
}
