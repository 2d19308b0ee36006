"""Stacks of convolutions in the writing of papers: `3x3*3`, `1x3,3x1`, `dw3x3,1x1`, `3x3d2`.

    stack   layer { "," layer }
    layer   [filters "@"] ["dw"] kernel { letter value } [ "*" times ]
    kernel  3 (on every axis), 3x3, 1x3, 3x3x3
    letter  d (dilation), s (stride), g (groups)

Channels are given for all stacks at once: cin in front, cout behind the last layer that mixes
channels, mid between. A depthwise layer keeps its channels. What a layer costs is its kind's
business; nothing is computed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import lcm, prod
from typing import Annotated, NoReturn

from pydantic import ValidationError

from convcalc.core.arithmetic import smallest_input, span
from convcalc.core.errors import LayerError, Place, Problem, StackError
from convcalc.core.records import Key, Record
from convcalc.core.shapes import MAX_RANK, Shape, format_shape
from convcalc.kinds.base import Facts
from convcalc.kinds.base.tried_repairs import help_for
from convcalc.kinds.conv import Conv
from convcalc.shorthand.making import SOURCE, spoken

EXAMPLE = "write layers such as 3x3, 1x3, dw3x3 or 3x3d2, with commas between and *3 to repeat"
MAX_LAYERS = 1000
_LAYER = re.compile(
    r"(?:(?P<filters>\d+)@)?(?P<dw>dw)?(?P<kernel>\d+(?:x\d+)*)(?P<fields>(?:[a-z]\d+(?:x\d+)*)*)"
    r"(?:\*(?P<times>\d+))?"
)
_FIELD = re.compile(r"([a-z])(\d+(?:x\d+)*)")
_LETTERS = {"d": "dilation", "s": "stride", "g": "groups"}
_MAX_DIGITS = 9

Axes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StackLayer:
    """One layer as written; lists have one value, or one an axis."""

    kernel: Axes
    dilation: Axes
    stride: Axes
    groups: int
    filters: int | None
    depthwise: bool


@dataclass(frozen=True, slots=True)
class Channels(Record):
    """Channels in front of a stack, between its layers, and behind it."""

    cin: Annotated[int, Key("Channels in front.", minimum=1)]
    mid: Annotated[int, Key("Channels between.", minimum=1)]
    cout: Annotated[int, Key("Channels behind.", minimum=1)]


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers in a row, as the word `text` writes them."""

    text: str
    layers: tuple[StackLayer, ...]

    @property
    def rank(self) -> int:
        """Axes that the layers are written for; 0 where single numbers fit any."""
        lengths = {len(axes) for layer in self.layers for axes in _lists(layer)}
        return max(lengths - {1}, default=0)

    @property
    def period(self) -> int:
        """Sizes after which the floors repeat: the product of the strides over all axes."""
        return prod(lcm(*layer.stride) for layer in self.layers)

    @property
    def group_unit(self) -> int:
        """Channel counts that are multiples of this divide into the groups of every layer."""
        return lcm(*(layer.groups for layer in self.layers))

    def convs(self, channels: Channels, padded: bool) -> tuple[Conv, ...]:
        """The layers of their kind. Raises StackError where the kind does not take them."""
        mixing = [number for number, layer in enumerate(self.layers) if not layer.depthwise]
        made = []
        current = channels.cin
        for number, layer in enumerate(self.layers):
            if layer.filters is not None:
                current = layer.filters
            elif not layer.depthwise:
                current = channels.cout if number == mixing[-1] else channels.mid
            made.append(self._conv(layer, current, padded))
        return tuple(made)

    def _conv(self, layer: StackLayer, filters: int, padded: bool) -> Conv:
        fields: dict[str, object] = {
            "out_channels": filters,
            "kernel_size": _one_or_list(layer.kernel),
            "dilation": _one_or_list(layer.dilation),
            "stride": _one_or_list(layer.stride),
            "groups": "depthwise" if layer.depthwise else layer.groups,
            "padding": _padding(layer) if padded else 0,
        }
        try:
            return Conv.model_validate(fields)
        except ValidationError as error:
            detail = error.errors()[0]
            context = detail.get("ctx", {})
            message = f"`{self.text}`: `{detail['loc'][0]}` {context.get('message', '')}"
            refuse(self.text, message, str(context.get("help", "")) or EXAMPLE)

    def walk(self, channels: Channels, size: Axes, padded: bool) -> tuple[Facts, ...]:
        """Each layer's facts on a map of `size`. Raises StackError where one does not fit."""
        x: Shape = (channels.cin, *size)
        walked = []
        for conv in self.convs(channels, padded):
            try:
                facts = conv.facts((x,))
            except LayerError as error:
                message = f"`{self.text}` does not fit a map of {format_shape(size)}"
                help = spoken(help_for(conv, (x,), error))
                if error.slug == "kernel-exceeds-input":
                    least = self.least_size(len(size), padded)
                    help = f"give it a map of {least} or more: --size {least}"
                raise _refusal(self.text, message, help, error.note) from None
            walked.append(facts)
            x = facts.output
        return tuple(walked)

    def macs(self, channels: Channels, size: Axes, padded: bool) -> int:
        """Multiply-accumulates of all layers for one sample."""
        return sum(facts.macs for facts in self.walk(channels, size, padded))

    def least_size(self, rank: int, padded: bool) -> int:
        """Smallest i for which every layer fits an i x i map."""
        if padded:
            return 1
        least = 1
        for axis in range(rank):
            count = 1
            for layer in reversed(self.layers):
                # A single number holds on every axis.
                kernel, dilation, stride = (
                    values[axis % len(values)]
                    for values in (layer.kernel, layer.dilation, layer.stride)
                )
                count = smallest_input(count, span(kernel, dilation), stride)
            least = max(least, count)
        return least


