"""Arguments of functions: what means nothing is refused in the words of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import MAX_RANK
from convcalc.core.text import nearest
from convcalc.kinds.base.field_values import is_integer


def one_of(value: str, known: Iterable[str], name: str) -> str:
    """`value`, if it is one of the `known` words. Raises StackError with the nearest one.

    >>> one_of("torch", ["torch", "tf"], "dialect")
    'torch'
    """
    words = tuple(known)
    if value in words:
        return value
    raise refused(f"{name}: there is no `{value}`", nearest(str(value), words))


def whole_number(value: object, name: str, least: int) -> int:
    """`value`, if it is an integer from `least` on. Raises StackError.

    >>> whole_number(32, "batch", 1)
    32
    """
    if isinstance(value, int) and is_integer(value) and value >= least:
        return value
    raise refused(f"{name} wants an integer, {least} or more, got `{value!r:.40}`", f"{name}=8")


def sizes(value: int | Sequence[int], name: str, least: int = 1) -> tuple[int, ...]:
    """One size, or one an axis, as a tuple. Raises StackError.

    >>> sizes(224, "size"), sizes([46, 62], "size")
    ((224,), (46, 62))
    """
    found = (value,) if isinstance(value, int) else value
    is_listed = isinstance(found, Sequence) and not isinstance(found, str)
    if not is_listed or not 1 <= len(found) <= MAX_RANK or not all(map(is_integer, found)):
        got = f"got `{value!r:.40}`"
        raise refused(f"{name} wants a size, {least} or more on each axis, {got}", f"{name}=224")
    return tuple(whole_number(size, name, least) for size in found)


def span(value: int | tuple[int, int] | range, name: str, least: int) -> range:
    """A number, or all from the first of two to the last, as a range. Raises StackError.

    >>> span(3, "kernel", 1), span((1, 7), "kernel", 1)
    (range(3, 4), range(1, 8))
    """
    if isinstance(value, range):
        value = (value[0], value[-1]) if value else ()  # type: ignore[assignment]
    ends = (value, value) if isinstance(value, int) else tuple(value)
    if len(ends) != 2 or not all(map(is_integer, ends)) or not least <= ends[0] <= ends[1]:
        what = f"{name} wants a number, {least} or more, or the first and the last of several"
        raise refused(f"{what}, got `{value!r:.40}`", f"{name}=(1, 4)")
    return range(ends[0], ends[1] + 1)


def refused(message: str, help: str = "") -> StackError:
    """The error for an argument that means nothing."""
    return StackError([Problem("wrong-value", message, help=help)])
