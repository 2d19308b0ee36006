"""The fifteen relationships of Dumoulin & Visin's guide: when they hold, and what they say.

i, k, s, p, d and o are the input, kernel, stride, padding, dilation and output of a convolution;
i' and o' those of the layer that transposes it, whose own parameters are k', s' and p', and a the
zeros added at its end. Source: Dumoulin & Visin, *A guide to convolution arithmetic for deep
learning*, 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.regimes import RELATIONSHIPS


class Condition(NamedTuple):
    """What must be true of an axis, and how it is said that it is not."""

    holds: Callable[[Axis], bool]
    unmet: Callable[[Axis], str]


def _a(axis: Axis) -> str:
    return f"a = {axis.extra}".replace("-", "−")


UNIT_STRIDE = Condition(lambda axis: axis.stride == 1, lambda axis: f"s = {axis.stride}")
NO_PADDING = Condition(lambda axis: axis.before == 0, lambda axis: f"p = {axis.before}")
HALF = Condition(
    lambda axis: axis.kernel % 2 == 1 and axis.before == axis.kernel // 2,
    lambda axis: f"p = {axis.before}" if axis.kernel % 2 else f"k = {axis.kernel}",
)
FULL = Condition(lambda axis: axis.before == axis.kernel - 1, lambda axis: f"p = {axis.before}")
NOTHING_ADDED = Condition(lambda axis: axis.extra == 0, _a)
# One tap has nothing between its taps.
UNDILATED = Condition(
    lambda axis: axis.dilation == 1 or axis.kernel == 1, lambda axis: f"d = {axis.dilation}"
)
DILATED = Condition(
    lambda axis: axis.dilation > 1 and axis.kernel > 1, lambda axis: f"d = {axis.dilation}"
)
A_POOL = Condition(lambda axis: axis.family == "pool", lambda axis: "no pool")
# What the guide takes for granted.
_EVEN = Condition(
    lambda axis: axis.before == axis.after,
    lambda axis: f"{axis.before} padded before, {axis.after} after",
)
_FLOOR = Condition(
    lambda axis: axis.family == "transposed" or axis.tail >= 0,
    lambda axis: "the size is rounded up",
)
_WITHIN = Condition(
    lambda axis: axis.family != "transposed" or 0 <= axis.extra < max(1, axis.stride),
    lambda axis: _a(axis) if axis.extra < 0 else f"{_a(axis)}, not below {axis.stride}",
)


@dataclass(frozen=True, slots=True)
class Guided:
    """A relationship: its number, conditions, and formula, with letters in braces.

    `border` is the formula of p' for a transposed layer, "" for the others. `example` is one of
    the guide's figures in shorthand.
    """

    number: int
    conditions: tuple[Condition, ...]
    template: str
    example: str
    border: str = ""

    @property
    def name(self) -> str:
        """What the guide calls it."""
        return RELATIONSHIPS[self.number][0]

    @property
    def holds_for(self) -> str:
        """Its conditions in letters."""
        return RELATIONSHIPS[self.number][1]

    @property
    def is_transposed(self) -> bool:
        """True for those of transposed layers."""
        return bool(self.border)

    @property
    def formula(self) -> str:
        """The size in letters.

        >>> RELATIONS[5].formula
        'o = ⌊(i + 2p − k)/s⌋ + 1'
        """
        prime = "'" if self.is_transposed else ""
        letters = {"i": f"i{prime}", "k": "k", "s": "s", "p": "p", "d": "d", "a": "a"}
        # Letters beside each other are multiplied; numbers need the dot.
        return f"o{prime} = {self.template.format(**letters).replace('·', '')}"

    @property
    def parameters(self) -> str:
        """k', s', p' and the zeros of the transposed layer as a convolution; "" for the others."""
        if not self.is_transposed:
            return ""
        zeros = ", s − 1 zeros between inputs" if "{s}" in self.template else ""
        after = ", a zeros at the end" if "{a}" in self.template else ""
        return f"k' = k, s' = 1, p' = {self.border.format(k='k', p='p')}{zeros}{after}"

    def filled(self, axis: Axis) -> str:
        """The size with the numbers of an axis put in.

        >>> RELATIONS[5].filled(Axis("window", 5, 3, 2, 1, 1))
        '⌊(5 + 2·1 − 3)/2⌋ + 1 = 3'
        """
        return f"{self.template.format(**numbers(axis))} = {axis.output}"

    def unmet(self, axis: Axis) -> tuple[str, ...]:
        """Why it does not hold for an axis; nothing where it does."""
        conditions = (_EVEN, _FLOOR, _WITHIN, *self.conditions)
        found = [one.unmet(axis) for one in conditions if not one.holds(axis)]
        return tuple(dict.fromkeys(found))


