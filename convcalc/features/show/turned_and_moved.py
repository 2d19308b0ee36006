"""A layer beside itself: with its kernel turned, on an input that moved, without its padding."""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.arrays.invariance import changed_share
from convcalc.core.errors import LayerError
from convcalc.features.show.values import Numbers, Place, Shown
from convcalc.features.show.working import compared, worked


def turned(shown: Shown) -> Shown:
    """The convolution of the definition, y[n] = sum of x[n - m] w[m]: the kernel turned.

    Found by running the layer with the kernel turned on each axis, and again from the windows,
    whose taps are met in reverse. Raises DisagreementError where the two differ.
    """
    arrays = {**shown.arrays, "weight": reversed_taps(shown.arrays["weight"])}
    found = worked(shown.layer, shown.input, arrays, shown.text, shown.has_channels)
    taps = [
        {read.weight: read.place for read in cell.reads if read.weight is not None}
        for cell in shown.cells
    ]
    bias = shown.bias.values if shown.bias else (0.0,) * shown.output.shape[0]
    weight = shown.arrays["weight"]
    again = [
        bias[cell.place[0]]
        + sum(
            shown.input[place] * weight[_turned_place(at, weight)]
            for at, place in reads.items()
            if place is not None
        )
        for cell, reads in zip(shown.cells, taps, strict=True)
    ]
    compared("the definition of a convolution", again, found.output)
    return found


def _turned_place(place: Place, weight: Numbers) -> Place:
    back = (size - 1 - at for at, size in zip(place[2:], weight.shape[2:], strict=True))
    return (*place[:2], *back)


def reversed_taps(weight: Numbers) -> Numbers:
    """The kernel turned on every axis, channels as they are.

    >>> reversed_taps(Numbers((1, 1, 3), (1.0, 2.0, 3.0))).values
    (3.0, 2.0, 1.0)
    """
    return Numbers(
        weight.shape, tuple(weight[_turned_place(place, weight)] for place in weight.places)
    )


@dataclass(frozen=True, slots=True)
class Shift:
    """A layer on an input that moved by `by` along its last axis, zeros coming in.

    `differing` are the outputs that are not those of one place before, of `places`.
    """

    by: int
    moved: Shown
    places: tuple[Place, ...]
    differing: tuple[Place, ...]

    @property
    def equal(self) -> int:
        """How many outputs moved by one place."""
        return len(self.places) - len(self.differing)


def shift_of(shown: Shown) -> Shift:
    """The layer on its input moved by the stride, which moves the output by one place."""
    assert shown.subject is not None
    by = shown.subject.axes[-1].stride
    found = worked(
        shown.layer, moved(shown.input, by), dict(shown.arrays), shown.text, shown.has_channels
    )
    places = tuple(place for place in shown.output.places if place[-1])
    differing = tuple(
        place
        for place in places
        if abs(found.output[place] - shown.output[(*place[:-1], place[-1] - 1)]) > 1e-9
    )
    return Shift(by, found, places, differing)


def moved(numbers: Numbers, by: int) -> Numbers:
    """The numbers moved along the last axis: zeros come in, the last ones fall out.

    >>> moved(Numbers((1, 4), (1.0, 2.0, 3.0, 4.0)), 1).values
    (0.0, 1.0, 2.0, 3.0)
    """
    return Numbers(
        numbers.shape,
        tuple(
            numbers[(*place[:-1], place[-1] - by)] if place[-1] >= by else 0.0
            for place in numbers.places
        ),
    )


def is_padded(shown: Shown) -> bool:
    """True where a window meets the padding."""
    axes = shown.subject.axes if shown.subject is not None else ()
    return any(axis.before or axis.after for axis in axes)


def unpadded(shown: Shown) -> Shown | None:
    """The layer without its padding; None where it has none, or does not fit without."""
    if not is_padded(shown):
        return None
    fields = {"padding": 0, "padding_mode": "zeros", "ceil_mode": False}
    known = type(shown.layer).model_fields
    bare = shown.layer.model_copy(
        update={name: value for name, value in fields.items() if name in known}
    )
    try:
        bare.output(shown.input.shape)
    except LayerError:
        return None
    return worked(bare, shown.input, dict(shown.arrays), shown.text, shown.has_channels)


def share_that_changes(shown: Shown) -> float | None:
    """Of a pool, how much a shift by one pixel changes, as a share of another input's change."""
    assert shown.subject is not None
    if shown.subject.axes[0].family != "pool":
        return None
    return changed_share(shown.layer, len(shown.subject.axes), (0,))
