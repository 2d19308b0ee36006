"""Sizes as arguments: a word as on the command line, a number for every axis, or a list.

What they mean is read in `shorthand.sizes`, once it is known what they are the size of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.kinds.base.field_values import is_integer
from convcalc.shorthand.sizes import SizeRead, read_size
from convcalc.shorthand.values import MAX_AXES, ShorthandError, Token, size_of

# `3x224x224`, 224, or (3, 224, 224).
GivenSize = int | str | Sequence[int]


class Size(NamedTuple):
    """The numbers of a size, and what an @ says of them: channels first, none, or None without.

    `spreads` is True for a single number that holds for every axis.
    """

    numbers: tuple[int, ...]
    marked: bool | None = None
    spreads: bool = False

    @property
    def rank(self) -> int:
        """Axes that it surely has; 0 where that depends on what it is the size of.

        >>> [given_size(size, "size").rank for size in ("224", "46x62", "3x9x9", "@9x9x9", "3@9")]
        [0, 2, 0, 3, 1]
        """
        if self.marked is not None:
            return len(self.numbers) - self.marked
        return 0 if self.spreads or len(self.numbers) == MAX_AXES else min(len(self.numbers), 3)

    def read(self, rank: int = 0, *, counts_weights: bool = False) -> SizeRead:
        """What it means for something of `rank` axes; 0 where nothing else tells how many.

        Channels can be given beside it, so that two numbers are a map and nothing else.
        """
        is_list = len(self.numbers) == 1 and not self.spreads
        counts = counts_weights and self.spreads
        return read_size(self.numbers, self.marked, 1 if is_list else rank, counts_weights=counts)


def given_size(value: GivenSize, name: str) -> Size:
    """The size that `value` writes. Raises StackError where it writes none.

    >>> given_size("3@224x224", "size")
    Size(numbers=(3, 224, 224), marked=True, spreads=False)
    >>> given_size(224, "size").spreads, given_size([46, 62], "size").numbers
    (True, (46, 62))
    """
    if isinstance(value, str):
        try:
            marked, numbers = size_of(Token(value, 0))
        except ShorthandError as error:
            raise _refused(f"{name}: {error}", error.help) from None
        return Size(numbers, marked, marked is None and len(numbers) == 1)
    found = (value,) if isinstance(value, int) else value
    is_listed = isinstance(found, Sequence)
    if not is_listed or not 1 <= len(found) <= MAX_AXES + 1 or not all(map(is_integer, found)):
        got = f"got `{value!r:.40}`"
        raise _refused(f"{name} wants a size, 1 or more on each axis, {got}", f"{name}=224")
    for number in found:
        if number < 1:
            what = f"{name} wants an integer, 1 or more, got `{number}`"
            raise _refused(what, f"{name}=8")
    return Size(tuple(found), None, isinstance(value, int))


def with_channels(read: SizeRead, given: int | None, name: str, size: str) -> int | None:
    """The channels of a size, or those `given` beside it. Raises StackError where they differ."""
    if given is None or read.channels is None or read.channels == given:
        return given if read.channels is None else read.channels
    message = f"{size} has {read.channels} channels, and {name} says {given}"
    other = read.turned or read.other[1]
    raise _refused(message, f"leave {name} out{f', or write {other}' if other else ''}")


def _refused(message: str, help: str) -> StackError:
    return StackError([Problem("wrong-value", message, help=help)])
