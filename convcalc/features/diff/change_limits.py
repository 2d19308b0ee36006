"""Limits on a change, as `--fail-on` writes them: `params>+5%`, `macs>+1G`, `memory>+64MiB`.

    METRIC COMPARISON CHANGE

METRIC is one of `KNOWN`; COMPARISON is >, <, >= or <=; CHANGE is what may be added (`+`) or taken
away (`-`): a number with K, M, G or T, bytes with their unit, a percentage of the value before,
or 0.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from convcalc.core.text import nearest
from convcalc.features.diff.totals import METRICS
from convcalc.features.diff.values import Difference, Figure
from convcalc.network.expectations import BYTE_UNITS, COUNT_UNITS, quantity

KNOWN = (
    "params", "macs", "flops", "memory", "activations", "receptive_field", "stride", "layers",
)  # fmt: skip
EXAMPLE = "'params>+5%'"
_COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_LIMIT = re.compile(r"\s*([A-Za-z_-]*)\s*(>=|<=|>|<|==|=|)\s*(.*?)\s*", re.DOTALL)
_PERCENT = re.compile(r"\d{1,9}(?:\.\d{1,9})? ?%")


class LimitError(ValueError):
    """A limit that cannot be read: what is wrong, and what to write."""

    def __init__(self, message: str, help: str) -> None:
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a change of `metric` trips: `comparison` with `bound`, in percent or in its own unit."""

    text: str
    metric: str
    comparison: str
    bound: Fraction
    is_percent: bool

    def trips(self, figure: Figure) -> bool | None:
        """True where the change goes over the limit; None where a side has no such figure.

        >>> parse_limit("params>+5%").trips(Figure(100, 105)), parse_limit("params>0").trips(
        ...     Figure(100, 105))
        (False, True)
        """
        delta = figure.delta
        if delta is None:
            return None
        holds = _COMPARISONS[self.comparison]
        if not self.is_percent:
            return holds(Fraction(delta), self.bound)
        percent = figure.percent
        # From nothing to something is more than any percentage.
        return ">" in self.comparison if percent is None else holds(percent, self.bound)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit on one pair of networks; `is_tripped` also where the figure cannot be compared."""

    limit: Limit
    figure: Figure

    @property
    def is_tripped(self) -> bool:
        """True where the change is not allowed."""
        return self.limit.trips(self.figure) is not False


def judge(found: Difference, limits: tuple[Limit, ...]) -> tuple[Verdict, ...]:
    """Every limit on a difference; none on a network that is new or gone."""
    if found.before is None or found.after is None:
        return ()
    return tuple(Verdict(limit, found.totals[limit.metric]) for limit in limits)


def parse_limit(text: str) -> Limit:
    """The limit that `text` writes. Raises LimitError.

    >>> parse_limit("memory > +64MiB").bound, parse_limit("receptive-field<-8").bound
    (Fraction(67108864, 1), Fraction(-8, 1))
    """
    match = _LIMIT.fullmatch(text)
    assert match is not None
    metric, comparison, change = match[1].lower().replace("-", "_"), match[2], match[3]
    if metric not in KNOWN:
        if not match[1]:
            raise LimitError("it names no figure", f"write {EXAMPLE}")
        raise LimitError(f"there is no figure `{match[1]}`", nearest(metric, KNOWN))
    if comparison not in _COMPARISONS:
        got = f", got `{comparison}`" if comparison else ""
        raise LimitError(f"it wants >, <, >= or <= behind `{metric}`{got}", f"write '{metric}>+5%'")
    return _bounded(text.strip(), metric, comparison, change)


def _bounded(text: str, metric: str, comparison: str, change: str) -> Limit:
    in_bytes = METRICS[metric].is_bytes
    example = "+64MiB" if in_bytes else "+8" if metric in ("receptive_field", "layers") else "+1M"
    repair = f"write '{metric}{comparison}+5%' or '{metric}{comparison}{example}'"
    sign, amount = (change[:1], change[1:].lstrip(" ")) if change[:1] in "+-" else ("", change)
    is_percent = _PERCENT.fullmatch(amount) is not None
    if amount == "0":
        bound: Fraction | None = Fraction(0)
    elif is_percent:
        bound = Fraction(amount.rstrip("% "))
    else:
        units = BYTE_UNITS if in_bytes else COUNT_UNITS
        bound = quantity(amount, units, bare=not in_bytes)
    if bound is None:
        if in_bytes and quantity(amount, COUNT_UNITS, bare=True) is not None:
            raise LimitError(f"`{change}` has no unit of bytes", repair)
        raise LimitError(f"`{change}` is no change" if change else "it names no change", repair)
    if not sign and bound and not is_percent:
        raise LimitError(
            f"`{change}` has no sign, so it could be a change or a value",
            f"write '{metric}{comparison}+{change}' for a growth, or put a limit on the value "
            "into the file's `expect`",
        )
    return Limit(text, metric, comparison, -bound if sign == "-" else bound, is_percent)
