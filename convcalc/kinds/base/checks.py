"""What several kinds ask of their input, and say in the same words where it is not so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import gcd, isqrt

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base.fields import axes_in_words


def spatial_rank(x: Shape, kind: str, ranks: tuple[int, ...] = (1, 2, 3)) -> int:
    """Number of spatial axes of `x`. Raises LayerError where `kind` does not take that many."""
    rank = len(x) - 1
    if rank in ranks:
        return rank
    if rank == 0:
        raise LayerError(
            "wrong-rank",
            f"{kind} works on spatial axes, but its input {format_shape(x)} has none",
            "put it before `flatten` or the global pool, or restore axes with `unflatten`",
        )
    raise LayerError(
        "wrong-rank",
        f"{kind} takes {' or '.join(map(str, ranks))} spatial axes, "
        f"but its input {format_shape(x)} has {axes_in_words(rank)}",
        "",
    )


@contextmanager
def recovering(output: Shape) -> Iterator[None]:
    """What is wrong inside leaves a layer whose output is as good as known."""
    try:
        yield
    except LayerError as error:
        error.recovered = output
        raise


def divisible(
    channels: int, by: int, what: str, field: str, help: str = "", is_divisor: bool = True
) -> None:
    """Raises LayerError groups-indivisible unless `by` divides `channels`.

    Where the field is the divisor itself, its nearest values are proposed before `help`.
    """
    if channels % by:
        near = nearest_divisors(channels, by) if is_divisor else ()
        raise indivisible(channels, by, what, field, near, help)


def indivisible(
    of: int, by: int, what: str, field: str, near: Iterable[int], help: str = ""
) -> LayerError:
    """What is said where `by` does not divide `of`; `near` are values of the field to try."""
    return LayerError(
        "groups-indivisible",
        f"{by} does not divide {of} {what} (remainder {of % by})",
        help,
        field=field,
        repairs=[{field: number} for number in near],
    )


def divisible_both(x: int, out: int, groups: int) -> None:
    """Raises LayerError groups-indivisible unless `groups` divides input and output channels.

    It names each that is not divided, and proposes divisors of both.
    """
    sides = ((x, "input"), (out, "output"))
    left = [f"{of} {side} channels (remainder {of % groups})" for of, side in sides if of % groups]
    if left:
        raise LayerError(
            "groups-indivisible",
            f"{groups} does not divide {', nor '.join(left)}",
            field="groups",
            repairs=[{"groups": near} for near in nearest_divisors(gcd(x, out), groups)],
        )


def nearest_divisors(number: int, near: int) -> tuple[int, ...]:
    """The divisors of `number` on either side of `near`.

    >>> nearest_divisors(64, 5), nearest_divisors(7, 9)
    ((4, 8), (7,))
    """
    small = [divisor for divisor in range(1, isqrt(number) + 1) if number % divisor == 0]
    divisors = sorted({*small, *(number // divisor for divisor in small)})
    below = [divisor for divisor in divisors if divisor <= near][-1:]
    above = [divisor for divisor in divisors if divisor > near][:1]
    return (*below, *above)
