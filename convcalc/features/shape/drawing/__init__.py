"""Pictures of layers with a window: what slides over what, step by step.

A window slides over its padded input. A transposed layer is drawn twice: as the guide has it, the
turned kernel over the stretched input; and as frameworks have it, the kernel stamped by each input.
Source: the figures of Dumoulin & Visin, and their animations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.errors import StackError
from convcalc.core.shapes import format_shape
from convcalc.core.text import in_words
from convcalc.features.shape.answer import ShapeAnswer, shape
from convcalc.features.shape.drawing.layer_panels import KnownNumbers, Subject, layer_panels
from convcalc.features.shape.walk import Step
from convcalc.kinds.base import LayerKind
from convcalc.report.drawing.boards import Board, BoardError
from convcalc.report.drawing.boards.sheet import playing
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.entries import in_shorthand

__all__ = [
    "KnownNumbers",
    "Subject",
    "drawn_channels",
    "layer_panels",
    "shape_board",
    "small_question",
    "small_words",
    "subject_of",
]

# More layers below each other are no picture any more.
_MOST = 6
_OF_CHANNELS = ("out_channels", "groups", "bias", "output_size")


def shape_board(answer: ShapeAnswer) -> Board:
    """The layers of the answer that slide a window. Raises BoardError where none can be drawn."""
    steps = [step for step in answer.steps if step.axes]
    if not steps:
        words = " , ".join(step.written.text for step in answer.steps)
        raise BoardError(f"`{words}` slides no window over an axis", "draw a conv or a pool")
    if len(steps) > _MOST:
        raise BoardError(f"{len(steps)} layers are more than a picture", f"draw {_MOST} at most")
    panels = tuple(panel for step in steps for panel in layer_panels(_subject(answer, step)))
    title = answer.question.text
    return Board(title, f"{title}: each output and the pixels that it reads.", panels)


def _subject(answer: ShapeAnswer, step: Step) -> Subject:
    note, rest = "", ""
    if answer.has_channels:
        note, rest = drawn_channels(step.layer, step.x[0], step.output[0])
    return subject_of(step.layer, step.written.text, step.axes, note=note, rest=rest)


def subject_of(
    layer: LayerKind,
    text: str,
    axes: tuple[Axis, ...],
    numbers: KnownNumbers | None = None,
    note: str = "",
    rest: str = "",
) -> Subject:
    """A layer as it is drawn, with its numbers where they are known."""
    override = getattr(layer, "divisor_override", None)
    divisor = "" if getattr(layer, "count_include_pad", True) else "inside"
    return Subject(
        text,
        axes,
        layer.form,
        numbers or KnownNumbers(),
        note,
        rest,
        getattr(layer, "padding_mode", "zeros"),
        divisor if override is None else str(override),
    )


def drawn_channels(layer: LayerKind, before: int, after: int) -> tuple[str, str]:
    """Which of the channels are drawn, and what the sums of a unit have beside them.

    >>> from convcalc.kinds.conv import Conv
    >>> drawn_channels(Conv(out_channels=4, kernel_size=3), 3, 4)
    ('drawn: one of 3 input channels and one of 4 filters', ' + those of 2 more channels + b')
    """
    rest = ""
    if layer.form == "sum":
        groups = getattr(layer, "groups", 1)
        # `depthwise` is as many groups as channels.
        more = before // groups - 1 if isinstance(groups, int) else 0
        rest = f" + those of {in_words(more, 'more channel')}" if more else ""
        rest += " + b" if getattr(layer, "bias", False) else ""
    if layer.stays_in_channel():
        note = f"drawn: one of {before} channels, which all go the same way" if before > 1 else ""
    elif before == after == 1:
        note = ""
    else:
        channels = "the channel" if before == 1 else f"one of {before} input channels"
        note = f"drawn: {channels} and one of {after} filter{'' if after == 1 else 's'}"
    return note, rest


def small_question(answer: ShapeAnswer) -> str:
    """A question with the first such layer that can be drawn, "" where there is none."""
    step = next((step for step in answer.steps if step.axes), None)
    words = small_words(step.layer, step.axes, _is_drawn) if step else ""
    return words and f"convcalc shape {words}"


def small_words(layer: LayerKind, axes: Sequence[Axis], is_drawn: Callable[[str], bool]) -> str:
    """The layer in words on the smallest map that has three of its windows, or fewer.

    It has two axes at most; "" where `is_drawn` is true of none.
    """
    fields = {
        name: getattr(layer, name)
        for name, field in type(layer).model_fields.items()
        if name not in _OF_CHANNELS and getattr(layer, name) != field.default
    }
    words = in_shorthand(layer.kind, fields, with_channels=False)
    for windows in (3, 2, 1):
        sizes = tuple(_smallest(axis, windows) for axis in axes[:2])
        text = f"{format_shape(sizes)} {words}"
        if is_drawn(text):
            return text
    return ""


def _smallest(axis: Axis, windows: int) -> int:
    if axis.family == "transposed":
        return windows
    return max(1, (windows - 1) * axis.stride + axis.span - axis.before - axis.after)


def _is_drawn(text: str) -> bool:
    try:
        playing(shape_board(shape(text.split())))
    except (StackError, BoardError):
        return False
    return True
