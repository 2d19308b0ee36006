"""The one rule by which the numbers of a size are read: channels, and the sizes of axes.

    224          one axis; it holds for every axis that is listed elsewhere, as by k3x5
                 a vector in front of a layer that counts channels
    5x5          two axes, height and width
    3x224x224    channels, height and width; three axes where three are listed
    3x9x9x9      channels and three axes
    3@224 @9x9   an @ says which it is

Where no number counts channels and a layer does, there is one. Every command that takes a size
reads it here. Imports nothing, so that the one-off question starts as fast as Python does.
"""

from __future__ import annotations

from convcalc.shorthand.values import MAX_AXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


_NOTHING = ("", "")


class SizeRead:
    """How a size was read.

    `channels` is None where none are known; `axes` are the sizes of the axes, none for a vector.
    `said` is what it was read as, empty where there was no choice; `other` is what else it could
    be, and the size that writes this. `turned` is the size with its channels first, where they
    look to have been written last. `instead` is like `other`: what to write where no layer stands.
    """

    __slots__ = ("axes", "channels", "instead", "other", "said", "turned")

    def __init__(
        self,
        channels: int | None,
        axes: tuple[int, ...],
        instead: tuple[str, str] = _NOTHING,
    ) -> None:
        self.channels, self.axes, self.instead = channels, axes, instead
        self.said = self.turned = ""
        self.other = _NOTHING

    @property
    def text(self) -> str:
        """The reading in words, empty where there was no choice."""
        return reading_of((self,))


def read_size(
    numbers: tuple[int, ...],
    marked: bool | None = None,
    rank: int = 0,
    *,
    is_vector: bool = False,
    needs_channels: bool = False,
    counts_weights: bool = False,
) -> SizeRead:
    """What the `numbers` of a size mean.

    `marked` is True where an @ sets the first apart as channels, False where nothing stands before
    it. `rank` is the number of axes where something else tells it, 0 where nothing does. A single
    number `is_vector` in front of a layer that takes one; some layer `needs_channels` for its
    size, or `counts_weights` for which the axes matter.

    >>> read_size((5, 5)).axes, read_size((3, 5, 5)).channels, read_size((5, 5, 5), rank=3).channels
    ((5, 5), 3, None)
    >>> read_size((3, 9, 9)).text
    'read as 3 channels of 9x9 (without channels: @3x9x9)'
    """
    count = len(numbers)
    if marked is not None:
        return _read(numbers, marked, rank)
    if is_vector and count == 1 and not rank:
        return SizeRead(numbers[0], (), (f"1 channel of {numbers[0]}", f"1@{numbers[0]}"))
    begins = count > MAX_AXES or (count == MAX_AXES and rank != MAX_AXES)
    read = _read(numbers, begins or count == rank + 1 == 2, rank)
    sizes = _joined(read.axes)
    if begins:
        read.turned = _turned(numbers)
        read.instead = ("channels first", read.turned) if read.turned else _NOTHING
        if not rank and count == MAX_AXES and not needs_channels:
            read.said = f"{_channels(numbers[0])} of {sizes}"
            read.other = ("without channels", f"@{_joined(numbers)}")
        elif read.turned:
            read.said = f"{_channels(numbers[0])} of {sizes}"
    elif read.channels is None:
        is_open = not rank and (needs_channels or counts_weights)
        if needs_channels:
            read.channels = 1
            read.said = f"1 channel of {sizes}"
        elif is_open:
            read.said = f"a map of {sizes}" if count == 2 else "one axis"
        if is_open and count == 2:
            read.other = (f"{_channels(numbers[0])} of {numbers[1]}", "@".join(map(str, numbers)))
        elif is_open:
            read.other = ("a map", f"{sizes}x{sizes}")
        read.instead = read.other
    return read


def _read(numbers: tuple[int, ...], begins: bool, rank: int) -> SizeRead:
    axes = numbers[1:] if begins else numbers
    axes = axes * rank if len(axes) == 1 and rank else axes
    return SizeRead(numbers[0] if begins else None, axes)


def _turned(numbers: tuple[int, ...]) -> str:
    # The quick answer loads as little as it can.
    from convcalc.core.shapes import channels_first

    return _joined(channels_first(numbers) or ())


def _joined(numbers: tuple[int, ...]) -> str:
    return "x".join(map(str, numbers))


def _channels(count: int) -> str:
    return f"{count} channel{'s' if count > 1 else ''}"


def reading_of(reads: Iterable[SizeRead]) -> str:
    """How sizes that belong together were read; empty where there was no choice.

    >>> reading_of([read_size((3, 8, 8)), read_size((16, 4, 4))])
    'read as 3 channels of 8x8 and 16 channels of 4x4 (without channels: @3x8x8 @16x4x4)'
    >>> read_size((224, 224, 3)).text
    'read as 224 channels of 224x3; a picture with its channels last is written 3x224x224'
    """
    told = [read for read in reads if read.said]
    if not told:
        return ""
    text = f"read as {' and '.join(dict.fromkeys(read.said for read in told))}"
    if any(read.turned for read in told):
        # Whoever wrote one so wrote all of them so.
        turned = [_joined((read.axes[-1], read.channels or 1, *read.axes[:-1])) for read in told]
        return f"{text}; a picture with its channels last is written {' '.join(turned)}"
    others = [read.other for read in told if read.other[0]]
    labels = " and ".join(dict.fromkeys(label for label, _ in others))
    return f"{text} ({labels}: {' '.join(size for _, size in others)})" if others else text
