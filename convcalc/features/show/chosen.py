"""What to show: the layers of a question in shorthand, or a layer of a network's file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from random import Random
from typing import Any

from convcalc.core.errors import Place, Problem, StackError
from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import in_words
from convcalc.features.shape.answer import shape
from convcalc.features.show.drawn import drawn_input, drawn_weights, written
from convcalc.features.show.gradient import counting, gradient_of
from convcalc.features.show.values import Numbers, Shown, View
from convcalc.features.show.working import MAX_CELLS, MAX_ENTRIES, MAX_READS, worked
from convcalc.kinds.base import LayerKind
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear
from convcalc.planning import Row
from convcalc.shorthand.entries import in_shorthand
from convcalc.shorthand.making import SOURCE


@dataclass(frozen=True, slots=True)
class Data:
    """The numbers that are given, as they were written; what is not is drawn from `seed`.

    `kernels` and `biases` are in the order of the layers that have them. `gradient` is that of
    the last output, 1, 2, 3, ... where it is None.
    """

    input: str | None = None
    kernels: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    seed: int = 0
    gradient: str | None = None


def of_words(words: list[str], data: Data) -> tuple[Shown, ...]:
    """The layers of a question in shorthand, each on the output of the one before.

    Without a number of filters a convolution has no bias. Raises StackError.
    """
    found = shape(words)
    layers = []
    for index, step in enumerate(found.steps):
        too_large = _too_large(step.layer, step.x, step.output)
        if too_large:
            token = step.written.tokens["kind"]
            place = Place(1, token.start + 1, len(token.text))
            raise StackError([_problem(*too_large, place, SOURCE)], found.question.text)
        is_open = step.written.is_convolution and not step.written.names_filters
        layers.append(
            _Layer(step.layer, step.x, step.written.text, index == 0 or found.has_channels, is_open)
        )
    return _worked(layers, data, found.has_channels)


def of_row(row: Row, file: str, source: str, data: Data) -> tuple[Shown, ...]:
    """A layer of a network's file. Raises StackError where it is too large, or joins layers."""
    layer = row.node.layer
    if not isinstance(layer, LayerKind):
        message = f"layer `{row.name}` has no input to show"
        if row.node.inputs:
            message = f"layer `{row.name}` joins several layers, and one input is shown"
        if len(row.node.inputs) == 1:
            message = f"layer `{row.name}` is of a kind that can join layers, and none is shown"
        if not layer.runs:
            message = f"what layer `{row.name}` computes is not told"
        problem = Problem("not-shown", message, row.place, layer=row.name, file=file)
        raise StackError([problem], source)
    x = row.plan.graph.shape_of(row.node.inputs[0])
    too_large = _too_large(layer, x, row.output)
    if too_large:
        problem = _problem(*too_large, row.place, file, row.name)
        raise StackError([problem], source)
    return _worked(
        [_Layer(layer, x, in_shorthand(layer.kind, _fields(layer)), True, False)], data, True
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer to show, and the words for it; `is_open` where it names no filters."""

    layer: LayerKind
    x: Shape
    text: str
    has_channels: bool
    is_open: bool


def _worked(layers: Sequence[_Layer], data: Data, has_channels: bool) -> tuple[Shown, ...]:
    random = Random(data.seed)
    first = layers[0].x
    if data.input is None:
        x = drawn_input(first, random, _indices(layers[0]))
    else:
        x = written(data.input, first, "the input", "--input")
    kernels, biases = list(data.kernels), list(data.biases)
    shown: list[Shown] = []
    for one in layers:
        if one.x != x.shape:
            message = (
                f"`{one.text}` reads {in_words(one.x[0], 'channel')} where none "
                f"are named, and `{shown[-1].text}` makes {x.shape[0]}"
            )
            help = "write the channels and the number of filters: 2@5x5 conv 4 k3"
            raise StackError([Problem("not-shown", message, help=help)])
        _refuse_other_numbers(x, one)
        arrays = _arrays(one, kernels, biases, random)
        shown.append(worked(one.layer, x, arrays, one.text, has_channels))
        x = shown[-1].output
    _refuse_unused(kernels, "--kernel-values", "kernel", layers)
    _refuse_unused(biases, "--bias-values", "bias", layers)
    return _with_gradients(shown, data.gradient)


def _indices(one: _Layer) -> range | None:
    """The indices that a layer reads; None where it reads any numbers."""
    return one.layer.index_limits((one.x,)).get(0)


def _refuse_other_numbers(x: Numbers, one: _Layer) -> None:
    known = _indices(one)
    for value in x.values:
        if known is not None and not (value.is_integer() and int(value) in known):
            message = f"`{one.text}` reads {value:.6g}, which is no index of it"
            help = f"give it whole numbers from {known.start} to {known.stop - 1}"
            raise StackError([Problem("not-an-index", message, help=help)])


def _with_gradients(layers: Sequence[Shown], given: str | None) -> tuple[Shown, ...]:
    """The layers with the gradient that comes to each: from the one behind it, or as given."""
    last = layers[-1].output.shape
    above = counting(last)
    if given is not None:
        above = written(given, last, "the gradient of the output", "--gradient-values")
    found: list[Shown] = []
    for one in reversed(layers):
        found.append(replace(one, above=above))
        if len(found) < len(layers):
            above = gradient_of(found[-1]).input
    return tuple(reversed(found))


def _arrays(
    one: _Layer, kernels: list[str], biases: list[str], random: Random
) -> dict[str, Numbers]:
    layer = one.layer
    shapes: Mapping[str, Shape] = layer.weights(one.x) | layer.buffers(one.x)
    arrays = {name: drawn_weights(name, shape, random) for name, shape in shapes.items()}
    is_product = layer.role == "product"
    if is_product and kernels:
        arrays["weight"] = written(
            kernels.pop(0), shapes["weight"], f"the kernel of `{one.text}`", "--kernel-values"
        )
    if is_product and "bias" in arrays:
        if biases:
            arrays["bias"] = written(
                biases.pop(0), shapes["bias"], f"the bias of `{one.text}`", "--bias-values"
            )
        elif one.is_open:
            arrays["bias"] = Numbers(shapes["bias"], (0.0,) * prod(shapes["bias"]))
    return arrays


def _refuse_unused(left: list[str], option: str, what: str, layers: Sequence[_Layer]) -> None:
    if left:
        words = " , ".join(one.text for one in layers)
        message = f"{option} is given more often than `{words}` has a {what}"
        raise StackError([Problem("wrong-value", message, help="leave it out")])


def _too_large(layer: LayerKind, x: Shape, output: Shape) -> tuple[str, str, str] | None:
    """(what is too large, the limit, a repair), or None where all of it can be shown."""
    excess = _excess(layer, x, output)
    return (*excess, _small(layer, x)) if excess else None


def _excess(layer: LayerKind, x: Shape, output: Shape) -> tuple[str, str] | None:
    """(what is too large, the limit), or None."""
    for what, sizes in (("output", output), ("input", x)):
        if prod(sizes) > MAX_CELLS:
            size = f"{prod(sizes):,} numbers in its {what} ({format_shape(sizes)})"
            return f"has {size}", f"{MAX_CELLS} at most are shown"
    reads = prod(output) * _reads(layer, x)
    if reads > MAX_READS:
        return (
            f"reads {reads:,} numbers in its windows",
            f"{MAX_READS:,} at most are written out",
        )
    return None


def _reads(layer: LayerKind, x: Shape) -> int:
    """Numbers that one output reads."""
    if isinstance(layer, Linear):
        return x[0]
    if not layer.form:
        return 1
    taps = prod(window.kernel for window in layer.windows(x))
    if isinstance(layer, Conv | ConvTranspose):
        return taps * (x[0] // layer.group_count(x))
    return taps


def _small(layer: LayerKind, x: Shape) -> str:
    """A question that shows this kind of layer: the same windows on one channel of a small map.

    "" where none is small enough.
    """
    left_out = {"out_channels", "out_features", "groups", "bias", "output_size"}
    words = in_shorthand(layer.kind, _fields(layer, left_out), with_channels=False)
    if isinstance(layer, Linear):
        return "a smaller one: convcalc show 6 linear 4"
    if not layer.form:
        return _smaller(words)
    windows = layer.windows(x)
    for wanted in (3, 2, 1):
        if isinstance(layer, ConvTranspose):
            sizes = (wanted,) * len(windows)
        else:
            sizes = tuple(
                max(1, (wanted - 1) * w.stride + w.span - w.before - w.after) for w in windows
            )
        text = f"{'@' if len(sizes) == 3 else ''}{format_shape(sizes)} {words}"
        if _is_small(text):
            return f"the same windows on a small map: convcalc show {text}"
    return ""


def _fields(layer: LayerKind, left_out: Collection[str] = ()) -> dict[str, Any]:
    """The fields that are not as they are by default."""
    return {
        name: getattr(layer, name)
        for name, field in type(layer).model_fields.items()
        if name not in left_out and getattr(layer, name) != field.default
    }


def _is_small(text: str) -> bool:
    """True where the question can be shown."""
    try:
        (step,) = shape(text.split()).steps
    except StackError:
        return False
    return not _excess(step.layer, step.x, step.output)


def _smaller(words: str) -> str:
    for size in ("1x4x4", "4x4x4", "16"):
        if _is_small(f"{size} {words}"):
            return f"the same on a small map: convcalc show {size} {words}"
    return ""


def _problem(
    message: str, note: str, help: str, place: Place | None, file: str, layer: str = ""
) -> Problem:
    what = f"layer `{layer}`" if layer else "the layer"
    return Problem("too-large-to-show", f"{what} {message}", place, note, help, layer, file)


def refuse_missing(layers: tuple[Shown, ...], views: tuple[View, ...], text: str) -> None:
    """Refuses views that none of the layers has, unless all were asked for."""
    has = {view for shown in layers for view in shown.views}
    if not views or has & set(views):
        return
    (view, *_) = views
    what = " , ".join(shown.text for shown in layers)
    known = ", ".join(view for view in has) or "the numbers alone"
    help = f"it has {known}"
    message = f"`{what}` has no view `{view}`"
    note = ""
    if view == "stretched":
        note = "a transposed layer stretches its input"
        help = "write conv_transpose, or --transposed"
    entries = max(len(one.input.values) * len(one.output.values) for one in layers)
    slug = "not-shown"
    if view == "matrix" and entries > MAX_ENTRIES:
        slug, note = "too-large-to-show", f"{MAX_ENTRIES:,} entries at most are shown"
        message, help = f"the matrix of `{what}` has {entries:,} entries", "take a smaller input"
    place = Place(1, 1, len(text)) if text else None
    raise StackError([Problem(slug, message, place, note, help, file=SOURCE if text else "")], text)
