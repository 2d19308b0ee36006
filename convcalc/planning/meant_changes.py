"""What to write for a figure that is no more as expected, where the change is meant.

An expectation may hold for every use of a block: what is written instead holds for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from convcalc.core.shapes import Shape
from convcalc.network.expectations import Bound, Limits


def meant(key: str, limits: Limits, found: Sequence[int | Fraction], bound: Bound) -> str:
    """The entry of an `expect:` that the figures `found` fit; "" where none would hold them.

    >>> meant("params", Limits(exact=Fraction(120)), [130], "")
    'params: 130'
    >>> meant("receptive_field", Limits(most=Fraction(9)), [11, 13], "")
    'receptive_field: {max: 13}'
    >>> meant("macs", Limits(exact=Fraction(9)), [8], "at least")
    ''
    """
    wider = limits.widened(min(found), max(found))
    if not all(wider.settled(figure, bound) for figure in found):
        return ""
    if wider.exact is not None:
        return f"{key}: {written(wider.exact, key == 'memory')}"
    bounds = {"min": wider.least, "max": wider.most}
    if any(bound is not None and bound.denominator > 1 for bound in bounds.values()):
        # Fractions are no bounds.
        return ""
    words = [
        f"{name}: {written(figure, key == 'memory')}"
        for name, figure in bounds.items()
        if figure is not None
    ]
    return f"{key}: {{{', '.join(words)}}}"


def meant_output(wanted: Sequence[int | None], found: Sequence[Shape]) -> str:
    """The entry of an `expect:` for outputs; "" where they are not of one number of axes.

    Sizes that differ, and those that the entry leaves open, are `~`.

    >>> meant_output((4, 4), [(8, 4), (8, 2)]), meant_output((None, 4), [(8, 2)])
    ('output: [8, ~]', 'output: [~, 2]')
    """
    if len({len(shape) for shape in found}) > 1:
        return ""
    sizes = [str(axis[0]) if len({*axis}) == 1 else "~" for axis in zip(*found, strict=True)]
    if len(wanted) == len(sizes):
        pairs = zip(wanted, sizes, strict=True)
        sizes = ["~" if want is None else size for want, size in pairs]
    return f"output: [{', '.join(sizes)}]"


def written(figure: Fraction, in_bytes: bool = False) -> str:
    """A figure as `expect:` reads it, to the last digit.

    >>> written(Fraction(130)), written(Fraction(1, 2)), written(Fraction(64), in_bytes=True)
    ('130', '1/2', '64B')
    """
    return f"{figure}{'B' * in_bytes}"