def _lists(layer: StackLayer) -> tuple[Axes, ...]:
    return (layer.kernel, layer.dilation, layer.stride)


def _one_or_list(axes: Axes) -> int | Axes:
    return axes[0] if len(axes) == 1 else axes


def _padding(layer: StackLayer) -> str:
    """The word that keeps the size; with a stride, that divides it and rounds up."""
    return "same" if set(layer.stride) == {1} else "same_upper"


def read_stack(text: str) -> Stack:
    """The stack that `text` writes. Raises StackError where a layer does not parse.

    >>> [layer.kernel for layer in read_stack("1x3,3x1").layers]
    [(1, 3), (3, 1)]
    >>> len(read_stack("3x3*3").layers)
    3
    """
    layers: list[StackLayer] = []
    start = 0
    for part in text.split(","):
        at = start + len(part) - len(part.lstrip())
        layer, times = _layer(text, part.strip(), at)
        if len(layers) + times > MAX_LAYERS:
            refuse(text, f"`{text}` has more than {MAX_LAYERS} layers", "repeat less", at)
        layers += [layer] * times
        start += len(part) + 1
    stack = Stack(text, tuple(layers))
    ranks = {len(axes) for layer in layers for axes in _lists(layer)} - {1}
    if len(ranks) > 1 or max(ranks, default=1) > MAX_RANK:
        listed = " and ".join(map(str, sorted(ranks)))
        help = f"give every kernel one number an axis, up to {MAX_RANK}"
        refuse(text, f"`{text}` has kernels for {listed} axes", help)
    return stack


def _layer(text: str, part: str, start: int) -> tuple[StackLayer, int]:
    match = _LAYER.fullmatch(part.lower().replace("×", "x"))
    if match is None:
        shown = f"`{part}` is no layer" if part else "there is no layer beside this comma"
        refuse(text, shown, EXAMPLE, start, len(part) or 1)
    fields: dict[str, Axes] = {}
    for letter, value in _FIELD.findall(match["fields"]):
        name = _LETTERS.get(letter)
        if name is None:
            help = "d is the dilation, s the stride and g the groups, as in 3x3d2"
            refuse(text, f"`{part}`: there is no `{letter}`", help, start, len(part))
        if name in fields:
            refuse(text, f"`{part}` gives `{letter}` twice", "keep one", start, len(part))
        fields[name] = _numbers(text, value, part, start)
    if match["dw"] and "groups" in fields:
        help = "`dw` is one group a channel: leave out `g`"
        refuse(text, f"`{part}` gives its groups twice", help, start, len(part))
    (times,) = _numbers(text, match["times"] or "1", part, start)
    filters: int | None = None
    if match["filters"]:
        (filters,) = _numbers(text, match["filters"], part, start)
    groups = fields.get("groups", (1,))
    if len(groups) > 1:
        refuse(text, f"`{part}`: `g` takes one number", "write g32", start, len(part))
    layer = StackLayer(
        _numbers(text, match["kernel"], part, start),
        fields.get("dilation", (1,)),
        fields.get("stride", (1,)),
        groups[0],
        filters,
        bool(match["dw"]),
    )
    return layer, times


def _numbers(text: str, value: str, part: str, start: int) -> Axes:
    parts = value.split("x")
    if any(len(number) > _MAX_DIGITS for number in parts):
        help = "use numbers below 1,000,000,000"
        refuse(text, f"`{part}` has a number of too many digits", help, start, len(part))
    numbers = tuple(map(int, parts))
    if min(numbers) < 1:
        refuse(text, f"`{part}`: every number is 1 or more, got 0", EXAMPLE, start, len(part))
    return numbers


def refuse(text: str, message: str, help: str, start: int = 0, width: int = 0) -> NoReturn:
    """Raises StackError with the one problem, at the characters of `text` that it is about."""
    raise _refusal(text, message, help, "", start, width)


def _refusal(
    text: str, message: str, help: str, note: str, start: int = 0, width: int = 0
) -> StackError:
    place = Place(1, start + 1, width or len(text))
    return StackError([Problem("wrong-value", message, place, note, help, file=SOURCE)], text)