def numbers(axis: Axis) -> dict[str, int]:
    """The numbers of an axis by their letters."""
    return {
        "i": axis.size,
        "k": axis.kernel,
        "s": axis.stride,
        "p": axis.before,
        "d": axis.dilation,
        "a": axis.extra,
    }


_BACK = ConvTranspose.kind
_STRIDED = "⌊({i} − {k})/{s}⌋ + 1"
RELATIONS = (
    Guided(1, (UNIT_STRIDE, NO_PADDING, UNDILATED), "({i} − {k}) + 1", "4 k3"),
    Guided(2, (UNIT_STRIDE, UNDILATED), "({i} − {k}) + 2·{p} + 1", "5 k4 p2"),
    Guided(3, (UNIT_STRIDE, HALF, UNDILATED), "{i}", "5 k3 p1"),
    Guided(4, (UNIT_STRIDE, FULL, UNDILATED), "{i} + ({k} − 1)", "5 k3 p2"),
    Guided(5, (NO_PADDING, UNDILATED), _STRIDED, "5 k3 s2"),
    Guided(6, (UNDILATED,), "⌊({i} + 2·{p} − {k})/{s}⌋ + 1", "6 k3 s2 p1"),
    Guided(7, (A_POOL, NO_PADDING, UNDILATED), _STRIDED, "5 max_pool 3 s1"),
    Guided(
        8,
        (UNIT_STRIDE, NO_PADDING, NOTHING_ADDED, UNDILATED),
        "{i} + ({k} − 1)",
        f"2 {_BACK} k3",
        "{k} − 1",
    ),
    Guided(
        9,
        (UNIT_STRIDE, NOTHING_ADDED, UNDILATED),
        "{i} + ({k} − 1) − 2·{p}",
        f"6 {_BACK} k4 p2",
        "{k} − {p} − 1",
    ),
    Guided(10, (UNIT_STRIDE, HALF, NOTHING_ADDED, UNDILATED), "{i}", f"5 {_BACK} k3 p1", "{p}"),
    Guided(
        11,
        (UNIT_STRIDE, FULL, NOTHING_ADDED, UNDILATED),
        "{i} − ({k} − 1)",
        f"7 {_BACK} k3 p2",
        "0",
    ),
    Guided(
        12,
        (NO_PADDING, NOTHING_ADDED, UNDILATED),
        "{s}·({i} − 1) + {k}",
        f"2 {_BACK} k3 s2",
        "{k} − 1",
    ),
    Guided(
        13,
        (NOTHING_ADDED, UNDILATED),
        "{s}·({i} − 1) + {k} − 2·{p}",
        f"3 {_BACK} k3 s2 p1",
        "{k} − {p} − 1",
    ),
    Guided(
        14,
        (UNDILATED,),
        "{s}·({i} − 1) + {a} + {k} − 2·{p}",
        f"3 {_BACK} k3 s2 p1 a1",
        "{k} − {p} − 1",
    ),
    Guided(15, (DILATED,), "⌊({i} + 2·{p} − {k} − ({k} − 1)·({d} − 1))/{s}⌋ + 1", "7 k3 d2"),
)
