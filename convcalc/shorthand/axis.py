"""One layer along one axis: its size, and the reasons in words and numbers.

The quick path and the full command share this; it imports only the arithmetic. Text is written
with the signs of the guide (floor brackets, middle dots); `core.text.ascii_only` replaces them.
"""

from __future__ import annotations

from convcalc.core.arithmetic import (
    caffe_pool_output_size,
    common_step,
    output_size,
    overlap,
    pool_output_size,
    pool_smallest_input,
    same_smallest_input,
    smallest_input,
    span,
    tail_pixels,
    transposed_size,
)
from convcalc.shorthand.regimes import regime, regime_in_words

LABEL_WIDTH = 10
SAME_WORDS = ("same_upper", "same_lower")


class Axis:
    """A layer that slides a window, or a transposed one, along one axis of `size` pixels.

    `family` is "window", "pool" or "transposed". `word` is the padding word that was given, ""
    for numbers. `rounding` is "floor", "ceil" (PyTorch, ONNX) or "caffe". `extra` is the output
    padding a. Raises WindowError where the window does not fit.
    """

    __slots__ = (
        "after",
        "before",
        "dilation",
        "extra",
        "family",
        "kernel",
        "output",
        "rounding",
        "size",
        "span",
        "stride",
        "word",
    )

    def __init__(
        self,
        family: str,
        size: int,
        kernel: int,
        stride: int = 1,
        before: int = 0,
        after: int = 0,
        dilation: int = 1,
        word: str = "",
        rounding: str = "floor",
        extra: int = 0,
    ) -> None:
        self.family, self.word, self.rounding, self.extra = family, word, rounding, extra
        self.size, self.kernel, self.stride, self.dilation = size, kernel, stride, dilation
        self.before, self.after = before, after
        self.span = span(kernel, dilation)
        self.output = self._output()

    def _output(self) -> int:
        window = (self.size, self.span, self.stride, self.before, self.after)
        if self.family == "transposed":
            return transposed_size(*window, self.extra)
        if self.rounding == "caffe":
            return caffe_pool_output_size(*window)
        if self.rounding == "ceil":
            return pool_output_size(*window, ceil_mode=True)
        return output_size(*window)

    @property
    def key(self) -> tuple[object, ...]:
        """Everything about it as one value: equal keys are equal answers."""
        return tuple([getattr(self, name) for name in self.__slots__])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Axis) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def tail(self) -> int:
        """Padded pixels behind the last window; negative where that window sticks out."""
        return tail_pixels(self.size, self.output, self.span, self.stride, self.before, self.after)

    @property
    def unread_padding(self) -> int:
        """Pixels at the end of the padded input that no window reads; a transposed layer has none.

        >>> Axis("window", 224, 7, 2, 3, 3).unread_padding
        1
        >>> Axis("transposed", 224, 4, 2).unread_padding
        0
        """
        return 0 if self.family == "transposed" else max(0, self.tail)

    @property
    def dropped(self) -> int:
        """Pixels of the input itself, at its end, that no window reads; negative: none."""
        return 0 if self.family == "transposed" else min(self.size, max(0, self.tail - self.after))

    @property
    def siblings(self) -> tuple[int, int]:
        """Smallest and largest input with the same output; a transposed layer has no others.

        With `same_upper` and `same_lower` the padding follows each input.
        """
        return self.inputs_for(self.output, self.output)

    def inputs_for(self, low: int, high: int) -> tuple[int, int]:
        """Smallest and largest input whose output lies from `low` to `high`, as its own does.

        >>> Axis("window", 224, 3, 2, 1, 1).inputs_for(111, 112)
        (221, 224)
        >>> Axis("transposed", 14, 2, 2).inputs_for(26, 31)
        (13, 15)
        """
        if self.family == "transposed":
            below, above = self.output - low, high - self.output
            return self.size - below // self.stride, self.size + above // self.stride
        return max(1, self._least(low)), self._least(high + 1) - 1

    def _least(self, count: int) -> int:
        if self.word in SAME_WORDS:
            return same_smallest_input(count, self.stride)
        window = (count, self.span, self.stride, self.before, self.after)
        if self.rounding == "caffe" and not (self.before or self.after):
            # Rounded up without a clip: one pixel more than count - 1 windows have room for.
            return smallest_input(count - 1, *window[1:]) + 1
        if self.rounding != "floor":
            return pool_smallest_input(*window, ceil_mode=True)
        return smallest_input(*window)

    @property
    def regime(self) -> int | None:
        """The number of the guide's relationship, None where it has none."""
        if self.rounding != "floor" and self.tail < 0:
            return None
        window = (self.kernel, self.stride, self.before, self.after, self.dilation)
        return regime(self.family, *window, self.extra)

    @property
    def formula(self) -> str:
        """The sum with the numbers in place.

        >>> Axis("window", 224, 7, 2, 3, 3).formula
        '⌊(224 + 2·3 − 7)/2⌋ + 1 = 112'
        >>> Axis("transposed", 16, 3, 2, 1, 1, extra=1).formula
        '(16 − 1)·2 − 2·1 + 3 + 1 = 32'
        """
        if self.family == "transposed":
            inner = f"({self.size} − 1)·{self.stride}{self._pads('−')} + {self.span}"
            more = f" {'−' if self.extra < 0 else '+'} {abs(self.extra)}" if self.extra else ""
            return f"{inner}{more} = {self.output}"
        if self.word in SAME_WORDS and self.stride > 1:
            return f"⌈{self.size}/{self.stride}⌉ = {self.output}"
        room = f"{self.size}{self._pads('+')} − {self.span}"
        if self.stride == 1:
            return f"{room} + 1 = {self.output}"
        if self.rounding == "floor":
            return f"⌊({room})/{self.stride}⌋ + 1 = {self.output}"
        return f"⌈({room})/{self.stride}⌉ + 1{' − 1' if self._is_clipped else ''} = {self.output}"

    @property
    def _is_clipped(self) -> bool:
        # A window that rounding up would keep, but that would start behind the input.
        return self.rounding != "floor" and self.tail > 0

    def _pads(self, sign: str) -> str:
        if self.before == self.after:
            return f" {sign} 2·{self.before}" if self.before else ""
        return f" {sign} {self.before} {sign} {self.after}"

    def lines(self) -> list[tuple[str, str]]:
        """The reasons, as (label, text)."""
        is_transposed = self.family == "transposed"
        shown = [("output", self.formula)]
        if self.dilation > 1 and self.kernel > 1:
            shown.append(("span", f"{self.dilation}·({self.kernel} − 1) + 1 = {self.span}"))
        if self._is_clipped:
            shown.append(("clipped", self._clipped_line()))
        sides = f"{self.before} before, {self.after} after" if self.before or self.after else ""
        word = f" ({self.word})" if self.word else ""
        if is_transposed:
            shown.append(("cut", sides or "nothing"))
            shown.append(("overlap", self.overlap_line()))
        else:
            shown.append(("padding", (sides or "none") + word))
            if self.word in SAME_WORDS and self.stride > 1:
                shown.append(("", self._same_line()))
            shown.append(("dropped", self._dropped_line()))
            shown.append(("same for", self._siblings_line()))
        number = self.regime
        if number is not None:
            shown.append(("regime", regime_in_words(number)))
        return shown

    def _clipped_line(self) -> str:
        start, end = self.output * self.stride, self.size + self.before
        return f"window {self.output + 1} would start at {start}, behind the input (ends at {end})"

    def _same_line(self) -> str:
        room = f"({self.output} − 1)·{self.stride} + {self.span} − {self.size}"
        total = (self.output - 1) * self.stride + self.span - self.size
        least = ", so 0" if total < 0 else ""
        return f"{room} = {total} in all{least}; another input may need another"

    @property
    def overlap(self) -> tuple[int, int]:
        """Fewest and most inputs that meet in one output of the transposed layer."""
        return overlap(self.kernel, self.stride, self.dilation)

    def overlap_line(self) -> str:
        """The overlap of the transposed layer in words; uneven overlap risks a checkerboard."""
        least, most = self.overlap
        if least == most:
            return f"even: {_inputs(least)} in every output"
        why = f"{self.kernel} mod {self.stride} = {self.kernel % self.stride}"
        between, step = "or", common_step(self.stride, self.dilation)
        if self.kernel > 1 and step > 1:
            why = f"dilation {self.dilation} and stride {self.stride} leave gaps"
            # What the gaps leave need not be even either.
            between = "to" if most > 1 and self.kernel % (self.stride // step) else "or"
        return f"uneven ({why}): {least} {between} {_inputs(most)} an output, a checkerboard risk"

    def _dropped_line(self) -> str:
        padded = self.size + self.before + self.after
        if self.tail < 0:
            over = _pixels(-self.tail)
            return f"nothing: the last window reaches {over} beyond the padded input"
        gap = self.stride - self.span
        skipped = f"; {gap} of every {self.stride} skipped between windows" if gap > 0 else ""
        if not self.tail:
            return f"nothing{skipped}"
        if not self.dropped:
            return f"only padding: the last {_pixels(self.tail)} of {padded} padded{skipped}"
        of_input = f"the last {_pixels(self.dropped)} of {self.size} (right, bottom)"
        padding = f", and the padding behind {'it' if self.dropped == 1 else 'them'}"
        return f"{of_input}{padding if self.after else ''}{skipped}"

    def _siblings_line(self) -> str:
        return f"input{inputs_in_words(*self.siblings)}"


def inputs_in_words(low: int, high: int) -> str:
    """The sizes from `low` to `high`, behind the word that counts them.

    >>> f"input{inputs_in_words(223, 224)}", f"height{inputs_in_words(7, 7)}"
    ('inputs 223 and 224', 'height 7 alone')
    """
    if low == high:
        return f" {low} alone"
    return f"s {low}{' and ' if high == low + 1 else ' to '}{high}"


def _pixels(count: int) -> str:
    return f"{count} pixel{'' if count == 1 else 's'}"


def _inputs(count: int) -> str:
    return f"{count} input{'' if count == 1 else 's'}"


AXIS_TITLES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def axis_groups(axes: list[Axis]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The reasons of all axes: once where they agree, else a part an axis under its title."""
    groups = {axis.key: (axis, list[str]()) for axis in axes}
    if len(groups) < 2:
        return [("", axis.lines()) for axis, _ in groups.values()]
    for title, axis in zip(AXIS_TITLES[len(axes)], axes, strict=True):
        groups[axis.key][1].append(title)
    return [
        (f"{' and '.join(titles)}: {axis.size} → {axis.output}", axis.lines())
        for axis, titles in groups.values()
    ]


def axis_text(axes: list[Axis]) -> str:
    """The reasons of all axes as text."""
    return "\n\n".join(
        ["\n".join(filter(None, (title, labelled(lines)))) for title, lines in axis_groups(axes)]
    )


def labelled(lines: list[tuple[str, str]]) -> str:
    """Lines of labels and texts, in two columns."""
    return "\n".join(f"  {label:{LABEL_WIDTH}}{text}" for label, text in lines)
