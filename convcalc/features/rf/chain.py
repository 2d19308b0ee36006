"""The closed forms for a chain of windows, one axis at a time: the sums that papers print.

Layers are given from the input on. `jump` is the product of the strides before a layer: input
pixels from one of its taps' units to the next. Everything here holds for chains without
transposed or upsampling layers; the graph needs intervals (`convcalc.core.reach`), which give the
same numbers where both hold.

Sources: Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks"
(Distill 2019) for size, stride, padding and covered region; Luo et al. 2016 for the variance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod

from convcalc.core.shapes import Window
from convcalc.features.rf import holes
from convcalc.features.rf.holes import Comb

Chain = Sequence[Window]


def jumps(chain: Chain) -> Iterator[int]:
    """Input pixels between neighbouring units of each layer's input.

    >>> list(jumps([Window(7, 2), Window(3, 2), Window(3)]))
    [1, 2, 4]
    """
    jump = 1
    for window in chain:
        yield jump
        jump *= window.stride


def field_size(chain: Chain) -> int:
    """Pixels from the first to the last that a unit sees: 1 + sum (K_l - 1) * jump_l.

    >>> field_size([Window(7, 2, 3, 3), Window(3, 2, 1, 1)])
    11
    """
    return 1 + sum(
        (window.span - 1) * jump for window, jump in zip(chain, jumps(chain), strict=True)
    )


def effective_stride(chain: Chain) -> int:
    """Pixels between the fields of neighbouring units: the product of the strides.

    >>> effective_stride([Window(7, 2), Window(3, 2)])
    4
    """
    return prod(window.stride for window in chain)


def effective_padding(chain: Chain) -> int:
    """Pixels that unit 0 sees before the input begins: sum p_l * jump_l.

    >>> effective_padding([Window(7, 2, 3, 3), Window(3, 2, 1, 1)])
    5
    """
    return sum(window.before * jump for window, jump in zip(chain, jumps(chain), strict=True))


def covered(chain: Chain, unit: int) -> tuple[int, int]:
    """First and last pixel that `unit` sees: [-P + uS, -P + uS + r - 1].

    >>> covered([Window(7, 2, 3, 3), Window(3, 2, 1, 1)], 2)
    (3, 13)
    """
    first = unit * effective_stride(chain) - effective_padding(chain)
    return first, first + field_size(chain) - 1


def centre(chain: Chain, unit: int) -> Fraction:
    """The middle of what `unit` sees: -P + uS + (r - 1)/2, with pixel 0 at 0.

    >>> centre([Window(7, 2, 3, 3), Window(2, 2)], 0)
    Fraction(1, 1)
    """
    first, last = covered(chain, unit)
    return Fraction(first + last, 2)


def combs(chain: Chain) -> list[Comb]:
    """What each layer adds to the field: k taps, jump * d input pixels apart.

    >>> combs([Window(3, 2), Window(3, dilation=2)])
    [Comb(step=1, taps=3), Comb(step=4, taps=3)]
    """
    return [
        Comb(jump * window.dilation, window.kernel)
        for window, jump in zip(chain, jumps(chain), strict=True)
    ]


def variance(chain: Chain) -> Fraction:
    """Variance of the effective field for uniform kernels: sum jump^2 d^2 (k^2 - 1)/12.

    >>> variance([Window(3)] * 5)
    Fraction(10, 3)
    """
    return sum(
        (Fraction(comb.step**2 * (comb.taps**2 - 1), 12) for comb in combs(chain)), Fraction(0)
    )


def pixels_used(chain: Chain) -> int:
    """Pixels that a unit uses, exact: fewer than the field's where it has holes.

    >>> pixels_used([Window(3, dilation=2)] * 3)
    7
    """
    return holes.pixels_used(combs(chain))


def has_holes(chain: Chain) -> bool:
    """True where some pixel between the first and the last of the field is not used.

    >>> has_holes([Window(3, dilation=2)]), has_holes([Window(3), Window(3, dilation=2)])
    (True, False)
    """
    return holes.has_holes(combs(chain))
